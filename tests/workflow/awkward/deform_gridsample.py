import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.loc = nn.Linear(12, 6)

    def forward(self, x):
        theta = self.loc(x.mean((2, 3)).repeat(1, 4)).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.size(), align_corners=False)
        y = F.grid_sample(x, grid, align_corners=False)
        u = F.unfold(y, 3, padding=1)
        return F.fold(u, (8, 8), 3, padding=1) + F.pixel_shuffle(F.pixel_unshuffle(x, 2), 2)


def get_inputs():
    return [torch.randn(2, 3, 8, 8)]


def get_init_inputs():
    return []
