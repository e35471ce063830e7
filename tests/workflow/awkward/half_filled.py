"""Memory that one part fills in half, and another one to the end."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.n = nn.LayerNorm(8)

    def forward(self, x):
        h = F.gelu(self.n(self.fc(x)))
        out = x.new_empty(2 * x.size(0), 8)
        out[0::2] = h
        out[1::2] = torch.tanh(self.fc(h))
        return torch.relu(self.n(out)) + out.softmax(-1)


def get_inputs():
    return [torch.randn(4, 8)]


def get_init_inputs():
    return []
