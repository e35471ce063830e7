import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 8), nn.Linear(8, 4)
        self.ops = [F.relu, torch.sigmoid, lambda t: t.clamp(-1, 1)]

    def forward(self, xs, cfg):
        total = 0
        for x, op in zip(xs, self.ops, strict=False):
            total = total + self.fc2(op(self.fc1(x))) * cfg["w"][0]
        return {"sum": total, "n": len(xs), "names": ["a", None, (total.mean(),)]}


def get_inputs():
    return [[torch.randn(2, 4), torch.randn(2, 4), torch.randn(2, 4)], {"w": (0.5,), "flag": True}]


def get_init_inputs():
    return []
