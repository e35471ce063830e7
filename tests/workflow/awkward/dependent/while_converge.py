import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Linear(6, 6)

    def forward(self, x):
        z = torch.zeros_like(x)
        steps = 0
        while True:
            new = torch.tanh(0.2 * self.w(z) + x)
            steps += 1
            if (new - z).abs().max() < 1e-4 or steps > 50:
                break
            z = new
        return new


def get_inputs():
    return [torch.randn(3, 6)]


def get_init_inputs():
    return []
