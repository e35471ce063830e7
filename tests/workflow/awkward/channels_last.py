import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 8, 3, padding=1).to(memory_format=torch.channels_last)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        x = x.contiguous(memory_format=torch.channels_last)
        x = self.bn(self.conv(x)).relu_()
        x = x.to(memory_format=torch.contiguous_format)
        return x.permute(0, 2, 3, 1) @ torch.ones(8, 2)


def get_inputs():
    return [torch.randn(2, 4, 6, 6).to(memory_format=torch.channels_last)]


def get_init_inputs():
    return []
