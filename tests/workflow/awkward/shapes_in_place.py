import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        y = self.fc(x)
        y.unsqueeze_(1)
        z = torch.relu(y)
        z.squeeze_(1).t_()
        z.transpose_(0, 1)
        return torch.sigmoid(z)


def get_inputs():
    return [torch.randn(4, 8)]


def get_init_inputs():
    return []
