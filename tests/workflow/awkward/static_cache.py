import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, d=16, n=8):
        super().__init__()
        self.k = nn.Linear(d, d)
        self.v = nn.Linear(d, d)
        self.register_buffer("ck", torch.zeros(1, n, d), persistent=False)
        self.register_buffer("cv", torch.zeros(1, n, d), persistent=False)

    def forward(self, x, pos):
        self.ck[:, pos] = self.k(x)
        self.cv.index_copy_(1, pos, self.v(x))
        s = (x @ self.ck.transpose(1, 2)).masked_fill(torch.arange(8) > pos.max(), -1e9).softmax(-1)
        return s @ self.cv


def get_inputs():
    return [torch.randn(1, 3, 16), torch.arange(3)]


def get_init_inputs():
    return []
