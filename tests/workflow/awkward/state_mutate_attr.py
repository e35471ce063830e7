import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.register_buffer("mean", torch.zeros(6))
        self.count = 0

    def forward(self, x):
        self.count += 1
        self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
        self.cache = self.fc(x - self.mean)
        self.mean.mul_(2)
        return self.cache.sigmoid() + self.mean


def get_inputs():
    return [torch.randn(4, 6)]


def get_init_inputs():
    return []
