import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x, mask):
        flat = x[mask]
        y = self.fc(flat).relu()
        out = torch.zeros_like(x)
        out[mask] = y
        out.masked_scatter_(~mask[..., None], x.flip(0))
        i = mask.nonzero()
        return (
            out,
            torch.scatter_add(torch.zeros(3, 4), 0, i[:, :1].expand(-1, 4), y),
            x.sort(-1, descending=True)[1],
        )


def get_inputs():
    return [torch.randn(3, 5, 4), torch.rand(3, 5) < 0.5]


def get_init_inputs():
    return []
