"""A sparse mixture of SwiGLU experts with top-2 routing.

Experts as in Mixtral (Jiang and others, "Mixtral of Experts", 2024,
https://arxiv.org/abs/2401.04088) at the sizes of LLaMA-MoE-3.5B (2/8) (Zhu and others, 2024,
https://arxiv.org/abs/2406.16554). Tokens reach their experts through one-hot dispatch with a
fixed capacity, as in GShard (Lepikhin and others, 2020, https://arxiv.org/abs/2006.16668).
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH_SIZE = 1
SEQUENCE_LENGTH = 64

NUM_EXPERTS = 8
TOP_K = 2
CAPACITY_FACTOR = 2  # room for twice the tokens of an even load
WIDTH = 4096
EXPERT_WIDTH = 1376


class Top2Router(nn.Module):
    """Choose two experts for each token, and a slot in the buffer of each.

    Returns the weight of each token in each slot of each expert: [tokens, experts, slots].
    Tokens that find the buffer of an expert full are not seen by it.
    """

    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(WIDTH, NUM_EXPERTS, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        num_tokens = tokens.shape[0]
        capacity = CAPACITY_FACTOR * TOP_K * num_tokens // NUM_EXPERTS

        probabilities = torch.softmax(self.gate(tokens), dim=-1)
        weights, experts = torch.topk(probabilities, TOP_K, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)

        # All first choices queue before all second choices.
        chosen = F.one_hot(experts.t(), NUM_EXPERTS)
        queue = chosen.reshape(TOP_K * num_tokens, NUM_EXPERTS)
        place = ((queue.cumsum(dim=0) - 1) * queue).sum(dim=-1)
        slot = F.one_hot(place, TOP_K * num_tokens)[:, :capacity]
        slot = slot.view(TOP_K, num_tokens, capacity)

        return torch.einsum("tk,kte,ktc->tec", weights, chosen.float(), slot.float())


class Expert(nn.Module):
    """A linear layer gated by the SiLU of another, and projected back."""

    def __init__(self):
        super().__init__()
        self.gate_proj = nn.Linear(WIDTH, EXPERT_WIDTH, bias=False)
        self.up_proj = nn.Linear(WIDTH, EXPERT_WIDTH, bias=False)
        self.down_proj = nn.Linear(EXPERT_WIDTH, WIDTH, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Model(nn.Module):
    """Send each token to its two experts and add up what they answer, weighted."""

    def __init__(self):
        super().__init__()
        self.router = Top2Router()
        self.experts = nn.ModuleList([Expert() for _ in range(NUM_EXPERTS)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = x.view(-1, WIDTH)
        combine = self.router(tokens)
        dispatch = (combine > 0).float()
        gathered = torch.einsum("tec,td->ecd", dispatch, tokens)
        answers = [expert(gathered[i]) for i, expert in enumerate(self.experts)]
        out = torch.einsum("tec,ecd->td", combine, torch.stack(answers))
        return out.view(x.shape)


def get_inputs():
    return [torch.randn(BATCH_SIZE, SEQUENCE_LENGTH, WIDTH)]


def get_init_inputs():
    return []
