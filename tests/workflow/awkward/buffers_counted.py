import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        self.register_buffer("running", torch.zeros(6))
        self.register_buffer("seen", torch.zeros(6))

    def forward(self, x):
        self.steps += 1
        self.seen.add_(x.abs().mean(0))
        self.running.mul_(0.9).add_(0.1 * x.mean(0))
        return torch.relu(self.fc(x - self.running))


def get_inputs():
    return [torch.randn(4, 6)]


def get_init_inputs():
    return []
