"""Convolution, batch norm and ReLU: the fusion that convolutional networks are made of.

Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
Internal Covariate Shift", 2015, https://arxiv.org/abs/1502.03167; the sizes are those of
ResNet's second stage, https://arxiv.org/abs/1512.03385.
"""

import torch
import torch.nn as nn

BATCH_SIZE = 16
CHANNELS = 128
IMAGE_SIZE = 28


class Model(nn.Module):
    """A 3 x 3 convolution without bias, normalised over the batch and rectified."""

    def __init__(self, in_channels: int, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, kernel_size=3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.bn(self.conv(x)))


def get_inputs():
    return [torch.randn(BATCH_SIZE, CHANNELS, IMAGE_SIZE, IMAGE_SIZE)]


def get_init_inputs():
    return [CHANNELS, CHANNELS]
