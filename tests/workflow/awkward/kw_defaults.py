import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self, dim, *, act="gelu"):
        super().__init__()
        self.fc = nn.Linear(dim, dim)
        self.act = {"gelu": F.gelu, "relu": F.relu}[act]

    def forward(self, x, scale=None, *args, mode: str = "a", **kw):
        y = self.act(self.fc(x))
        if scale is not None:
            y = y * scale
        return (y,) if mode == "a" else y


def get_inputs():
    return {"x": torch.randn(3, 8), "scale": torch.rand(8), "mode": "b"}


def get_init_inputs():
    return [8]
