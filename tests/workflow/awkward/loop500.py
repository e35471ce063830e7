import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(4, 4)

    def forward(self, x):
        h = torch.zeros_like(x[:, 0])
        for t in range(500):
            h = torch.tanh(self.cell(h) + x[:, t % 8])
        return h


def get_inputs():
    return [torch.randn(2, 8, 4)]


def get_init_inputs():
    return []
