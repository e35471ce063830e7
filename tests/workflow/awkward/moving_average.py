"""Weights that follow others, written through .data."""

import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(8, 8)
        self.k = nn.Linear(8, 8)

    @torch.no_grad()
    def forward(self, x):
        for a, b in zip(self.q.parameters(), self.k.parameters(), strict=True):
            b.data.mul_(0.9).add_(a.data, alpha=0.1)
        return torch.cosine_similarity(self.q(x), self.k(x))


def get_inputs():
    return [torch.randn(4, 8)]


def get_init_inputs():
    return []
