import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 16)
        self.b = nn.Linear(16, 16)
        self.half()

    def forward(self, x):
        return self.b(F.silu(self.a(x))) + x


def get_inputs():
    return [torch.randn(4, 16).half()]


def get_init_inputs():
    return []
