"""GPT-2 with 124M parameters, of Radford, Wu, Child, Luan, Amodei and Sutskever.

"Language Models are Unsupervised Multitask Learners", 2019.
https://github.com/openai/gpt-2 (like the released code, without dropout)
"""

import math

import torch
import torch.nn as nn

BATCH_SIZE = 1
SEQUENCE_LENGTH = 128

VOCABULARY_SIZE = 50257
CONTEXT_LENGTH = 1024
NUM_LAYERS = 12
NUM_HEADS = 12
WIDTH = 768


class CausalSelfAttention(nn.Module):
    """Multi-head attention in which no position sees a later one."""

    causal_mask: torch.Tensor  # True where a position would look ahead

    def __init__(self):
        super().__init__()
        self.c_attn = nn.Linear(WIDTH, 3 * WIDTH)
        self.c_proj = nn.Linear(WIDTH, WIDTH)
        causal_mask = torch.ones(CONTEXT_LENGTH, CONTEXT_LENGTH, dtype=torch.bool).triu(diagonal=1)
        self.register_buffer("causal_mask", causal_mask, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        head_width = width // NUM_HEADS

        query, key, value = self.c_attn(x).split(width, dim=-1)
        query = query.view(batch, length, NUM_HEADS, head_width).transpose(1, 2)
        key = key.view(batch, length, NUM_HEADS, head_width).transpose(1, 2)
        value = value.view(batch, length, NUM_HEADS, head_width).transpose(1, 2)

        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(head_width)
        scores = scores.masked_fill(self.causal_mask[:length, :length], -1e10)
        weights = torch.softmax(scores, dim=-1)
        heads = torch.matmul(weights, value)

        return self.c_proj(heads.transpose(1, 2).reshape(batch, length, width))


class MLP(nn.Module):
    """Two linear layers with the tanh form of GELU between them."""

    def __init__(self):
        super().__init__()
        self.c_fc = nn.Linear(WIDTH, 4 * WIDTH)
        self.gelu = nn.GELU(approximate="tanh")
        self.c_proj = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(self.gelu(self.c_fc(x)))


class TransformerBlock(nn.Module):
    """Attention and MLP, each normalised before and added to its input after."""

    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.attn = CausalSelfAttention()
        self.ln_2 = nn.LayerNorm(WIDTH)
        self.mlp = MLP()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Model(nn.Module):
    """Token and position embedding, twelve blocks, and a head tied to the token embedding."""

    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(VOCABULARY_SIZE, WIDTH)
        self.wpe = nn.Embedding(CONTEXT_LENGTH, WIDTH)
        self.blocks = nn.ModuleList([TransformerBlock() for _ in range(NUM_LAYERS)])
        self.ln_f = nn.LayerNorm(WIDTH)
        self.lm_head = nn.Linear(WIDTH, VOCABULARY_SIZE, bias=False)
        self.lm_head.weight = self.wte.weight
        nn.init.normal_(self.wte.weight, std=0.02)
        nn.init.normal_(self.wpe.weight, std=0.01)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.wte(tokens) + self.wpe(positions)
        for block in self.blocks:
            x = block(x)
        return self.lm_head(self.ln_f(x))


def get_inputs():
    return [torch.randint(0, VOCABULARY_SIZE, (BATCH_SIZE, SEQUENCE_LENGTH))]


def get_init_inputs():
    return []
