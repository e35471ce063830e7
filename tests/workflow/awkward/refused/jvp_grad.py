import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 1)

    def forward(self, x):
        g = torch.func.grad(lambda v: self.fc(torch.tanh(v)).sum())(x)
        return x - 0.1 * g


def get_inputs():
    return [torch.randn(5, 8)]


def get_init_inputs():
    return []
