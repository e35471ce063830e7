"""One encoder block of BERT-base, of Devlin, Chang, Lee and Toutanova.

"BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2018.
https://arxiv.org/abs/1810.04805 (without dropout)
"""

import math

import torch
import torch.nn as nn

BATCH_SIZE = 4
SEQUENCE_LENGTH = 128

WIDTH = 768
NUM_HEADS = 12
HEAD_WIDTH = WIDTH // NUM_HEADS
MLP_WIDTH = 3072


class SelfAttention(nn.Module):
    """Multi-head attention among all positions."""

    def __init__(self):
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        query = self.query(x).view(batch, length, NUM_HEADS, HEAD_WIDTH).transpose(1, 2)
        key = self.key(x).view(batch, length, NUM_HEADS, HEAD_WIDTH).transpose(1, 2)
        value = self.value(x).view(batch, length, NUM_HEADS, HEAD_WIDTH).transpose(1, 2)

        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(HEAD_WIDTH)
        heads = torch.matmul(torch.softmax(scores, dim=-1), value)

        return self.out(heads.transpose(1, 2).reshape(batch, length, width))


class MLP(nn.Module):
    """Two linear layers with GELU between them."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, MLP_WIDTH)
        self.gelu = nn.GELU()
        self.fc2 = nn.Linear(MLP_WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(self.gelu(self.fc1(x)))


class Model(nn.Module):
    """Attention and MLP, each added to its input and then normalised."""

    def __init__(self):
        super().__init__()
        self.attention = SelfAttention()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.mlp = MLP()
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.mlp(x))


def get_inputs():
    return [torch.randn(BATCH_SIZE, SEQUENCE_LENGTH, WIDTH)]


def get_init_inputs():
    return []
