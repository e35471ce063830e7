import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 6, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(12, 3)

    def forward(self, ids, lengths):
        x = self.emb(ids)
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, (h, _c) = self.lstm(packed)
        out, _lens = pad_packed_sequence(out, batch_first=True)
        return self.fc(out).softmax(-1), h[-1]


def get_inputs():
    return [torch.randint(0, 20, (3, 7)), torch.tensor([7, 4, 5])]


def get_init_inputs():
    return []
