import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.GroupNorm(2, 4)

    def forward(self, x):
        return x + F.gelu(self.norm(self.conv(x)))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.blocks = nn.ModuleList([self.block, Block(), self.block])

    def forward(self, x):
        for b in self.blocks:
            x = b(x)
        y = F.avg_pool2d(x, 2)
        for _ in range(3):
            y = self.block(y)
        return F.interpolate(y, scale_factor=2.0, mode="nearest") + x


def get_inputs():
    return [torch.randn(2, 4, 8, 8)]


def get_init_inputs():
    return []
