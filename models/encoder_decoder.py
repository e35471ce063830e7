"""The base Transformer of Vaswani and others: an encoder, and a decoder with cross attention.

"Attention Is All You Need", 2017. https://arxiv.org/abs/1706.03762 (without dropout)
"""

import math

import torch
import torch.nn as nn

BATCH_SIZE = 2
SOURCE_LENGTH = 64
TARGET_LENGTH = 48

VOCABULARY_SIZE = 37000
PADDING = 0
MAX_LENGTH = 512
NUM_LAYERS = 6
NUM_HEADS = 8
WIDTH = 512
MLP_WIDTH = 2048


def sinusoids() -> torch.Tensor:
    """The fixed position encoding: sines in the even channels, cosines in the odd ones."""
    positions = torch.arange(MAX_LENGTH)[:, None]
    angles = positions * 10000.0 ** (-torch.arange(0, WIDTH, 2) / WIDTH)
    return torch.stack([torch.sin(angles), torch.cos(angles)], dim=-1).flatten(1)


class Embedding(nn.Module):
    """Token embedding, scaled to the size of the position encoding that is added."""

    positions: torch.Tensor

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY_SIZE, WIDTH)
        self.register_buffer("positions", sinusoids(), persistent=False)
        nn.init.normal_(self.tokens.weight, std=WIDTH**-0.5)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.tokens(tokens) * math.sqrt(WIDTH) + self.positions[: tokens.shape[1]]


class MultiHeadAttention(nn.Module):
    """Each query reads the memory, except where the mask is True."""

    def __init__(self):
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def split_heads(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(x.shape[0], x.shape[1], NUM_HEADS, WIDTH // NUM_HEADS).transpose(1, 2)

    def forward(self, x: torch.Tensor, memory: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        query = self.split_heads(self.query(x))
        key = self.split_heads(self.key(memory))
        value = self.split_heads(self.value(memory))

        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(WIDTH // NUM_HEADS)
        scores = scores.masked_fill(mask, float("-inf"))
        heads = torch.matmul(torch.softmax(scores, dim=-1), value)

        return self.out(heads.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """Two linear layers with a ReLU between them, at each position by itself."""

    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(WIDTH, MLP_WIDTH)
        self.relu = nn.ReLU()
        self.linear2 = nn.Linear(MLP_WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear2(self.relu(self.linear1(x)))


class EncoderBlock(nn.Module):
    """Self attention and feed forward, each added to its input and then normalised."""

    def __init__(self):
        super().__init__()
        self.self_attention = MultiHeadAttention()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.feed_forward = FeedForward()
        self.norm2 = nn.LayerNorm(WIDTH)

    def forward(self, x: torch.Tensor, padding: torch.Tensor) -> torch.Tensor:
        x = self.norm1(x + self.self_attention(x, x, padding))
        return self.norm2(x + self.feed_forward(x))


class DecoderBlock(nn.Module):
    """Like an encoder block, with attention to the encoder's output in between."""

    def __init__(self):
        super().__init__()
        self.self_attention = MultiHeadAttention()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.cross_attention = MultiHeadAttention()
        self.norm2 = nn.LayerNorm(WIDTH)
        self.feed_forward = FeedForward()
        self.norm3 = nn.LayerNorm(WIDTH)

    def forward(
        self, x: torch.Tensor, memory: torch.Tensor, future: torch.Tensor, padding: torch.Tensor
    ) -> torch.Tensor:
        x = self.norm1(x + self.self_attention(x, x, future))
        x = self.norm2(x + self.cross_attention(x, memory, padding))
        return self.norm3(x + self.feed_forward(x))


class Model(nn.Module):
    """Six encoder and six decoder blocks; one weight embeds both languages and reads out."""

    def __init__(self):
        super().__init__()
        self.embedding = Embedding()
        self.encoder = nn.ModuleList([EncoderBlock() for _ in range(NUM_LAYERS)])
        self.decoder = nn.ModuleList([DecoderBlock() for _ in range(NUM_LAYERS)])
        self.generator = nn.Linear(WIDTH, VOCABULARY_SIZE, bias=False)
        self.generator.weight = self.embedding.tokens.weight

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        padding = (source == PADDING)[:, None, None, :]
        length = target.shape[1]
        future = torch.ones(length, length, dtype=torch.bool, device=target.device).triu(diagonal=1)

        memory = self.embedding(source)
        for block in self.encoder:
            memory = block(memory, padding)

        x = self.embedding(target)
        for block in self.decoder:
            x = block(x, memory, future, padding)
        return self.generator(x)


def get_inputs():
    source = torch.randint(1, VOCABULARY_SIZE, (BATCH_SIZE, SOURCE_LENGTH))
    source[-1, 3 * SOURCE_LENGTH // 4 :] = PADDING
    target = torch.randint(1, VOCABULARY_SIZE, (BATCH_SIZE, TARGET_LENGTH))
    return [source, target]


def get_init_inputs():
    return []
