import torch
import torch.nn as nn


class Model(nn.Module):
    def forward(self, x, i, v):
        a = torch.sparse_coo_tensor(i, v, (4, 4))
        return torch.sparse.mm(a, x).relu()


def get_inputs():
    return [torch.randn(4, 8), torch.randint(0, 4, (2, 6)), torch.randn(6)]


def get_init_inputs():
    return []
