import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(4, 8, 5, dtype=torch.cfloat) * 0.1)
        self.lin = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        f = torch.fft.rfft2(x, norm="ortho")
        y = torch.fft.irfft2(f * self.w, s=(8, 8), norm="ortho")
        z = torch.view_as_complex(x.reshape(2, 4, 8, 4, 2).contiguous())
        return (
            F.gelu(y + self.lin(x)),
            torch.view_as_real(z * z.conj()).sum(-1),
            f.real.abs().mean() + f.imag.std(),
        )


def get_inputs():
    return [torch.randn(2, 4, 8, 8)]


def get_init_inputs():
    return []
