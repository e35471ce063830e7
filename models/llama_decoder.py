"""A LLaMA-style decoder at the sizes of SmolLM2-135M.

Touvron and others, "LLaMA: Open and Efficient Foundation Language Models", 2023,
https://arxiv.org/abs/2302.13971; grouped-query attention as in Llama 2,
https://arxiv.org/abs/2307.09288; sizes from https://arxiv.org/abs/2502.02737.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH_SIZE = 1
SEQUENCE_LENGTH = 128

VOCABULARY_SIZE = 49152
NUM_LAYERS = 30
NUM_HEADS = 9
NUM_KEY_VALUE_HEADS = 3
WIDTH = 576
HEAD_WIDTH = WIDTH // NUM_HEADS
MLP_WIDTH = 1536
ROTARY_BASE = 100_000.0


class RMSNorm(nn.Module):
    """Divide each vector by its root mean square."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean_square = x.pow(2).mean(dim=-1, keepdim=True)
        return x * torch.rsqrt(mean_square + 1e-5) * self.weight


class RotaryEmbedding(nn.Module):
    """Cosine and sine of the angle by which each position turns each pair of channels."""

    frequencies: torch.Tensor

    def __init__(self):
        super().__init__()
        exponents = torch.arange(0, HEAD_WIDTH, 2) / HEAD_WIDTH
        self.register_buffer("frequencies", ROTARY_BASE**-exponents, persistent=False)

    def forward(self, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        angles = positions[:, None] * self.frequencies
        angles = torch.cat([angles, angles], dim=-1)
        return torch.cos(angles), torch.sin(angles)


def rotate(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """Turn the pairs (x[i], x[i + half]) of each head."""
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat([-second, first], dim=-1) * sine


class GroupedQueryAttention(nn.Module):
    """Causal attention in which groups of query heads share a key and a value head."""

    def __init__(self):
        super().__init__()
        self.q_proj = nn.Linear(WIDTH, NUM_HEADS * HEAD_WIDTH, bias=False)
        self.k_proj = nn.Linear(WIDTH, NUM_KEY_VALUE_HEADS * HEAD_WIDTH, bias=False)
        self.v_proj = nn.Linear(WIDTH, NUM_KEY_VALUE_HEADS * HEAD_WIDTH, bias=False)
        self.o_proj = nn.Linear(NUM_HEADS * HEAD_WIDTH, WIDTH, bias=False)

    def forward(self, x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape
        query = self.q_proj(x).view(batch, length, NUM_HEADS, HEAD_WIDTH).transpose(1, 2)
        key = self.k_proj(x).view(batch, length, NUM_KEY_VALUE_HEADS, HEAD_WIDTH).transpose(1, 2)
        value = self.v_proj(x).view(batch, length, NUM_KEY_VALUE_HEADS, HEAD_WIDTH).transpose(1, 2)

        query = rotate(query, cosine, sine)
        key = rotate(key, cosine, sine)
        key = key.repeat_interleave(NUM_HEADS // NUM_KEY_VALUE_HEADS, dim=1)
        value = value.repeat_interleave(NUM_HEADS // NUM_KEY_VALUE_HEADS, dim=1)
        heads = F.scaled_dot_product_attention(query, key, value, is_causal=True)

        return self.o_proj(heads.transpose(1, 2).reshape(batch, length, WIDTH))


class SwiGLU(nn.Module):
    """A linear layer gated by the SiLU of another, and projected back."""

    def __init__(self):
        super().__init__()
        self.gate_proj = nn.Linear(WIDTH, MLP_WIDTH, bias=False)
        self.up_proj = nn.Linear(WIDTH, MLP_WIDTH, bias=False)
        self.down_proj = nn.Linear(MLP_WIDTH, WIDTH, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class DecoderBlock(nn.Module):
    """Attention and MLP, each normalised before and added to its input after."""

    def __init__(self):
        super().__init__()
        self.attention_norm = RMSNorm()
        self.attention = GroupedQueryAttention()
        self.mlp_norm = RMSNorm()
        self.mlp = SwiGLU()

    def forward(self, x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.attention_norm(x), cosine, sine)
        return x + self.mlp(self.mlp_norm(x))


class Model(nn.Module):
    """Token embedding, thirty blocks with rotary positions, and a head tied to the embedding."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, WIDTH)
        self.rotary = RotaryEmbedding()
        self.blocks = nn.ModuleList([DecoderBlock() for _ in range(NUM_LAYERS)])
        self.norm = RMSNorm()
        self.lm_head = nn.Linear(WIDTH, VOCABULARY_SIZE, bias=False)
        self.lm_head.weight = self.embedding.weight
        nn.init.normal_(self.embedding.weight, std=WIDTH**-0.5)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        cosine, sine = self.rotary(positions)
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, cosine, sine)
        return self.lm_head(self.norm(x))


def get_inputs():
    return [torch.randint(0, VOCABULARY_SIZE, (BATCH_SIZE, SEQUENCE_LENGTH))]


def get_init_inputs():
    return []
