"""The medium LSTM language model of Zaremba, Sutskever and Vinyals.

"Recurrent Neural Network Regularization", 2014. https://arxiv.org/abs/1409.2329
"""

import torch
import torch.nn as nn

BATCH_SIZE = 20
SEQUENCE_LENGTH = 35

VOCABULARY_SIZE = 10000
WIDTH = 650
NUM_LAYERS = 2


class Model(nn.Module):
    """Embedding, two LSTM layers, and the log-probability of each next word.

    The state of the LSTM goes in and comes out, so that a text can be read piece by piece.
    """

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, WIDTH)
        self.dropout = nn.Dropout(0.5)
        self.lstm = nn.LSTM(WIDTH, WIDTH, num_layers=NUM_LAYERS, dropout=0.5)
        self.decoder = nn.Linear(WIDTH, VOCABULARY_SIZE)

    def forward(
        self, words: torch.Tensor, hidden: torch.Tensor, cell: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x = self.dropout(self.embedding(words))
        x, (hidden, cell) = self.lstm(x, (hidden, cell))
        scores = self.decoder(self.dropout(x))
        return torch.log_softmax(scores, dim=-1), hidden, cell


def get_inputs():
    words = torch.randint(0, VOCABULARY_SIZE, (SEQUENCE_LENGTH, BATCH_SIZE))
    hidden = 0.1 * torch.randn(NUM_LAYERS, BATCH_SIZE, WIDTH)
    cell = 0.1 * torch.randn(NUM_LAYERS, BATCH_SIZE, WIDTH)
    return [words, hidden, cell]


def get_init_inputs():
    return []
