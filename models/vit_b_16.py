"""ViT-B/16, the Vision Transformer of Dosovitskiy and others.

"An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", 2020.
https://arxiv.org/abs/2010.11929
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH_SIZE = 1
IMAGE_SIZE = 224
NUM_CLASSES = 1000

PATCH_SIZE = 16
NUM_PATCHES = (IMAGE_SIZE // PATCH_SIZE) ** 2
NUM_LAYERS = 12
NUM_HEADS = 12
WIDTH = 768
MLP_WIDTH = 3072


class PatchEmbedding(nn.Module):
    """Cut the image into patches, embed each, put a class token first, and add positions."""

    def __init__(self):
        super().__init__()
        self.projection = nn.Conv2d(3, WIDTH, kernel_size=PATCH_SIZE, stride=PATCH_SIZE)
        self.class_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.positions = nn.Parameter(torch.randn(1, NUM_PATCHES + 1, WIDTH) * 0.02)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        patches = self.projection(images).flatten(2).transpose(1, 2)
        class_token = self.class_token.expand(images.shape[0], -1, -1)
        return torch.cat([class_token, patches], dim=1) + self.positions


class SelfAttention(nn.Module):
    """Multi-head attention among all patches."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(x).view(batch, length, 3, NUM_HEADS, width // NUM_HEADS)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        heads = F.scaled_dot_product_attention(query, key, value)
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


class EncoderBlock(nn.Module):
    """Attention and MLP, each normalised before and added to its input after."""

    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.attention = SelfAttention()
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.mlp = MLP()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Model(nn.Module):
    """Patches through twelve encoder blocks; the class token is read by a linear head."""

    def __init__(self, num_classes: int):
        super().__init__()
        self.embedding = PatchEmbedding()
        self.blocks = nn.ModuleList([EncoderBlock() for _ in range(NUM_LAYERS)])
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)
        self.head = nn.Linear(WIDTH, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.embedding(images)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return self.head(x[:, 0])


def get_inputs():
    return [torch.randn(BATCH_SIZE, 3, IMAGE_SIZE, IMAGE_SIZE)]


def get_init_inputs():
    return [NUM_CLASSES]
