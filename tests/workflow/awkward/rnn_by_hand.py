import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, output_size: int):
        super().__init__()
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.tanh = nn.Tanh()

    def forward(self, x, h0):
        seq_len, _batch_size, _ = x.size()
        hidden = h0.to(x.device)
        outputs = []
        for t in range(seq_len):
            combined = torch.cat((x[t], hidden), dim=1)
            hidden = self.tanh(self.i2h(combined))
            output = self.h2o(hidden)
            outputs.append(output)
        return torch.stack(outputs, dim=0)


def get_inputs():
    return [torch.rand(9, 4, 6), torch.rand(4, 8)]


def get_init_inputs():
    return [6, 8, 5]
