"""A dropout that nobody uses."""

import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 6)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        h = self.fc(x)
        self.drop(h * 2)
        return torch.relu(h).tanh()


def get_inputs():
    return [torch.randn(4, 8)]
