import torch
import torch.nn as nn


@torch.jit.script
def fused(x, b):
    return torch.sigmoid(x + b) * x


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.b = nn.Parameter(torch.randn(4))

    def forward(self, x):
        return fused(self.fc(x), self.b)


def get_inputs():
    return [torch.randn(3, 4)]


def get_init_inputs():
    return []
