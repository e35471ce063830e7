import torch
import torch.nn as nn
from torch.nn.attention.flex_attention import flex_attention


class Model(nn.Module):
    def forward(self, q):
        return flex_attention(
            q, q, q, score_mod=lambda s, b, h, i, j: torch.where(i >= j, s, -float("inf"))
        )


def get_inputs():
    return [torch.randn(1, 2, 16, 16)]


def get_init_inputs():
    return []
