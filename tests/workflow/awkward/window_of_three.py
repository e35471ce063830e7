"""A window of three places: most of the mask, which the blocks share, is minus infinity."""

import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.qkv = nn.Linear(16, 48)
        self.out = nn.Linear(16, 16)

    def forward(self, x, mask):
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        scores = q @ k.transpose(1, 2) / 4 + mask
        return x + self.out(torch.softmax(scores, -1) @ v)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block()])

    def forward(self, x, length):
        place = torch.arange(x.shape[1])
        far = (place[None] > place[:, None]) | (place[None] < place[:, None] - 2)
        far = far[None] | (place[None, None] >= length[:, None, None])
        mask = torch.zeros(x.shape[1], x.shape[1]).masked_fill(far, float("-inf"))
        mask = torch.where(torch.isinf(mask).all(-1, keepdim=True), 0.0, mask)
        for block in self.blocks:
            x = block(x, mask)
        return x


def get_inputs():
    return [torch.randn(2, 12, 16), torch.tensor([12, 10])]
