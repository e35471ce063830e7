"""A bias that one module hands to the next, which adds it in the shape of something else (GPT-NeoX Japanese)."""

import torch
import torch.nn as nn


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8, bias=False)
        self.bias = nn.Parameter(torch.randn(8))

    def forward(self, x):
        return torch.softmax(self.fc(x), -1), self.bias


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.attention = Attention()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        h, bias = self.attention(self.norm(x))
        x = torch.dropout(h + bias.expand_as(x), 0.1, False) + x
        return x + torch.tanh(self.fc(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block() for _ in range(3)])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


def get_inputs():
    return [torch.randn(2, 4, 8)]


def get_init_inputs():
    return []
