import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x, log):
        log.add_(x.mean(0))
        return torch.relu(self.fc(x))


def get_inputs():
    return [torch.randn(4, 6), torch.zeros(6)]


def get_init_inputs():
    return []
