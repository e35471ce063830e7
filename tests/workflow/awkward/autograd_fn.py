import torch
import torch.nn as nn


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, beta):
        ctx.save_for_backward(x)
        ctx.beta = beta
        return x * torch.sigmoid(beta * x)

    @staticmethod
    def backward(ctx, g):
        return g, None


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_non_differentiable(x.round())
        return x.round(), x.sign()

    @staticmethod
    def backward(ctx, g, h):
        return g


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        x = Swish.apply(self.fc(x), 1.5)
        a, b = STE.apply(x * 3)
        return a + b * Swish.apply(x, 0.5)


def get_inputs():
    return [torch.randn(4, 8)]


def get_init_inputs():
    return []
