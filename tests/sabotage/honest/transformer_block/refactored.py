import torch
import torch.nn as nn
from children.norm_attention import Model as NormAttention
from children.norm_mlp import Model as NormMLP


class RefactoredModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm_attn = NormAttention()
        self.norm_mlp = NormMLP()

    def forward(self, x):
        residual = x  # data plumbing: allowed
        x = self.norm_attn(x)  # child call
        x = x + residual  # data plumbing: allowed
        residual = x  # data plumbing: allowed
        x = self.norm_mlp(x)  # child call
        x = x + residual  # data plumbing: allowed
        return x


def get_inputs():
    return [torch.randn(2, 5, 16)]
