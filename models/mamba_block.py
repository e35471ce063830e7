"""One block of Mamba-130M, of Gu and Dao.

"Mamba: Linear-Time Sequence Modeling with Selective State Spaces", 2023.
https://arxiv.org/abs/2312.00752
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH_SIZE = 1
SEQUENCE_LENGTH = 64

WIDTH = 768
INNER_WIDTH = 2 * WIDTH
STATE_SIZE = 16
KERNEL_SIZE = 4
STEP_RANK = WIDTH // 16


class SelectiveStateSpace(nn.Module):
    """A linear recurrence for each channel, whose step size, input and output the token sets."""

    def __init__(self):
        super().__init__()
        self.x_proj = nn.Linear(INNER_WIDTH, STEP_RANK + 2 * STATE_SIZE, bias=False)
        self.dt_proj = nn.Linear(STEP_RANK, INNER_WIDTH)
        self.A_log = nn.Parameter(torch.arange(1.0, STATE_SIZE + 1).log().repeat(INNER_WIDTH, 1))
        self.D = nn.Parameter(torch.ones(INNER_WIDTH))
        # Step sizes start between 0.001 and 0.1: the bias is softplus inverted there.
        step = torch.empty(INNER_WIDTH).uniform_(math.log(0.001), math.log(0.1)).exp()
        self.dt_proj.bias = nn.Parameter(step.expm1().log())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape
        step, B, C = self.x_proj(x).split([STEP_RANK, STATE_SIZE, STATE_SIZE], dim=-1)
        step = F.softplus(self.dt_proj(step))
        A = -torch.exp(self.A_log)

        decay = torch.exp(step.unsqueeze(-1) * A)  # [batch, length, channels, state]
        drive = (step * x).unsqueeze(-1) * B.unsqueeze(2)

        state = torch.zeros(batch, INNER_WIDTH, STATE_SIZE, dtype=x.dtype, device=x.device)
        outputs = []
        for t in range(length):
            state = decay[:, t] * state + drive[:, t]
            outputs.append(torch.einsum("bds,bs->bd", state, C[:, t]))
        return torch.stack(outputs, dim=1) + x * self.D


class MambaMixer(nn.Module):
    """A short causal convolution and a state space, gated by a second branch."""

    def __init__(self):
        super().__init__()
        self.in_proj = nn.Linear(WIDTH, 2 * INNER_WIDTH, bias=False)
        self.conv1d = nn.Conv1d(
            INNER_WIDTH, INNER_WIDTH, KERNEL_SIZE, padding=KERNEL_SIZE - 1, groups=INNER_WIDTH
        )
        self.state_space = SelectiveStateSpace()
        self.out_proj = nn.Linear(INNER_WIDTH, WIDTH, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        length = x.shape[1]
        x, gate = self.in_proj(x).chunk(2, dim=-1)
        x = self.conv1d(x.transpose(1, 2))[:, :, :length].transpose(1, 2)
        x = self.state_space(F.silu(x))
        return self.out_proj(x * F.silu(gate))


class Model(nn.Module):
    """The mixer, normalised before and added to its input after."""

    def __init__(self):
        super().__init__()
        self.norm = nn.RMSNorm(WIDTH, eps=1e-5)
        self.mixer = MambaMixer()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.mixer(self.norm(x))


def get_inputs():
    return [torch.randn(BATCH_SIZE, SEQUENCE_LENGTH, WIDTH)]


def get_init_inputs():
    return []
