import numpy as np
import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.win = np.hanning(8).astype("float32")
        self.k = np.int64(2)

    def forward(self, x):
        w = torch.from_numpy(self.win)
        b = torch.as_tensor(np.linspace(0, 1, 8), dtype=torch.float32)
        return torch.roll(x * w + b, int(self.k), -1).cumsum(-1) * np.sqrt(2.0)


def get_inputs():
    return [torch.randn(4, 8)]


def get_init_inputs():
    return []
