"""Writes into parts without elements: a shifted window that is as deep as the video (torchvision's Swin3D)."""

import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 16)
        self.out = nn.Linear(16, 16)

    def forward(self, x):
        depths, widths = (
            (slice(0, -2), slice(-2, 0), slice(0, None)),
            (slice(0, -2), slice(-2, None)),
        )
        count, group = 0, x.new_zeros(2, 4)
        for depth in depths:
            for width in widths:
                group[depth, width] = count
                count += 1
        group[:, 4:].fill_(7)
        group[2:] += 1
        group = group.flatten()
        apart = group[None] != group[:, None]
        h = self.fc(x.flatten(1, 2))
        scores = (h @ h.mT).masked_fill(apart, -100.0)
        return self.out(scores.softmax(-1) @ h)


def get_inputs():
    return [torch.randn(2, 2, 4, 16)]
