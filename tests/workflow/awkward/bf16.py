import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(16, 32), nn.GELU(), nn.LayerNorm(32), nn.Linear(32, 16)
        ).to(torch.bfloat16)
        self.conv = nn.Conv1d(4, 4, 3, padding=1, dtype=torch.bfloat16)

    def forward(self, x):
        x = self.net(x)
        return self.conv(x).softmax(-1), x.float().pow(2).mean(-1).rsqrt().to(x.dtype)


def get_inputs():
    return [torch.randn(2, 4, 16, dtype=torch.bfloat16)]


def get_init_inputs():
    return []
