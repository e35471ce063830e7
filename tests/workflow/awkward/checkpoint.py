import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(
            [nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.LayerNorm(8)) for _ in range(3)]
        )
        self.seq = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8), nn.ReLU())

    def forward(self, x):
        for b in self.blocks:
            x = x + checkpoint(b, x, use_reentrant=True)
        return checkpoint_sequential(self.seq, 2, x, use_reentrant=False)


def get_inputs():
    return [torch.randn(4, 8)]


def get_init_inputs():
    return []
