"""Modules of losses that are made in forward."""

import torch
import torch.nn as nn


class Model(nn.Module):
    """The heads of transformers: `loss_fct = nn.CrossEntropyLoss(); loss = loss_fct(logits, labels)` in forward."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 5)

    def forward(self, x, labels):
        logits = self.fc(x)
        loss = nn.CrossEntropyLoss(ignore_index=-100)(logits, labels)
        return loss, torch.relu(logits)


def get_inputs():
    return [torch.randn(4, 8), torch.randint(0, 5, (4,))]
