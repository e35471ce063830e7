import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(5, 6)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        lengths = [7, 5, 2]
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths)
        _, h = self.gru(packed)
        return self.fc(torch.relu(h.squeeze(0)))


def get_inputs():
    return [torch.randn(7, 3, 5)]


def get_init_inputs():
    return []
