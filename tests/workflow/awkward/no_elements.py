"""Writes into tensors without elements: they share no memory, though their address is the same."""

import torch
import torch.nn as nn


class Model(nn.Module):
    def forward(self, keep, order, cond):
        keep = keep.clone()
        keep[order[2:]] &= cond[order[2:]]
        keep[order[8:]] &= cond[order[8:]]
        return keep


def get_inputs():
    return [torch.rand(8) > 0.3, torch.randperm(8), torch.rand(8) > 0.5]


def get_init_inputs():
    return []
