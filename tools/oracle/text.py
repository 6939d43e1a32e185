"""Fixtures of packages/gradus/src/text: token numbers, offsets and merges of tiktoken and tokenizers, scores of nltk.

Needs tiktoken, tokenizers and nltk, and the data sets gpt2-bpe and wikitext2 in GRADUS_DATA. Numbers of whole files are
kept as a checksum (SHA-256 of little-endian 32-bit integers) and a few slices.
"""

import hashlib
import json
import math
import os
import pathlib
import struct
from collections import Counter

import numpy as np
import tiktoken
from nltk.lm import KneserNeyInterpolated, Laplace, Lidstone, MLE, StupidBackoff
from nltk.lm.preprocessing import padded_everygram_pipeline
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from harness import save

DATA = pathlib.Path(os.environ["GRADUS_DATA"])
BPE, ENCODER = DATA / "gpt2-bpe/vocab.bpe", DATA / "gpt2-bpe/encoder.json"
WIKI = (DATA / "wikitext2/test.txt").read_text("utf-8")
VALID = (DATA / "wikitext2/valid.txt").read_text("utf-8")

HARD = [
    "Hello, world! It's 2019; they'll've gone.", "  two  spaces \n\n and\ttabs  ", "naïve café Ångström e\u0301", "日本語のテキスト 中文",
    "emoji 👩‍👩‍👧 😀!", "a\u00a0b\u2003c\u0085d\ufeffe", "ﬁne ½ Ⅳ ①", "ΣΊΣΥΦΟΣ İstanbul straße ẞ", "don't DON'T we'Re '",
    "x" * 40, "", " ", "\u0000\u0001ctrl\r\n", "हिन्दी ภาษาไทย العربية", "<|endoftext|>tail [MASK] [SEP]x", "1234567 3.14 1,000", "한국어 각",
]


def digest(ids):
    return hashlib.sha256(struct.pack(f"<{len(ids)}I", *ids)).hexdigest()


def units(text, offsets):
    """Offsets in code points as offsets in UTF-16 units."""
    places = [0]
    for c in text:
        places.append(places[-1] + (2 if ord(c) > 0xffff else 1))
    return [[places[a], places[b]] for a, b in offsets]


def encodings(tokenizer, texts, pairs=()):
    out = []
    for one in [(t,) for t in texts] + list(pairs):
        e = tokenizer.encode(*one)
        offsets = []
        for (a, b), s in zip(e.offsets, e.sequence_ids):
            offsets.append([a, b] if s is None else units(one[s], [(a, b)])[0])
        out.append({"texts": list(one), "ids": e.ids, "tokens": e.tokens, "offsets": offsets, "typeIds": e.type_ids,
                    "special": e.special_tokens_mask, "decoded": tokenizer.decode(e.ids)})
    return out


fixtures = {}

# GPT-2, by two independent implementations.
ranks = data_gym_to_mergeable_bpe_ranks(str(BPE), str(ENCODER))
pattern = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
open_ai = tiktoken.Encoding("gpt2-local", pat_str=pattern, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256})
ids = open_ai.encode_ordinary(WIKI)
gpt2 = Tokenizer(models.BPE(
    json.loads(ENCODER.read_text("utf-8")),
    [tuple(line.split(" ")) for line in BPE.read_text("utf-8").split("\n")[1:] if line]))
gpt2.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
gpt2.post_processor = processors.ByteLevel(trim_offsets=False)
gpt2.decoder = decoders.ByteLevel()
gpt2.add_special_tokens(["<|endoftext|>"])
whole = gpt2.encode(WIKI)
assert whole.ids == ids
flat = [n for pair in units(WIKI, whole.offsets) for n in pair]
fixtures["gpt2"] = {"wikitext2": {"count": len(ids), "sha256": digest(ids), "offsets": digest(flat), "first": ids[:40],
                                  "at100000": ids[100000:100040], "last": ids[-40:]},
                    "cases": encodings(gpt2, HARD)}

# Trained on a small corpus.
CORPUS = [line.strip() for line in VALID.split("\n") if line.strip()][:400]
bpe = Tokenizer(models.BPE())
bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
bpe.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=1200, special_tokens=["<s>", "</s>"], show_progress=False,
                                                    initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
trained = json.loads(bpe.to_str())
fixtures["trainBpe"] = {"lines": 400, "size": 1200, "sha256": hashlib.sha256(
    "\n".join(" ".join(m) for m in trained["model"]["merges"]).encode()).hexdigest(),
    "first": trained["model"]["merges"][:20], "last": trained["model"]["merges"][-5:],
    "vocab": hashlib.sha256("\n".join(sorted(trained["model"]["vocab"], key=trained["model"]["vocab"].get)).encode()).hexdigest()}

words = CORPUS[:120]
pieces = []
for attempt in range(3):
    wp = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    wp.normalizer = normalizers.BertNormalizer()
    wp.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    wp.train_from_iterator(words, trainers.WordPieceTrainer(vocab_size=600, show_progress=False,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    pieces.append(wp.get_vocab())
common = set(pieces[0]) & set(pieces[1]) & set(pieces[2])
fixtures["trainWordPiece"] = {"lines": 120, "size": 600, "common": sorted(common), "sizes": [len(p) for p in pieces]}

# Files as they are found on the hub, made small: BERT's, T5's and Llama's parts around small vocabularies.
wp.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
    special_tokens=[("[CLS]", wp.token_to_id("[CLS]")), ("[SEP]", wp.token_to_id("[SEP]"))])
wp.decoder = decoders.WordPiece()
PAIRS = [("Who was it?", "It was Robert Boulter, an actor."), ("", "x"), ("naïve 😀 q", "日本 b")]
bert = [{"json": wp.to_str(), "cases": encodings(wp, HARD + words[:6], PAIRS)}]

# Precompiled rules of normalisation: a double array built by hand, from a few replacements.
RULES = {"ﬁ": "fi", "½": "1/2", "Ⅳ": "IV", "\u00a0": " ", "\t": " ", "é": "e", "①": "1", "ば": "ば"}


def double_array(keys):
    """Darts units for keys in order: offset << 10 | leaf << 8 | label, leaves hold values."""
    units_ = [0] * (1 << 16)
    used = [False] * (1 << 16)
    used[0] = True

    def build(at, depth, group):
        labels = sorted({key[depth] if depth < len(key) else 0 for key, _ in group})
        base = 1
        while any(used[(at ^ base) ^ c] for c in labels):
            base += 1
        assert base < 1 << 21
        units_[at] |= base << 10
        for c in labels:
            used[at ^ base ^ c] = True
        for c in labels:
            child = at ^ base ^ c
            inner = [(k, v) for k, v in group if (k[depth] if depth < len(k) else 0) == c]
            if c == 0:
                units_[child] = inner[0][1] | 1 << 31
                units_[at] |= 1 << 8
            else:
                units_[child] |= c
                build(child, depth + 1, inner)
    build(0, 0, keys)
    last = max(i for i, u in enumerate(used) if u)
    return units_[:(last | 0xFF) + 1]


texts, pool = {}, b""
for target in RULES.values():
    if target not in texts:
        texts[target] = len(pool)
        pool += target.encode() + b"\0"
units32 = double_array(sorted((k.encode(), texts[v]) for k, v in RULES.items()))
charsmap = struct.pack("<I", 4 * len(units32)) + struct.pack(f"<{len(units32)}I", *units32) + pool

seeds = Counter()
for line in CORPUS[:80]:
    for word in line.split():
        for a in range(len(word) + 1):
            for b in range(a + 1, min(len(word), a + 8) + 1):
                seeds[("▁" if a == 0 else "") + word[a:b]] += 1
vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0)] + [
    (p, math.log(c / 50000)) for p, c in sorted(seeds.items(), key=lambda x: (-x[1], x[0]))[:700]]
t5 = Tokenizer(models.Unigram(vocab, unk_id=2))
t5.normalizer = normalizers.Precompiled(charsmap)
t5.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
t5.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
t5.decoder = decoders.Metaspace()
t5.add_special_tokens(["<pad>", "</s>", "<unk>", AddedToken("<extra_id_0>", lstrip=True)])
fixtures["t5"] = {"json": t5.to_str(), "cases": encodings(t5, HARD + CORPUS[80:86] + ["a <extra_id_0> b"], PAIRS)}

llama = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
llama.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
small = Tokenizer(models.BPE())
small.normalizer = llama.normalizer
small.train_from_iterator([w for line in CORPUS[:60] for w in line.split()], trainers.BpeTrainer(
    vocab_size=500, show_progress=False, special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]))
inner = json.loads(small.to_str())["model"]
llama.model = models.BPE(inner["vocab"], [tuple(m) for m in inner["merges"]], unk_token="<unk>", fuse_unk=True, byte_fallback=True)
llama.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
llama.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
llama.add_special_tokens(["<unk>", "<s>", "</s>"])
fixtures["llama2"] = {"json": llama.to_str(), "cases": encodings(llama, HARD + CORPUS[60:64], PAIRS)}

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
third = Tokenizer(models.BPE(json.loads(bpe.to_str())["model"]["vocab"],
                             [tuple(m) for m in trained["model"]["merges"]], ignore_merges=True))
third.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
                                               pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
third.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), processors.TemplateProcessing(
    single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)])])
third.decoder = decoders.ByteLevel()
third.add_special_tokens(["<s>", "</s>"])
fixtures["llama3"] = {"json": third.to_str(), "cases": encodings(third, HARD + CORPUS[:3], PAIRS)}

cut = Tokenizer.from_str(wp.to_str())
cut.enable_truncation(12, strategy="longest_first")
cut.enable_padding(pad_id=0, pad_token="[PAD]", length=16)
bert.append({"json": cut.to_str(), "cases": encodings(cut, [words[0], "short", ""], [(words[1], words[2]), ("a b", words[3]), (words[3], "a b")])})
fixtures["bert"] = bert

# Other parts, one at a time, on the same texts.
def parts(name, **given):
    t = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    for key, value in given.items():
        setattr(t, key, value)
    e = [t.encode(x) for x in HARD]
    return {"name": name, "json": t.to_str(), "offsets": [units(x, y.offsets) for x, y in zip(HARD, e)]}


fixtures["parts"] = [parts(n, pre_tokenizer=p) for n, p in {
    "Whitespace": pre_tokenizers.Whitespace(), "Punctuation": pre_tokenizers.Punctuation(),
    "Digits": pre_tokenizers.Digits(False), "single digits": pre_tokenizers.Digits(True),
    "merged before": pre_tokenizers.Split(Regex(r"[\s,]+"), "merged_with_previous"),
    "merged behind": pre_tokenizers.Split(Regex(r"\s"), "merged_with_next"),
    "inverted": pre_tokenizers.Split(Regex(r"\w+"), "removed", invert=True),
    "contiguous": pre_tokenizers.Split("o", "contiguous"),
    "metaspace never": pre_tokenizers.Metaspace(prepend_scheme="never"),
    "byte level": pre_tokenizers.ByteLevel(add_prefix_space=True)}.items()] + [
    parts(n, normalizer=p, pre_tokenizer=pre_tokenizers.Split(Regex("."), "isolated")) for n, p in {
        "lowercase": normalizers.Lowercase(), "strip": normalizers.Strip(), "bert cased": normalizers.BertNormalizer(lowercase=False),
        "no accents": normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()])}.items()]

# Unigram training differs from run to run in nothing; ours differs in details, so only likelihoods are compared.
uni = Tokenizer(models.Unigram())
uni.pre_tokenizer = pre_tokenizers.Metaspace()
uni.train_from_iterator(CORPUS[:300], trainers.UnigramTrainer(vocab_size=800, show_progress=False, unk_token="<unk>", special_tokens=["<unk>"]))
scores = dict(json.loads(uni.to_str())["model"]["vocab"])
held = CORPUS[300:]
total = sum(scores[t] for line in held for t in uni.encode(line).tokens if t in scores and t != "<unk>")
fixtures["trainUnigram"] = {"lines": 300, "size": 800, "heldOut": 100, "tokens": sum(len(uni.encode(line).ids) for line in held), "logLikelihood": total}
save("text-tokenizers", [fixtures])

# N-gram models: nltk on a toy corpus, word by word, and whole files by what follows.
toy = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog", "the cat saw the dog", "a mat on a log"]
sentences = [s.split() for s in toy]
probes = [["the", "cat"], ["cat", "sat", "on"], ["the", "dog", "saw"], ["on", "a"], ["zebra", "cat"], ["</s>"], ["mat", "</s>"],
          ["the", "zebra"], ["a"]]
lm = {"corpus": toy, "probes": probes, "models": []}
for order in (1, 2, 3):
    for name, model in (("mle", MLE(order)), ("addK 0.5", Lidstone(0.5, order)), ("addK 1", Laplace(order)),
                        ("stupid 0.4", StupidBackoff(0.4, order)), ("kneserNey 0.1", KneserNeyInterpolated(order, 0.1))):
        if order == 1 and name.startswith("kneser"):
            continue  # a continuation count needs words before
        train, vocab_ = padded_everygram_pipeline(order, sentences)
        model.fit(train, vocab_)
        lm["models"].append({"order": order, "name": name, "vocabulary": len(model.vocab), "scores": [
            model.score(p[-1], p[:-1][-(order - 1):] if order > 1 else None) for p in probes]})


# A second implementation for whole files: numpy-free counting with other data structures than the library's.
def stream(text):
    return [w for line in text.split("\n") for w in line.split() + ["</s>"] if line.strip()]


train_words, test_words = stream(VALID), stream(WIKI)
known = {w for w, c in Counter(train_words).items()}
known.add("<unk>")
test_words = [w if w in known else "<unk>" for w in test_words]
V = len(known)


def perplexity(prob, order):
    total = 0.0
    for i in range(len(test_words)):
        history = tuple(test_words[max(0, i - order + 1):i])
        total += math.log(prob(history, test_words[i]))
    return math.exp(-total / len(test_words))


grams = {n: Counter(zip(*(train_words[i:] for i in range(n)))) for n in range(1, 6)}
N = len(train_words)
results = {"train": N, "test": len(test_words), "vocabulary": V}
totals = {n: Counter() for n in grams}
for n in grams:
    for g, c in grams[n].items():
        totals[n][g[:-1]] += c
for order, k in ((1, 1.0), (2, 0.01)):
    results[f"addK {order} {k}"] = perplexity(
        lambda h, w: (grams[len(h) + 1][h + (w,)] + k) / (totals[len(h) + 1][h] + k * V), order)


def kneser_ney(order, d=0.75):
    """Interpolated, one discount; lower orders count the words that stand before; the last step is uniform."""
    tables = []
    for n in range(1, order + 1):
        if n == order:
            counts = grams[n]
        else:
            counts = Counter(g[1:] for g in grams[n + 1])
        total, kinds = Counter(), Counter()
        for g, c in counts.items():
            total[g[:-1]] += c
            kinds[g[:-1]] += 1
        tables.append((counts, total, kinds))

    def prob(history, word):
        p = 1 / V
        for n in range(1, order + 1):
            counts, total, kinds = tables[n - 1]
            h = history[len(history) - n + 1:] if n > 1 else ()
            if len(history) < n - 1 or total[h] == 0:
                break
            p = max(counts[h + (word,)] - d, 0) / total[h] + d * kinds[h] / total[h] * p
        return p
    return prob


for order in (2, 3, 5):
    results[f"kneserNey {order}"] = perplexity(kneser_ney(order), order)


def katz(order, limit=5):
    """Good-Turing discounts up to five times seen (Katz 1987), unigrams with one added."""
    factors = {}
    for n in range(2, order + 1):
        of = Counter(grams[n].values())
        last = (limit + 1) * of[limit + 1] / of[1]
        for r in range(1, limit + 1):
            raw = (r + 1) * of[r + 1] / of[r] / r
            value = (raw - last) / (1 - last)
            factors[n, r] = value if 0 < value < 1 else 1.0
    contexts = {n: Counter() for n in range(2, order + 1)}
    followers = {n: {} for n in range(2, order + 1)}
    for n in range(2, order + 1):
        for g, c in grams[n].items():
            contexts[n][g[:-1]] += c
            followers[n].setdefault(g[:-1], []).append((g[-1], c))
    weights = {}

    def prob(history, word):
        h = history[-(order - 1):] if order > 1 else ()
        n = len(h) + 1
        if n == 1:
            return (grams[1][word,] + 1) / (N + V)
        if contexts[n][h] == 0:
            return prob(h[1:], word)
        if h not in weights:
            total = contexts[n][h]
            held = sum((1 - factors.get((n, k), 1.0)) * k for _, k in followers[n][h])
            # Where every follower was seen often nothing is held back: one more count is, for what was not seen.
            size = total if held > 0 else total + 1
            below = sum(prob(h[1:], w) for w, _ in followers[n][h])
            weights[h] = size, (held / size if held > 0 else 1 / size) / (1 - below)
        size, weight = weights[h]
        c = grams[n][h + (word,)]
        return factors.get((n, c), 1.0) * c / size if c > 0 else weight * prob(h[1:], word)
    return prob


for order in (2, 3):
    results[f"katz {order}"] = perplexity(katz(order), order)
lm["wikitext2"] = results
save("text-ngrams", lm)
