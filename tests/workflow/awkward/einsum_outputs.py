from dataclasses import dataclass

import torch
import torch.nn as nn


@dataclass
class Out:
    logits: torch.Tensor
    aux: torch.Tensor | None = None
    hidden: tuple = ()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Parameter(torch.randn(8, 2, 4))

    def forward(self, x, return_hidden: bool = True):
        q = torch.einsum("bsd,dhk->bhsk", x, self.q)
        s = torch.einsum("bhsk,bhtk->bhst", q, q).softmax(-1)
        o = torch.einsum("bhst,bhtk->bshk", s, q).flatten(2)
        return Out(logits=o, hidden=(q, [s, None]) if return_hidden else ())


def get_inputs():
    return [torch.randn(2, 5, 8)]


def get_init_inputs():
    return []
