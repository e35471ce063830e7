"""An imaginary number times a parameter, as in state-space models."""

import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.re = nn.Parameter(torch.zeros(8, 4))
        self.im = nn.Parameter(torch.randn(8, 4))

    def forward(self, x):
        a = -torch.exp(self.re) + 1j * self.im
        return torch.exp(a * x).real


def get_inputs():
    return [torch.randn(8, 1)]


def get_init_inputs():
    return []
