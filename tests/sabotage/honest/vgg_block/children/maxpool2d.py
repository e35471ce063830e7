"""
Component: maxpool2d
Abstraction Level: kernel
Parent: vgg_block
"""

import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)

    def forward(self, x):
        return self.pool(x)


def get_inputs():
    return [torch.randn(2, 8, 16, 16)]


def get_init_inputs():
    return []


def get_expected_output_shape():
    return [(2, 8, 8, 8)]
