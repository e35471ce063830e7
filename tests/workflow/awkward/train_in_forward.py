import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.drop = nn.Dropout(0.3)
        self.rnn = nn.LSTM(6, 5, num_layers=2, dropout=0.5)

    def forward(self, x):
        self.train()
        y = self.drop(self.fc(x))
        z, _ = self.rnn(y.unsqueeze(0))
        return z.sigmoid()


def get_inputs():
    return [torch.randn(5, 6)]


def get_init_inputs():
    return []
