import torch
import torch.nn as nn


class Attn(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(16, 48)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        with torch.autocast("cpu", enabled=False):
            s = (q.float() @ k.float().transpose(-1, -2)).softmax(-1)
        return s.to(v.dtype) @ v


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = Attn()
        self.b = Attn()

    def forward(self, x):
        with torch.amp.autocast(device_type="cpu", dtype=torch.bfloat16):
            return self.b(self.a(x))


def get_inputs():
    return [torch.randn(2, 5, 16)]


def get_init_inputs():
    return []
