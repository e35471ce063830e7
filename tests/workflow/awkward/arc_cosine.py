"""An arc cosine of cosines (YOSO's attention): outside of -1 to 1 it is not a number."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(16, 3)
        self.k = nn.Linear(16, 3)
        self.v = nn.Linear(16, 16)
        self.out = nn.Linear(16, 4)

    def forward(self, x):
        q, k = F.normalize(self.q(x), dim=-1), F.normalize(self.k(x), dim=-1)
        cosine = (q @ k.mT).transpose(0, 1)
        near = (1 - torch.acos(cosine) / math.pi) ** 3
        return self.out(near.transpose(0, 1) @ self.v(x)), torch.atanh(cosine * 0.9)


def get_inputs():
    return [torch.randn(2, 12, 16)]
