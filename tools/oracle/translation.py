"""Writes fixtures/nn-layers-translation.json and nn-translation.json: one step of each form of attention between a decoder
and an encoder, and whole models of translation at tiny sizes, written here from their papers with PyTorch's layers.

    python3 tools/oracle/translation.py

How a case is written down: harness.py. Sources are padded with 0; recurrent encoders get them packed, so that nothing
is read behind their ends.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from harness import layer, layers, randn, save


class Alignment(nn.Module):
    """Scores of each state h of the encoder with one state s of the decoder, softmax, mean."""

    def __init__(self, form, width):
        super().__init__()
        self.form = form
        if form in ("bahdanau", "luong-concat"):
            self.query = nn.Linear(width, width, bias=False)
            self.v = nn.Parameter(torch.empty(width))
        if form != "luong-dot" and form != "scaled-dot":
            self.key = nn.Linear(width, width, bias=False)

    def forward(self, s, h, mask):
        if self.form == "bahdanau":
            scores = torch.stack([torch.tanh(self.query(s) + self.key(h[:, j])) @ self.v for j in range(h.shape[1])], 1)
        elif self.form == "luong-concat":
            both = torch.cat([self.query.weight, self.key.weight], 1)
            scores = torch.stack([torch.tanh(F.linear(torch.cat([s, h[:, j]], 1), both)) @ self.v
                                  for j in range(h.shape[1])], 1)
        elif self.form == "luong-general":
            scores = torch.einsum("bi,ij,bsj->bs", s, self.key.weight, h)
        else:
            scores = torch.einsum("bi,bsi->bs", s, h)
            if self.form == "scaled-dot":
                scores = scores / math.sqrt(s.shape[1])
        weights = torch.softmax(scores.masked_fill(~mask, -math.inf), 1)
        return torch.einsum("bs,bsi->bi", weights, h), weights


FORMS = ["bahdanau", "luong-dot", "luong-general", "luong-concat", "scaled-dot"]
MASK = torch.tensor([[True, True, True, True], [True, True, False, False]])
for form in FORMS:
    layer("Alignment", Alignment(form, 3), [form, 3], [randn(2, 3), randn(2, 4, 3), MASK])
save("nn-layers-translation", layers)
layers.clear()


class Seq2Seq(nn.Module):
    """A recurrent encoder and decoder, one token after another."""

    def __init__(self, vocabulary, source_vocabulary, embedding, hidden, attention="bahdanau", unit="gru", count=1,
                 bidirectional=True, tied=False):
        super().__init__()
        self.source = nn.Embedding(source_vocabulary, embedding)
        self.target = self.source if tied else nn.Embedding(vocabulary, embedding)
        directions = 2 if bidirectional else 1
        kind, cell = (nn.GRU, nn.GRUCell) if unit == "gru" else (nn.LSTM, nn.LSTMCell)
        self.encoder = kind(embedding, hidden // directions, count, batch_first=True, bidirectional=bidirectional)
        self.bridge = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(count * (1 if unit == "gru" else 2)))
        if attention != "none":
            self.alignment = Alignment(attention, hidden)
        self.after = attention.startswith("luong") or attention == "scaled-dot"
        first = embedding + (embedding if self.after else hidden)
        self.cells = nn.ModuleList(cell(first if i == 0 else hidden, hidden) for i in range(count))
        self.readout = nn.Linear(2 * hidden + (0 if self.after else embedding), embedding)
        if not tied:
            self.head = nn.Linear(embedding, vocabulary)
        self.attention, self.unit, self.count, self.directions = attention, unit, count, directions
        self.scale = math.sqrt(embedding) if tied else 1

    def last(self, state):
        """Last states of each layer, both directions beside each other: a list of (B, H)."""
        layers_ = state.reshape(self.count, self.directions, *state.shape[1:])
        return [torch.cat(list(one), 1) for one in layers_]

    def forward(self, source, target):
        mask = source != 0
        packed = pack_padded_sequence(self.source(source) * self.scale, mask.sum(1), batch_first=True,
                                      enforce_sorted=False)
        read, state = self.encoder(packed)
        h, _ = pad_packed_sequence(read, batch_first=True, total_length=source.shape[1])
        kinds = [self.last(state)] if self.unit == "gru" else [self.last(part) for part in state]
        states, i = [], 0
        for number in range(self.count):
            made = []
            for kind in kinds:
                made.append(torch.tanh(self.bridge[i](kind[number])))
                i += 1
            states.append(made)
        summary = kinds[0][-1]
        feed = torch.zeros(len(source), self.source.embedding_dim)
        scores = []
        for t in range(target.shape[1]):
            y = self.target(target[:, t]) * self.scale
            if self.after:
                x = torch.cat([y, feed], 1)
            else:
                c = summary if self.attention == "none" else self.alignment(states[-1][0], h, mask)[0]
                x = torch.cat([y, c], 1)
            for number, cell in enumerate(self.cells):
                made = cell(x, states[number][0]) if self.unit == "gru" else cell(x, tuple(states[number]))
                states[number] = [made] if self.unit == "gru" else list(made)
                x = states[number][0]
            if self.after:
                c = self.alignment(x, h, mask)[0]
                feed = r = torch.tanh(self.readout(torch.cat([x, c], 1)))
            else:
                r = torch.tanh(self.readout(torch.cat([x, c, y], 1)))
            scores.append(F.linear(r, self.target.weight) if self.scale != 1 else self.head(r))
        return torch.stack(scores, 1)


SOURCE = torch.tensor([[4, 5, 6, 7, 3], [6, 3, 0, 0, 0], [8, 4, 4, 3, 0]])
TARGET = torch.tensor([[2, 5, 6, 4], [2, 7, 0, 0], [2, 4, 5, 0]])


def network(options, **given):
    sizes = {"vocabulary": 9, "sourceVocabulary": 9 if options.get("tied") else 10, "embedding": 3, "hidden": 4}
    layer("Seq2Seq", Seq2Seq(9, sizes["sourceVocabulary"], 3, 4, **given), [{**sizes, **options}], [SOURCE, TARGET])


for attention in ["none", *FORMS]:
    network({"attention": attention}, attention=attention)
network({"attention": "bahdanau", "unit": "lstm", "layers": 2, "tied": True}, unit="lstm", count=2, tied=True)
network({"attention": "luong-general", "unit": "lstm", "bidirectional": False}, attention="luong-general", unit="lstm",
        bidirectional=False)
network({"attention": "none", "unit": "gru", "layers": 2}, attention="none", count=2)


class TranslationTransformer(nn.Module):
    """PyTorch's stacks between embeddings with positions and scores. Sines and cosines stand in two blocks."""

    def __init__(self, vocabulary, source_vocabulary, width, heads, count, inner, norm_first, tied):
        super().__init__()
        self.source = nn.Embedding(source_vocabulary, width)
        self.target = self.source if tied else nn.Embedding(vocabulary, width)
        self.stacks = nn.Transformer(width, heads, count, count, inner, 0.0, batch_first=True, norm_first=norm_first)
        if not tied:
            self.head = nn.Linear(width, vocabulary, bias=False)
        self.width, self.tied = width, tied

    def embed(self, table, tokens):
        rates = torch.exp(torch.arange(self.width // 2) * (-math.log(10000.0) / (self.width // 2)))
        angles = torch.arange(tokens.shape[1])[:, None] * rates
        return table(tokens) * math.sqrt(self.width) + torch.cat([torch.sin(angles), torch.cos(angles)], 1)

    def forward(self, source, target):
        hidden = source == 0
        count = target.shape[1]
        later = torch.triu(torch.ones(count, count, dtype=torch.bool), 1)
        y = self.stacks(self.embed(self.source, source), self.embed(self.target, target), tgt_mask=later,
                        src_key_padding_mask=hidden, memory_key_padding_mask=hidden)
        return F.linear(y, self.target.weight) if self.tied else self.head(y)


for norm_first in [False, True]:
    for tied in [False, True]:
        sizes = {"vocabulary": 9, "sourceVocabulary": 9 if tied else 10, "block": 6, "width": 4, "heads": 2, "layers": 2,
                 "inner": 5, "dropout": 0, "normFirst": norm_first, "tied": tied}
        layer("TranslationTransformer",
              TranslationTransformer(9, sizes["sourceVocabulary"], 4, 2, 2, 5, norm_first, tied), [sizes],
              [SOURCE, TARGET])
save("nn-translation", layers)
