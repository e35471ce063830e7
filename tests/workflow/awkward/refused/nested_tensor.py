import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, a, b):
        n = torch.nested.nested_tensor([a, b])
        return torch.nested.to_padded_tensor(self.fc(n), 0.0)


def get_inputs():
    return [torch.randn(3, 4), torch.randn(5, 4)]


def get_init_inputs():
    return []
