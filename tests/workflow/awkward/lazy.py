"""Modules that take their sizes from their first input, and are ordinary ones from then on."""

import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.LazyLinear(24)
        self.bn = nn.LazyBatchNorm1d()
        self.out = nn.LazyLinear(3)

    def forward(self, x):
        return self.out(torch.relu(self.bn(self.first(x))))


def get_inputs():
    return [torch.randn(4, 10)]


def get_init_inputs():
    return []
