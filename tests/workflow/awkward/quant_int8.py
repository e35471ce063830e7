import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("w", torch.randint(-127, 127, (8, 8), dtype=torch.int8))
        self.register_buffer("scale", torch.rand(8))

    def forward(self, x):
        w = self.w.to(x.dtype) * self.scale[:, None]
        q = torch.fake_quantize_per_tensor_affine(x, 0.1, 0, -128, 127)
        return F.linear(q, w).relu()


def get_inputs():
    return [torch.randn(3, 8)]


def get_init_inputs():
    return []
