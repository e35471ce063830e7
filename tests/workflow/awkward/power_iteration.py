"""A buffer, and what is written into it under the same name."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(8, 8))
        self.register_buffer("u", F.normalize(torch.randn(8), dim=0))

    def forward(self, x):
        v = F.normalize(self.w.t() @ self.u, dim=0)
        u = F.normalize(self.w @ v, dim=0)
        self.u.copy_(u)
        return F.linear(x, self.w / torch.dot(u, self.w @ v))


def get_inputs():
    return [torch.randn(3, 8)]


def get_init_inputs():
    return []
