import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    @torch.inference_mode()
    def encode(self, x):
        return self.fc(x).relu()

    def forward(self, x):
        with torch.set_grad_enabled(False):
            y = self.encode(x)
        return y.clone().add_(1).log()


def get_inputs():
    return [torch.randn(3, 8)]


def get_init_inputs():
    return []
