import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        y = self.fc(x)
        y[..., 0].mul_(2)
        a, b = y.chunk(2, -1)
        a += 1
        b.clamp_(min=0)
        y.view(-1)[::3] = 0.5
        y.t()[2] = y.t()[3] * 2
        z = y.unsqueeze(0)
        z[0, y > 1] = -1
        y.diagonal().fill_(3.0)
        y[[0, 1]] += 1.0
        return z.sum(0) + a.sum() + torch.relu_(y.clone())


def get_inputs():
    return [torch.randn(8, 8)]


def get_init_inputs():
    return []
