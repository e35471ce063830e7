import torch
import torch.nn as nn


class Model(nn.Module):
    def forward(self, x, y):
        a = (x * 3 + y) % 17
        b = torch.bitwise_xor(a, y) >> 1
        c = torch.bincount(b.flatten(), minlength=40)
        d = torch.cumsum(c, 0)
        return torch.searchsorted(d, y), b.unique(return_counts=True), (a > b).sum(-1), a // 3


def get_inputs():
    return [torch.randint(0, 16, (4, 5)), torch.randint(0, 16, (4, 5))]


def get_init_inputs():
    return []
