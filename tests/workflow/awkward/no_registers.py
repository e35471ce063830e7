"""A parameter without elements, joined to others: the register tokens of a DINO that has none."""

import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 16, 4, 4)
        self.cls = nn.Parameter(torch.zeros(1, 1, 16))
        self.registers = nn.Parameter(torch.zeros(1, 0, 16))
        self.norm = nn.LayerNorm(16)
        self.up = nn.Linear(16, 32)
        self.down = nn.Linear(32, 16)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        patches = self.patch(x).flatten(2).transpose(1, 2)
        tokens = [self.cls.expand(2, -1, -1), self.registers.expand(2, -1, -1), patches]
        h = torch.cat(tokens, 1)
        h = h + self.down(torch.relu(self.up(self.norm(h))))
        return self.head(h[:, 0])


def get_inputs():
    return [torch.randn(2, 3, 16, 16)]
