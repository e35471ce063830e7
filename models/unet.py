"""U-Net of Ronneberger, Fischer and Brox.

"U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015.
https://arxiv.org/abs/1505.04597

As in the paper the convolutions are not padded, so the map that comes out is smaller than
the image: a tile of 572 x 572 gives 388 x 388, and the smaller tile used here 68 x 68.
"""

import torch
import torch.nn as nn

BATCH_SIZE = 1
TILE_SIZE = 252
IMAGE_CHANNELS = 1
NUM_CLASSES = 2


class DoubleConvolution(nn.Sequential):
    """Two unpadded 3 x 3 convolutions, each followed by a ReLU."""

    def __init__(self, in_channels: int, channels: int):
        super().__init__(
            nn.Conv2d(in_channels, channels, kernel_size=3),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, kernel_size=3),
            nn.ReLU(inplace=True),
        )


class UpBlock(nn.Module):
    """Double the resolution, then merge the features kept at that resolution on the way down."""

    def __init__(self, in_channels: int, channels: int):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, channels, kernel_size=2, stride=2)
        self.convolutions = DoubleConvolution(2 * channels, channels)

    def forward(self, x: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        x = self.up(x)
        return self.convolutions(torch.cat([centre_crop(skip, x), x], dim=1))


def centre_crop(features: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cut the borders of `features` so that it is as high and wide as `target`."""
    height, width = target.shape[-2:]
    top = (features.shape[-2] - height) // 2
    left = (features.shape[-1] - width) // 2
    return features[:, :, top : top + height, left : left + width]


class Model(nn.Module):
    """A contracting path, an expanding path, and a score for each pixel and class."""

    def __init__(self, image_channels: int, num_classes: int):
        super().__init__()
        self.down1 = DoubleConvolution(image_channels, 64)
        self.down2 = DoubleConvolution(64, 128)
        self.down3 = DoubleConvolution(128, 256)
        self.down4 = DoubleConvolution(256, 512)
        self.bottom = DoubleConvolution(512, 1024)
        self.pool = nn.MaxPool2d(kernel_size=2)
        self.up4 = UpBlock(1024, 512)
        self.up3 = UpBlock(512, 256)
        self.up2 = UpBlock(256, 128)
        self.up1 = UpBlock(128, 64)
        self.head = nn.Conv2d(64, num_classes, kernel_size=1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        skip1 = self.down1(image)
        skip2 = self.down2(self.pool(skip1))
        skip3 = self.down3(self.pool(skip2))
        skip4 = self.down4(self.pool(skip3))
        x = self.bottom(self.pool(skip4))
        x = self.up4(x, skip4)
        x = self.up3(x, skip3)
        x = self.up2(x, skip2)
        x = self.up1(x, skip1)
        return self.head(x)


def get_inputs():
    return [torch.randn(BATCH_SIZE, IMAGE_CHANNELS, TILE_SIZE, TILE_SIZE)]


def get_init_inputs():
    return [IMAGE_CHANNELS, NUM_CLASSES]
