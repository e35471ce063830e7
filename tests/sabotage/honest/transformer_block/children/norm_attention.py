"""
Component: norm_attention
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
        self.qkv = nn.Linear(16, 48)
        self.proj = nn.Linear(16, 16)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        q = q.view(2, 5, 4, 4).transpose(1, 2)
        k = k.view(2, 5, 4, 4).transpose(1, 2)
        v = v.view(2, 5, 4, 4).transpose(1, 2)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.proj(y.transpose(1, 2).reshape(2, 5, 16))


def get_inputs():
    return [torch.randn(2, 5, 16)]


def get_init_inputs():
    return []


def get_expected_output_shape():
    return [(2, 5, 16)]
