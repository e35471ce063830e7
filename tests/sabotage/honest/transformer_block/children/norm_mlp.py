"""
Component: norm_mlp
Abstraction Level: fusion
Parent: transformer_block
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.up = nn.Linear(16, 32)
        self.down = nn.Linear(32, 16)

    def forward(self, x):
        return self.down(F.gelu(self.up(self.norm(x))))


def get_inputs():
    return [torch.randn(2, 5, 16)]


def get_init_inputs():
    return []


def get_expected_output_shape():
    return [(2, 5, 16)]
