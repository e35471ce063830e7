import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.double()
        self.w = nn.Parameter(torch.randn(6, 6, dtype=torch.float64))

    def forward(self, x):
        _u, s, _v = torch.linalg.svd(x @ self.w)
        return (
            torch.linalg.solve(self.w + 3 * torch.eye(6, dtype=x.dtype), x) + torch.linalg.norm(s),
            torch.det(x),
            torch.linalg.inv(x).abs(),
        )


def get_inputs():
    return [torch.randn(6, 6, dtype=torch.float64)]


def get_init_inputs():
    return []
