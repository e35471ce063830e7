"""Swin-T, the tiny shifted-window Transformer of Liu and others.

"Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", 2021.
https://arxiv.org/abs/2103.14030
"""

import torch
import torch.nn as nn

BATCH_SIZE = 1
IMAGE_SIZE = 224
NUM_CLASSES = 1000

PATCH_SIZE = 4
WINDOW = 7
WIDTH = 96
DEPTHS = [2, 2, 6, 2]
HEADS = [3, 6, 12, 24]


def window_partition(x: torch.Tensor) -> torch.Tensor:
    """[batch, height, width, channels] -> [batch * windows, WINDOW * WINDOW, channels]"""
    batch, height, width, channels = x.shape
    x = x.view(batch, height // WINDOW, WINDOW, width // WINDOW, WINDOW, channels)
    return x.transpose(2, 3).reshape(-1, WINDOW * WINDOW, channels)


def window_merge(windows: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The inverse of `window_partition`."""
    channels = windows.shape[-1]
    x = windows.view(-1, height // WINDOW, width // WINDOW, WINDOW, WINDOW, channels)
    return x.transpose(2, 3).reshape(-1, height, width, channels)


def relative_position_index() -> torch.Tensor:
    """For each pair of places in a window, the row of the bias table for their offset."""
    place = torch.arange(WINDOW)
    row = place.repeat_interleave(WINDOW)
    column = place.repeat(WINDOW)
    row_offset = row[:, None] - row[None, :] + WINDOW - 1
    column_offset = column[:, None] - column[None, :] + WINDOW - 1
    return (row_offset * (2 * WINDOW - 1) + column_offset).flatten()


def shifted_window_mask(size: int, shift: int) -> torch.Tensor:
    """-100 between places that are neighbours only because the image was rolled, else 0."""
    band = torch.zeros(size)
    band[-WINDOW:-shift] = 1
    band[-shift:] = 2
    region = 3 * band[:, None] + band[None, :]
    windows = window_partition(region.view(1, size, size, 1)).squeeze(-1)
    apart = windows[:, None, :] != windows[:, :, None]
    return torch.zeros(apart.shape).masked_fill(apart, -100.0)


class WindowAttention(nn.Module):
    """Multi-head attention within each window, with a learned bias for relative positions."""

    position_index: torch.Tensor

    def __init__(self, width: int, num_heads: int):
        super().__init__()
        self.num_heads = num_heads
        self.scale = (width // num_heads) ** -0.5
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.position_bias = nn.Parameter(torch.randn((2 * WINDOW - 1) ** 2, num_heads) * 0.02)
        self.register_buffer("position_index", relative_position_index(), persistent=False)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        windows, length, width = x.shape
        qkv = self.qkv(x).view(windows, length, 3, self.num_heads, width // self.num_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)

        bias = self.position_bias[self.position_index].view(length, length, self.num_heads)
        scores = torch.matmul(query * self.scale, key.transpose(-2, -1)) + bias.permute(2, 0, 1)
        if mask is not None:
            scores = scores.view(-1, mask.shape[0], self.num_heads, length, length)
            scores = scores + mask[:, None]
            scores = scores.view(windows, self.num_heads, length, length)
        heads = torch.matmul(torch.softmax(scores, dim=-1), value)

        return self.proj(heads.transpose(1, 2).reshape(windows, length, width))


class MLP(nn.Module):
    """Two linear layers with GELU between them."""

    def __init__(self, width: int):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.gelu = nn.GELU()
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(self.gelu(self.fc1(x)))


class SwinBlock(nn.Module):
    """Window attention, on the image rolled by `shift`, and MLP; both pre-norm and residual."""

    mask: torch.Tensor | None

    def __init__(self, width: int, num_heads: int, size: int, shift: int):
        super().__init__()
        self.shift = shift
        self.norm1 = nn.LayerNorm(width)
        self.attention = WindowAttention(width, num_heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = MLP(width)
        mask = shifted_window_mask(size, shift) if shift else None
        self.register_buffer("mask", mask, persistent=False)

    def attend(self, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[1:3]
        if self.shift:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
        x = window_merge(self.attention(window_partition(x), self.mask), height, width)
        if self.shift:
            x = torch.roll(x, shifts=(self.shift, self.shift), dims=(1, 2))
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attend(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbedding(nn.Module):
    """Embed each patch of 4 x 4 pixels; channels come last from here on."""

    def __init__(self):
        super().__init__()
        self.projection = nn.Conv2d(3, WIDTH, kernel_size=PATCH_SIZE, stride=PATCH_SIZE)
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.norm(self.projection(images).permute(0, 2, 3, 1))


class PatchMerging(nn.Module):
    """Halve the resolution: four neighbours side by side, projected to twice the width."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(4 * width)
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        corners = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
        return self.reduction(self.norm(torch.cat(corners, dim=-1)))


class Model(nn.Module):
    """Four stages of blocks, plain and shifted in turn, at ever coarser resolution."""

    def __init__(self, num_classes: int):
        super().__init__()
        layers: list[nn.Module] = [PatchEmbedding()]
        width, size = WIDTH, IMAGE_SIZE // PATCH_SIZE
        for stage, (depth, heads) in enumerate(zip(DEPTHS, HEADS, strict=True)):
            if stage > 0:
                layers.append(PatchMerging(width))
                width, size = 2 * width, size // 2
            for i in range(depth):
                # The last stage is a single window: there is nothing to shift.
                shift = WINDOW // 2 if i % 2 == 1 and size > WINDOW else 0
                layers.append(SwinBlock(width, heads, size, shift))
        self.layers = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.layers(images)
        x = self.norm(x).mean(dim=(1, 2))
        return self.head(x)


def get_inputs():
    return [torch.randn(BATCH_SIZE, 3, IMAGE_SIZE, IMAGE_SIZE)]


def get_init_inputs():
    return [NUM_CLASSES]
