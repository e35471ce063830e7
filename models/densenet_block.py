"""The first dense block of DenseNet-121, of Huang, Liu, van der Maaten and Weinberger.

"Densely Connected Convolutional Networks", 2016. https://arxiv.org/abs/1608.06993
"""

import torch
import torch.nn as nn

BATCH_SIZE = 4
IN_CHANNELS = 64
IMAGE_SIZE = 56
NUM_LAYERS = 6
GROWTH_RATE = 32


class DenseLayer(nn.Module):
    """A 1 x 1 bottleneck and a 3 x 3 convolution, each behind its batch norm and ReLU."""

    def __init__(self, in_channels: int, growth_rate: int):
        super().__init__()
        bottleneck = 4 * growth_rate
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(in_channels, bottleneck, kernel_size=1, bias=False)
        self.norm2 = nn.BatchNorm2d(bottleneck)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(bottleneck, growth_rate, kernel_size=3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.conv1.weight)
        nn.init.kaiming_normal_(self.conv2.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(self.relu1(self.norm1(x)))
        return self.conv2(self.relu2(self.norm2(x)))


class Model(nn.Module):
    """Layers that each read all features made so far and append their own."""

    def __init__(self, in_channels: int, num_layers: int, growth_rate: int):
        super().__init__()
        self.layers = nn.ModuleList(
            [DenseLayer(in_channels + i * growth_rate, growth_rate) for i in range(num_layers)]
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            features = torch.cat([features, layer(features)], dim=1)
        return features


def get_inputs():
    return [torch.randn(BATCH_SIZE, IN_CHANNELS, IMAGE_SIZE, IMAGE_SIZE)]


def get_init_inputs():
    return [IN_CHANNELS, NUM_LAYERS, GROWTH_RATE]
