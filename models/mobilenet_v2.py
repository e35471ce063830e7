"""MobileNetV2 of Sandler, Howard, Zhu, Zhmoginov and Chen.

"MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018.
https://arxiv.org/abs/1801.04381
"""

import torch
import torch.nn as nn

BATCH_SIZE = 4
NUM_CLASSES = 1000

# Table 2 of the paper: expansion, output channels, repeats, stride of the first.
BOTTLENECKS = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]


class ConvBNReLU6(nn.Sequential):
    """A convolution that keeps the size (up to its stride), normalised and clipped to [0, 6]."""

    def __init__(
        self, in_channels: int, channels: int, kernel_size: int, stride: int = 1, groups: int = 1
    ):
        super().__init__(
            nn.Conv2d(
                in_channels,
                channels,
                kernel_size,
                stride=stride,
                padding=kernel_size // 2,
                groups=groups,
                bias=False,
            ),
            nn.BatchNorm2d(channels),
            nn.ReLU6(inplace=True),
        )


class InvertedResidual(nn.Module):
    """Expand, filter each channel by itself, project; add the input where the shape allows."""

    def __init__(self, in_channels: int, channels: int, expansion: int, stride: int):
        super().__init__()
        hidden = expansion * in_channels
        self.expand = None if expansion == 1 else ConvBNReLU6(in_channels, hidden, kernel_size=1)
        self.depthwise = ConvBNReLU6(hidden, hidden, kernel_size=3, stride=stride, groups=hidden)
        self.project = nn.Sequential(
            nn.Conv2d(hidden, channels, kernel_size=1, bias=False), nn.BatchNorm2d(channels)
        )
        self.has_shortcut = stride == 1 and in_channels == channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = x if self.expand is None else self.expand(x)
        out = self.project(self.depthwise(out))
        return x + out if self.has_shortcut else out


class Model(nn.Module):
    """A convolutional stem, seventeen inverted residuals, a wide head, and a classifier."""

    def __init__(self, num_classes: int):
        super().__init__()
        self.stem = ConvBNReLU6(3, 32, kernel_size=3, stride=2)
        blocks: list[nn.Module] = []
        channels = 32
        for expansion, out_channels, repeats, first_stride in BOTTLENECKS:
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                blocks.append(InvertedResidual(channels, out_channels, expansion, stride))
                channels = out_channels
        self.blocks = nn.Sequential(*blocks)
        self.head = ConvBNReLU6(channels, 1280, kernel_size=1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, num_classes))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.stem(images)
        x = self.blocks(x)
        x = self.head(x)
        x = torch.flatten(self.pool(x), 1)
        return self.classifier(x)


def get_inputs():
    return [torch.randn(BATCH_SIZE, 3, 224, 224)]


def get_init_inputs():
    return [NUM_CLASSES]
