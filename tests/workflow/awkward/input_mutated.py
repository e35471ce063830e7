import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x, buf):
        buf[:, 0] += x.sum(-1)
        x.relu_()
        y = self.fc(x)
        buf.add_(y)
        return y.sigmoid() * buf


def get_inputs():
    return [torch.randn(4, 8), torch.zeros(4, 8)]


def get_init_inputs():
    return []
