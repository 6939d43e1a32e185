import { assign } from "../exec/state.ts";
import { linear } from "../ops/contract.ts";
import { iota } from "../ops/create.ts";
import { add, ne } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { ModuleList } from "../nn/container.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import * as F from "../nn/functional.ts";
import { normal, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { LayerNorm } from "../nn/norm.ts";
import { parameter } from "../nn/parameter.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";

/**
 * BERT: a Transformer encoder that reads a text in both directions.
 *
 * Devlin et al., "BERT: pre-training of deep bidirectional Transformers for language understanding", NAACL 2019. The
 * encoder is that of Vaswani et al. 2017, with learned positions and GELU (exact).
 *
 * Letters: B texts, T time (at most `block`), V vocabulary, D width, H heads, L layers, M = 4 D inner width.
 *
 * Names are those of Hugging Face's checkpoints: encoder.layer.0.attention.self.query.weight, ...
 */
export interface BERTOptions {
  readonly vocabulary: number;
  /** The longest text. */
  readonly block: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** M; default 4 D. */
  readonly inner?: number;
  /** Kinds of segments; default 2, for pairs of sentences. */
  readonly segments?: number;
  readonly dropout?: number;
}
/** Named sizes of BERT. */
export const BERT_PRESETS = {
  small: { vocabulary: 1024, block: 64, width: 128, heads: 4, layers: 4 },
  "bert-base-uncased": { vocabulary: 30522, block: 512, width: 768, heads: 12, layers: 12 },
  "bert-large-uncased": { vocabulary: 30522, block: 512, width: 1024, heads: 16, layers: 24 },
} as const satisfies Readonly<Record<string, BERTOptions>>;

const EPS = { eps: 1e-12 } as const;

/** What a text is read with beside its tokens. */
export interface BERTInputs {
  /** The segment of each token (B, T), i32; default all 0. */
  readonly segments?: Tensor;
  /** 1 or true where there is a token, 0 or false where there is padding, (B, T); default everywhere. */
  readonly mask?: Tensor;
}

class Embeddings extends Module {
  readonly word_embeddings: Embedding;
  readonly position_embeddings: Embedding;
  readonly token_type_embeddings: Embedding;
  readonly LayerNorm: LayerNorm;
  readonly dropout: Dropout;

  constructor({ vocabulary, block, width, segments = 2, dropout = 0.1 }: BERTOptions) {
    super();
    this.word_embeddings = new Embedding(vocabulary, width);
    this.position_embeddings = new Embedding(block, width);
    this.token_type_embeddings = new Embedding(segments, width);
    this.LayerNorm = new LayerNorm(width, EPS);
    this.dropout = new Dropout(dropout);
  }
  /** Tokens (B, T), result (B, T, D). */
  forward(tokens: Tensor, segments: Tensor | undefined): Tensor {
    const words = this.word_embeddings.forward(tokens);                     // (B, T, D)
    const places = this.position_embeddings.forward(iota(tokens.shape[1])); // (T, D)
    const kinds = segments === undefined ? this.token_type_embeddings.weight.narrow(0, 0, 1) // (1, D)
      : this.token_type_embeddings.forward(segments);                       // (B, T, D)
    return this.dropout.forward(this.LayerNorm.forward(words.add(kinds).add(places)));
  }
}
class SelfAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly heads: number;
  readonly dropout: Dropout;

  constructor({ width, heads, dropout = 0.1 }: BERTOptions) {
    super();
    this.query = new Linear(width, width);
    this.key = new Linear(width, width);
    this.value = new Linear(width, width);
    this.heads = heads;
    this.dropout = new Dropout(dropout);
  }
  /** x (B, T, D), mask (B, 1, 1, T), result (B, T, D). */
  forward(x: Tensor, mask: Tensor | undefined): Tensor {
    const apart = (y: Tensor): Tensor => reshape(y, [...x.shape.slice(0, 2), this.heads, -1]).transpose(1, 2);
    const [q, k, v] = [this.query, this.key, this.value].map((layer) => apart(layer.forward(x))); // (B, H, T, D/H)
    const dropout = this.training ? this.dropout.p : 0;
    const y = F.scaledDotProductAttention(q, k, v, { dropout, ...(mask === undefined ? {} : { mask }) });
    return y.transpose(1, 2).reshape(x.shape);                              // (B, T, D)
  }
}
/** A layer that writes into the stream: norm(x + dropout(W h + b)). */
class Output extends Module {
  readonly dense: Linear;
  readonly LayerNorm: LayerNorm;
  readonly dropout: Dropout;

  constructor(inputs: number, { width, dropout = 0.1 }: BERTOptions) {
    super();
    this.dense = new Linear(inputs, width);
    this.LayerNorm = new LayerNorm(width, EPS);
    this.dropout = new Dropout(dropout);
  }
  forward(h: Tensor, x: Tensor): Tensor {
    return this.LayerNorm.forward(add(x, this.dropout.forward(this.dense.forward(h))));
  }
}
class Attention extends Module {
  readonly self: SelfAttention;
  readonly output: Output;

  constructor(options: BERTOptions) {
    super();
    this.self = new SelfAttention(options);
    this.output = new Output(options.width, options);
  }
  forward(x: Tensor, mask: Tensor | undefined): Tensor {
    return this.output.forward(this.self.forward(x, mask), x);
  }
}
class Intermediate extends Module {
  readonly dense: Linear;

  constructor({ width, inner = 4 * width }: BERTOptions) {
    super();
    this.dense = new Linear(width, inner);
  }
  forward(x: Tensor): Tensor {
    return F.gelu(this.dense.forward(x));                                   // (B, T, M)
  }
}
class Layer extends Module {
  readonly attention: Attention;
  readonly intermediate: Intermediate;
  readonly output: Output;

  constructor(options: BERTOptions) {
    super();
    this.attention = new Attention(options);
    this.intermediate = new Intermediate(options);
    this.output = new Output(options.inner ?? 4 * options.width, options);
  }
  forward(x: Tensor, mask: Tensor | undefined): Tensor {
    const h = this.attention.forward(x, mask);                              // (B, T, D)
    return this.output.forward(this.intermediate.forward(h), h);
  }
}
class Encoder extends Module {
  readonly layer: ModuleList<Layer>;

  constructor(options: BERTOptions) {
    super();
    this.layer = new ModuleList(Array.from({ length: options.layers }, () => new Layer(options)));
  }
}
class Pooler extends Module {
  readonly dense: Linear;

  constructor(width: number) {
    super();
    this.dense = new Linear(width, width);
  }
}

/** Starting values of the paper's code: deviation 0.02, biases 0, norms 1. */
function start(model: Module): void {
  for (const [name, weight] of model.namedParameters()) {
    if (name.endsWith("bias")) assign(weight, zeros(weight.shape));
    else if (!name.includes("LayerNorm")) assign(weight, normal(weight.shape, 0, 0.02));
  }
}

/** Tokens (B, T) to one vector per token (B, T, D) that knows both sides. Devlin et al. 2019. */
export class BERT extends Module {
  readonly embeddings: Embeddings;
  readonly encoder: Encoder;
  readonly pooler: Pooler;
  readonly context: number;

  constructor(options: BERTOptions = BERT_PRESETS.small) {
    super();
    const { width, heads, block } = options;
    if (width % heads !== 0) throw new UsageError(`BERT: ${heads} heads do not divide a width of ${width}`);
    this.embeddings = new Embeddings(options);
    this.encoder = new Encoder(options);
    this.pooler = new Pooler(width);
    this.context = block;
    start(this);
  }
  forward(tokens: Tensor, inputs: BERTInputs = {}): Tensor {
    const [B, T] = tokens.shape;
    if (T > this.context) {
      throw new ShapeError(`BERT: tokens of ${formatShape(tokens.shape)} are longer than the window of ` +
        `${this.context}; cut them or use a larger block`);
    }
    const given = inputs.mask;
    const mask = given === undefined ? undefined
      : reshape(given.dtype === "bool" ? given : ne(given, 0), [B, 1, 1, T]);
    let x = this.embeddings.forward(tokens, inputs.segments);               // (B, T, D)
    for (const layer of this.encoder.layer) x = layer.forward(x, mask);
    return x;
  }
  /** One vector for each whole text, from its first token: x (B, T, D), result (B, D). */
  pool(x: Tensor): Tensor {
    return this.pooler.dense.forward(x.select(1, 0)).tanh();
  }
}

class Transform extends Module {
  readonly dense: Linear;
  readonly LayerNorm: LayerNorm;

  constructor(width: number) {
    super();
    this.dense = new Linear(width, width);
    this.LayerNorm = new LayerNorm(width, EPS);
  }
  forward(x: Tensor): Tensor {
    return this.LayerNorm.forward(F.gelu(this.dense.forward(x)));
  }
}
class Predictions extends Module {
  readonly transform: Transform;
  readonly bias: Tensor;

  constructor(width: number, vocabulary: number) {
    super();
    this.transform = new Transform(width);
    this.bias = parameter(zeros([vocabulary]));
  }
}
class PretrainingHeads extends Module {
  readonly predictions: Predictions;
  readonly seq_relationship: Linear;

  constructor({ width, vocabulary }: BERTOptions) {
    super();
    this.predictions = new Predictions(width, vocabulary);
    this.seq_relationship = new Linear(width, 2);
  }
}
/**
 * BERT with the heads it is pre-trained with: the hidden words, and whether the second sentence follows the first.
 * Devlin et al. 2019, section 3.1. The scores of words use the embedding once more.
 */
export class BERTForPreTraining extends Module {
  readonly bert: BERT;
  readonly cls: PretrainingHeads;

  constructor(options: BERTOptions = BERT_PRESETS.small) {
    super();
    this.bert = new BERT(options);
    this.cls = new PretrainingHeads(options);
    start(this.cls);
  }
  /** Tokens (B, T): scores of words (B, T, V), and of "follows" against "does not" (B, 2). */
  forward(tokens: Tensor, inputs: BERTInputs = {}): { words: Tensor; follows: Tensor } {
    const x = this.bert.forward(tokens, inputs);                            // (B, T, D)
    const { transform, bias } = this.cls.predictions;
    const words = linear(transform.forward(x), this.bert.embeddings.word_embeddings.weight, bias);
    return { words, follows: this.cls.seq_relationship.forward(this.bert.pool(x)) };
  }
}

/** The name in `BERT` of a tensor in a checkpoint (Google's or Hugging Face's), or null for one that is not needed. */
export function bertCheckpointName(name: string): string | null {
  const plain = name.replace(/^bert\./, "").replace(/\.gamma$/, ".weight").replace(/\.beta$/, ".bias");
  return plain.startsWith("cls.") || plain.endsWith("position_ids") ? null : plain;
}
