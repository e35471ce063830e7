import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.mha = nn.MultiheadAttention(16, 4, kdim=8, vdim=8, batch_first=True, add_bias_kv=True)
        self.tr = nn.Transformer(16, 2, 1, 1, 32, batch_first=True)

    def forward(self, q, k, pad):
        a, w = self.mha(q, k, k, key_padding_mask=pad, average_attn_weights=False)
        m = nn.Transformer.generate_square_subsequent_mask(q.shape[1])
        return self.tr(a, q, tgt_mask=m, tgt_is_causal=True), w


def get_inputs():
    return [
        torch.randn(2, 5, 16),
        torch.randn(2, 6, 8),
        torch.tensor([[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 1]]).bool(),
    ]


def get_init_inputs():
    return []
