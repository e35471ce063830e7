"""A parameter that dropout hands on in eval: an addition of it is an operation of its own, there as here."""

import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.norm = nn.LayerNorm(8)

    def forward(self, x, query):
        h = torch.softmax(self.fc(x), -1)
        return self.norm(h + query)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.start = nn.Parameter(torch.randn(1, 8))
        self.dropout = nn.Sequential(nn.Dropout(0.1), nn.Identity())
        self.one = Block()
        self.two = Block()

    def forward(self, x):
        query = self.dropout(self.start.expand(4, -1))
        return self.two(self.one(x, query), query)


def get_inputs():
    return [torch.randn(4, 8)]


def get_init_inputs():
    return []
