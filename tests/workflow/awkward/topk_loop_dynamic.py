import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 20)
        self.emb = nn.Embedding(20, 8)

    def forward(self, ids):
        tokens = [ids]
        x = self.emb(ids)
        for _ in range(5):
            logits = self.fc(x.mean(1))
            nxt = logits.argmax(-1, keepdim=True)
            tokens.append(nxt)
            x = torch.cat([x, self.emb(nxt)], 1)
        return torch.cat(tokens, 1)


def get_inputs():
    return [torch.randint(0, 20, (2, 4))]


def get_init_inputs():
    return []
