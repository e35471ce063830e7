import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(8, 16)
        self.b = nn.Linear(16, 8)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.b(torch.relu(self.a(x)))
            y = y @ x.t()
        return self.norm(x + (y @ x.to(y.dtype)).float())


def get_inputs():
    return [torch.randn(8, 8)]


def get_init_inputs():
    return []
