import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 16)

    def forward(self, q):
        with sdpa_kernel(SDPBackend.MATH):
            return F.scaled_dot_product_attention(self.fc(q), q, q, is_causal=True)


def get_inputs():
    return [torch.randn(1, 2, 16, 16)]


def get_init_inputs():
    return []
