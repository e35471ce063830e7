import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import parametrizations as P
from torch.nn.utils import parametrize, spectral_norm


class Sym(nn.Module):
    def forward(self, w):
        return w.triu() + w.triu(1).transpose(-1, -2)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = P.weight_norm(nn.Conv1d(4, 4, 3, padding=1))
        self.b = P.spectral_norm(nn.Linear(8, 8))
        self.c = P.orthogonal(nn.Linear(8, 8))
        self.d = nn.Linear(8, 8)
        parametrize.register_parametrization(self.d, "weight", Sym())
        self.e = spectral_norm(nn.Linear(8, 8))

    def forward(self, x):
        return self.e(self.d(self.c(self.b(F.relu(self.a(x))))))


def get_inputs():
    return [torch.randn(2, 4, 8)]


def get_init_inputs():
    return []
