"""A small vision-language model in the manner of LLaVA, of Liu, Li, Wu and Lee.

"Visual Instruction Tuning", 2023, https://arxiv.org/abs/2304.08485, with the two-layer
projector of LLaVA-1.5, https://arxiv.org/abs/2310.03744. The vision encoder has the sizes of
DeiT-Ti, https://arxiv.org/abs/2012.12877; the decoder those of Pythia-70M,
https://arxiv.org/abs/2304.01373.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH_SIZE = 1
IMAGE_SIZE = 224
TEXT_LENGTH = 32

PATCH_SIZE = 16
NUM_PATCHES = (IMAGE_SIZE // PATCH_SIZE) ** 2
VISION_WIDTH, VISION_LAYERS, VISION_HEADS = 192, 12, 3

VOCABULARY_SIZE = 50304
CONTEXT_LENGTH = 512
TEXT_WIDTH, TEXT_LAYERS, TEXT_HEADS = 512, 6, 8


class SelfAttention(nn.Module):
    """Multi-head attention, among all positions or from each to the earlier ones only."""

    def __init__(self, width: int, num_heads: int, is_causal: bool):
        super().__init__()
        self.num_heads = num_heads
        self.is_causal = is_causal
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(x).view(batch, length, 3, self.num_heads, width // self.num_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        heads = F.scaled_dot_product_attention(query, key, value, is_causal=self.is_causal)
        return self.out(heads.transpose(1, 2).reshape(batch, length, width))


class MLP(nn.Module):
    """Two linear layers with GELU between them."""

    def __init__(self, width: int, hidden_width: int, out_width: int):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden_width)
        self.gelu = nn.GELU()
        self.fc2 = nn.Linear(hidden_width, out_width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(self.gelu(self.fc1(x)))


class TransformerBlock(nn.Module):
    """Attention and MLP, each normalised before and added to its input after."""

    def __init__(self, width: int, num_heads: int, is_causal: bool):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = SelfAttention(width, num_heads, is_causal)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = MLP(width, 4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionEncoder(nn.Module):
    """One vector for each patch of the image."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, VISION_WIDTH, kernel_size=PATCH_SIZE, stride=PATCH_SIZE)
        self.positions = nn.Parameter(torch.randn(1, NUM_PATCHES, VISION_WIDTH) * 0.02)
        self.blocks = nn.ModuleList(
            [
                TransformerBlock(VISION_WIDTH, VISION_HEADS, is_causal=False)
                for _ in range(VISION_LAYERS)
            ]
        )
        self.norm = nn.LayerNorm(VISION_WIDTH)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.patches(images).flatten(2).transpose(1, 2) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class LanguageDecoder(nn.Module):
    """Scores of the next token at each position of a sequence of embedded tokens."""

    def __init__(self):
        super().__init__()
        self.positions = nn.Parameter(torch.randn(1, CONTEXT_LENGTH, TEXT_WIDTH) * 0.02)
        self.blocks = nn.ModuleList(
            [TransformerBlock(TEXT_WIDTH, TEXT_HEADS, is_causal=True) for _ in range(TEXT_LAYERS)]
        )
        self.norm = nn.LayerNorm(TEXT_WIDTH)
        self.lm_head = nn.Linear(TEXT_WIDTH, VOCABULARY_SIZE, bias=False)

    def forward(self, embedded: torch.Tensor) -> torch.Tensor:
        x = embedded + self.positions[:, : embedded.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.lm_head(self.norm(x))


class Model(nn.Module):
    """Image patches, projected to the width of words, are read before the text."""

    def __init__(self):
        super().__init__()
        self.vision_encoder = VisionEncoder()
        self.projector = MLP(VISION_WIDTH, TEXT_WIDTH, TEXT_WIDTH)
        self.token_embedding = nn.Embedding(VOCABULARY_SIZE, TEXT_WIDTH)
        self.decoder = LanguageDecoder()
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def forward(self, images: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        seen = self.projector(self.vision_encoder(images))
        read = self.token_embedding(tokens)
        scores = self.decoder(torch.cat([seen, read], dim=1))
        return scores[:, NUM_PATCHES:]


def get_inputs():
    images = torch.randn(BATCH_SIZE, 3, IMAGE_SIZE, IMAGE_SIZE)
    tokens = torch.randint(0, VOCABULARY_SIZE, (BATCH_SIZE, TEXT_LENGTH))
    return [images, tokens]


def get_init_inputs():
    return []
