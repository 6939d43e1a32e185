"""Writes fixtures/nn-hub.json: what Hugging Face's transformers makes of small models, with their checkpoints' names.

    python3 -m pip install torch==2.13.0 transformers==5.23.0 && python3 tools/oracle/hub.py

Outputs and gradients are as harness.py says; the tokens are fixed. `rename` drops what a model here does not have.
"""

import torch
from transformers import (BertConfig, BertForPreTraining, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM,
                          Mamba2Config, Mamba2ForCausalLM, MambaConfig, MambaForCausalLM, RwkvConfig,
                          RwkvForCausalLM)

from harness import model as case
from harness import save

torch.manual_seed(1)

tokens = torch.randint(0, 11, (2, 6))
gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=11, n_positions=8, n_embd=8, n_layer=2, n_head=2,
                                  resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, attn_implementation="eager"))
llama = {"vocab_size": 11, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
         "max_position_embeddings": 8, "attn_implementation": "eager", "rms_norm_eps": 1e-5}
sizes = {"vocabulary": 11, "block": 8, "width": 16, "heads": 4, "layers": 2, "inner": 24}
mamba = MambaForCausalLM(MambaConfig(vocab_size=11, hidden_size=6, state_size=4, num_hidden_layers=2,
                                     time_step_rank=2, use_cache=False))
mamba2 = Mamba2ForCausalLM(Mamba2Config(
    vocab_size=11, hidden_size=8, state_size=3, num_hidden_layers=2, head_dim=4, num_heads=4, n_groups=2, chunk_size=4,
    tie_word_embeddings=True, use_cache=False))
bert = BertForPreTraining(BertConfig(
    vocab_size=11, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20,
    max_position_embeddings=8, pad_token_id=None, hidden_dropout_prob=0, attention_probs_dropout_prob=0, attn_implementation="eager"))
bert_sizes = {"vocabulary": 11, "block": 8, "width": 8, "heads": 2, "layers": 2, "inner": 20}


def bert_name(name):
    return None if name == "cls.predictions.decoder.bias" else name


models = [
    case("GPT", {"vocabulary": 11, "block": 8, "width": 8, "heads": 2, "layers": 2}, gpt2, tokens,
         lambda o: [o.logits], lambda n: None if n == "lm_head.weight" else n.removeprefix("transformer.")),
    case("Llama", {**sizes, "groups": 2}, LlamaForCausalLM(LlamaConfig(**llama, num_key_value_heads=2)), tokens,
         lambda o: [o.logits]),
    case("Llama", {**sizes, "tied": True}, LlamaForCausalLM(LlamaConfig(
        **llama, num_key_value_heads=4, tie_word_embeddings=True)), tokens, lambda o: [o.logits]),
    case("Mamba", {"vocabulary": 11, "width": 6, "layers": 2, "state": 4, "rank": 2}, mamba, tokens,
         lambda o: [o.logits], lambda n: None if n == "lm_head.weight" else n),
    case("Mamba2", {"vocabulary": 11, "width": 8, "layers": 2, "head": 4, "groups": 2, "state": 3, "chunk": 4}, mamba2,
         tokens, lambda o: [o.logits], lambda n: None if n == "lm_head.weight" else n),
    case("BERTForPreTraining", bert_sizes, bert, tokens,
         lambda o: [o.prediction_logits, o.seq_relationship_logits],
         bert_name),
    case("BERTForPreTraining", bert_sizes, bert, tokens, lambda o: [o.prediction_logits, o.seq_relationship_logits],
         bert_name, [("token_type_ids", "segments", torch.tensor([[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1]])),
                     ("attention_mask", "mask", torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]]))]),
    case("RWKV", {"vocabulary": 11, "width": 8, "layers": 2, "inner": 12}, RwkvForCausalLM(RwkvConfig(
        vocab_size=11, hidden_size=8, intermediate_size=12, num_hidden_layers=2, rescale_every=0, use_cache=False)),
         tokens, lambda o: [o.logits]),
]
save("nn-hub", models)
