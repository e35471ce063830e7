import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(8, 8)
        self.b = nn.Linear(8, 8)

    def forward(self, x):
        k = int(x.abs().mean().item() * 0) + 3
        x = self.a(x) if x.sum().item() > -1e9 else self.b(x)
        if torch.isnan(x).any():
            x = torch.nan_to_num(x)
        return x.topk(k, dim=-1).values.tanh()


def get_inputs():
    return [torch.randn(4, 8)]


def get_init_inputs():
    return []
