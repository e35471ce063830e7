"""A function whose own name is private, and whose public one lies in torch.nn.utils.rnn."""

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 8)

    def forward(self, seqs):
        return torch.tanh(self.fc(pad_sequence(seqs, batch_first=True)))


def get_inputs():
    return [[torch.randn(n, 6) for n in (3, 5, 2)]]


def get_init_inputs():
    return []
