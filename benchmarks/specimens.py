"""Models made to order: as many equal blocks, or as many different models, as one likes."""

TEMPLATE = """
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.down(torch.tanh(self.up(self.norm(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear({width} // 2, {width})
        self.blocks = nn.ModuleList([Block({width}) for _ in range({blocks})])
        self.head = nn.Linear({width}, 10)

    def forward(self, x):
        x = torch.relu(self.embed(x))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(1))


def get_inputs():
    return [torch.randn(4, 16, {width} // 2)]


def get_init_inputs():
    return []
"""


def blocks(number: int, width: int = 32) -> str:
    """One model of so many equal blocks."""
    return TEMPLATE.format(blocks=number, width=width)


def different(number: int) -> dict[str, str]:
    """So many small models, no two of which share a component's sizes."""
    return {f"small_{i:03}": blocks(2, width=16 + 2 * i) for i in range(number)}
