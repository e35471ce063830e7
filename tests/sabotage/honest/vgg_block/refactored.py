import sys
from pathlib import Path

import torch
import torch.nn as nn

sys.path.insert(0, str(Path(__file__).parent / "children"))
from conv_relu_3x8 import Model as ConvRelu1
from conv_relu_8x8 import Model as ConvRelu2
from maxpool2d import Model as MaxPool


class RefactoredModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_relu_1 = ConvRelu1()  # child only
        self.conv_relu_2 = ConvRelu2()  # child only
        self.maxpool = MaxPool()  # child only

    def forward(self, x):
        x = self.conv_relu_1(x)  # child call
        x = self.conv_relu_2(x)  # child call
        x = self.maxpool(x)  # child call
        return x


def get_inputs():
    return [torch.randn(2, 3, 16, 16)]  # same as parent
