"""Writes fixtures/nn-generation.json: how transformers shapes scores, and what it writes with tiny random models.

    python3 -m pip install torch==2.13.0 transformers==5.23.0 && python3 tools/oracle/generation.py

- controls: the same scores and tokens in, the filtered scores out, for each control and for combinations. Frequency and
  presence penalty, which transformers does not have, are written out here.
- models: greedy and beam sequences of `generate` with a GPT-2 and a Llama; contrastive search, which transformers no
  longer has, is written out here with whole forward passes.
"""

import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
from transformers.generation import logits_process as lp

from harness import pack, save

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


class Penalties:
    def __init__(self, frequency, presence, prompt):
        self.frequency, self.presence, self.prompt = frequency, presence, prompt

    def __call__(self, tokens, scores):
        counts = torch.bincount(tokens[0, self.prompt:], minlength=scores.shape[-1])
        return scores - self.frequency * counts - self.presence * (counts > 0)


PROMPT = 4
MAKE = [  # in the order in which `generate` applies them
    ("repetitionPenalty", lp.RepetitionPenaltyLogitsProcessor),
    ("frequencyPenalty", lambda value: Penalties(value, 0, PROMPT)),
    ("presencePenalty", lambda value: Penalties(0, value, PROMPT)),
    ("noRepeatNgram", lp.NoRepeatNGramLogitsProcessor),
    ("temperature", lp.TemperatureLogitsWarper), ("topK", lp.TopKLogitsWarper), ("topP", lp.TopPLogitsWarper),
    ("minP", lp.MinPLogitsWarper), ("typicalP", lp.TypicalLogitsWarper),
]
CONTROLS = [
    {"repetitionPenalty": 1.7}, {"repetitionPenalty": 0.6}, {"frequencyPenalty": 0.4}, {"presencePenalty": -0.8},
    {"noRepeatNgram": 1}, {"noRepeatNgram": 2}, {"noRepeatNgram": 3}, {"temperature": 0.6}, {"temperature": 2.5},
    {"topK": 1}, {"topK": 5}, {"topK": 400}, {"topP": 0.1}, {"topP": 0.5}, {"topP": 0.95}, {"minP": 0.02}, {"minP": 0.4},
    {"typicalP": 0.05}, {"typicalP": 0.4}, {"typicalP": 0.9},
    {"temperature": 1.4, "topK": 9, "topP": 0.8}, {"topK": 12, "minP": 0.1, "typicalP": 0.7},
    {"repetitionPenalty": 1.2, "frequencyPenalty": 0.3, "presencePenalty": 0.5, "noRepeatNgram": 2},
    {"repetitionPenalty": 1.3, "noRepeatNgram": 2, "temperature": 0.8, "topK": 10, "topP": 0.9, "minP": 0.03,
     "typicalP": 0.95},
]


def filtered(options, tokens, scores):
    for name, make in MAKE:
        if name in options:
            scores = make(options[name])(tokens, scores.clone())
    return scores


cases = []
for options in CONTROLS:
    for spread in (1.0, 3.0):
        scores, tokens = torch.randn(1, 24) * spread, torch.randint(0, 6, (1, 13))
        cases.append({"options": options, "tokens": tokens[0].tolist(), "prompt": PROMPT, "scores": pack(scores[0]),
                      "filtered": pack(filtered(options, tokens, scores)[0])})


def contrastive(model, prompt, length, k, alpha):
    def run(tokens):
        made = model(torch.tensor([tokens]), output_hidden_states=True, use_cache=False)
        return made.logits[0, -1].softmax(-1), torch.nn.functional.normalize(made.hidden_states[-1][0], dim=-1)

    tokens, penalties = list(prompt), []
    for _ in range(length):
        p, before = run(tokens)
        best, tried = None, []
        for value, token in zip(*(t.tolist() for t in p.topk(k))):
            penalty = (before @ run([*tokens, token])[1][-1]).max().item()
            score = (1 - alpha) * value - alpha * penalty
            tried.append(penalty)
            if best is None or score > best[0]:
                best = (score, token)
        tokens.append(best[1])
        penalties.append(tried)
    return {"topK": k, "alpha": alpha, "length": length, "tokens": tokens[len(prompt):], "penalties": penalties}


def searches(one, other):
    """Settings of greedy and of beam search; `one` and `other` are tokens that the model likes."""
    both = [one, other]
    greedy = [{}, {"repetition_penalty": 1.5}, {"no_repeat_ngram_size": 2},
              {"repetition_penalty": 1.2, "no_repeat_ngram_size": 3}, {"eos_token_id": both}]
    beams = [
        {"num_beams": 3}, {"num_beams": 4, "num_return_sequences": 4, "eos_token_id": [one]},
        {"num_beams": 4, "num_return_sequences": 3, "eos_token_id": both, "length_penalty": 2.0},
        {"num_beams": 4, "num_return_sequences": 4, "eos_token_id": both, "length_penalty": 0.0, "early_stopping": "never"},
        {"num_beams": 3, "num_return_sequences": 2, "eos_token_id": [one], "length_penalty": -1.0, "early_stopping": True},
        {"num_beams": 3, "num_return_sequences": 3, "eos_token_id": both, "length_penalty": 3.0, "early_stopping": True},
        {"num_beams": 5, "num_return_sequences": 5, "eos_token_id": both, "length_penalty": 1.5, "early_stopping": "never"},
        {"num_beams": 4, "num_return_sequences": 2, "eos_token_id": [other], "repetition_penalty": 1.3,
         "no_repeat_ngram_size": 2},
    ]
    return greedy, beams


SPELLED = {"num_beams": "beams", "num_return_sequences": "sequences", "eos_token_id": "stopTokens",
           "length_penalty": "lengthPenalty", "early_stopping": "earlyStopping",
           "repetition_penalty": "repetitionPenalty", "no_repeat_ngram_size": "noRepeatNgram"}


def spelled(options):
    return {SPELLED[name]: value for name, value in options.items()}


def model_case(name, args, model, rename, ends):
    model.eval()
    for p in model.parameters():
        p.data = (torch.randn_like(p) * 0.35).float().double()
    state = {rename(k): pack(p.float()) for k, p in model.named_parameters() if rename(k) is not None}
    prompt, length = [1, 8, 4], 14
    given = {"inputs": torch.tensor([prompt]), "max_new_tokens": length, "do_sample": False, "pad_token_id": 0}
    greedy, beams = [], []
    to_greedy, to_beams = searches(*ends)
    for options in to_greedy:
        made = model.generate(**given, **options)
        greedy.append({"options": spelled(options), "tokens": made[0, len(prompt):].tolist()})
    for options in to_beams:
        made = model.generate(**given, **options, return_dict_in_generate=True, output_scores=True)
        ends, sequences = options.get("eos_token_id", []), []
        for row, score in zip(made.sequences[:, len(prompt):].tolist(), made.sequences_scores.tolist()):
            end = next((i + 1 for i, t in enumerate(row) if t in ends), len(row))
            sequences.append({"tokens": row[:end], "score": score})
        beams.append({"options": spelled(options), "sequences": sequences})
    with torch.no_grad():
        search = [contrastive(model, prompt, length, k, alpha) for k, alpha in [(4, 0.6), (3, 0.2), (5, 0.9)]]
    return {"type": name, "args": args, "state": state, "prompt": prompt, "length": length, "greedy": greedy,
            "beams": beams, "contrastive": search}


gpt2 = GPT2LMHeadModel(GPT2Config(
    vocab_size=11, n_positions=20, n_embd=8, n_layer=2, n_head=2, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0,
    bos_token_id=None, eos_token_id=None, attn_implementation="eager"))
llama = LlamaForCausalLM(LlamaConfig(
    vocab_size=11, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=20, rms_norm_eps=1e-5, bos_token_id=None, eos_token_id=None,
    attn_implementation="eager"))
models = [
    model_case("GPT", {"vocabulary": 11, "block": 20, "width": 8, "heads": 2, "layers": 2}, gpt2,
               lambda n: None if n == "lm_head.weight" else n.removeprefix("transformer."), (9, 8)),
    model_case("Llama", {"vocabulary": 11, "block": 20, "width": 16, "heads": 4, "layers": 2, "inner": 24, "groups": 2},
               llama, lambda n: n, (4, 8)),
]
save("nn-generation", {"controls": cases, "models": models})
