"""What torch.distributions makes of its parameters."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 6)
        self.df = nn.Parameter(torch.tensor(3.0))

    def forward(self, x, y):
        h = self.fc(x)
        return torch.distributions.StudentT(
            F.softplus(self.df) + 2, h, F.softplus(h) + 0.1
        ).log_prob(y)


def get_inputs():
    return [torch.randn(4, 6), torch.randn(4, 6)]


def get_init_inputs():
    return []
