import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))

    def forward(self, x):
        return self.net(x).tanh()


def get_inputs():
    return [torch.randn(3, 4)]


def get_init_inputs():
    return []
