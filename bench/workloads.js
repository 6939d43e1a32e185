/**
 * What is measured: shapes, parameters and inputs of every workload, float32 throughout. Contenders build their models
 * from these names (PyTorch's keys) and get the same numbers, so that losses and gradients can be compared.
 */

/** A tensor of uniform numbers in [low, high). */
const uniform = (shape, low, high) => ({ shape, dtype: "float32", low, high });
const constant = (shape, value) => uniform(shape, value, value);
const integers = (shape, below) => ({ shape, dtype: "int32", low: 0, high: below });
/** PyTorch's default bound for a layer with so many inputs. */
const weights = (shape, inputs) => uniform(shape, -1 / Math.sqrt(inputs), 1 / Math.sqrt(inputs));

function linear(name, inputs, outputs, bias = true) {
  return {
    [`${name}.weight`]: weights([outputs, inputs], inputs),
    ...(bias ? { [`${name}.bias`]: weights([outputs], inputs) } : {}),
  };
}
const layerNorm = (name, size) =>
  ({ [`${name}.weight`]: uniform([size], 0.9, 1.1), [`${name}.bias`]: uniform([size], -0.1, 0.1) });
const convolution = (name, inputs, outputs, size) => ({
  [`${name}.weight`]: weights([outputs, inputs, size, size], inputs * size * size),
  [`${name}.bias`]: weights([outputs], inputs * size * size),
});

const MATMUL_SIZES = [16, 64, 127, 128, 255, 256, 257, 512, 1024];
const MATMUL_FORMS = ["AB", "ABt", "AtB"];

const mlp = {
  config: { batch: 64, rate: 0.01, momentum: 0.9 },
  parameters: { ...linear("0", 784, 128), ...linear("2", 128, 10) },
  inputs: { x: uniform([64, 784], 0, 1), y: integers([64], 10) },
};
const lenet = {
  config: { batch: 64, rate: 1e-3 },
  parameters: {
    ...convolution("conv1", 1, 6, 5), ...convolution("conv2", 6, 16, 5),
    ...linear("fc1", 400, 120), ...linear("fc2", 120, 84), ...linear("fc3", 84, 10),
  },
  inputs: { x: uniform([64, 1, 28, 28], 0, 1), y: integers([64], 10) },
};

/** Residual network for 32x32 pictures, of `blocks` blocks of two convolutions in each of four stages. */
function resnetParameters({ blocks, width, classes }) {
  const kernel = (name, inputs, outputs, size) =>
    ({ [`${name}.weight`]: weights([outputs, inputs, size, size], inputs * size * size) });
  const parameters = { ...kernel("conv1", 3, width, 3), ...layerNorm("bn1", width) };
  let inputs = width;
  for (let stage = 1; stage <= 4; stage++) {
    const outputs = width * 2 ** (stage - 1);
    for (let i = 0; i < blocks; i++) {
      const name = `layer${stage}.${i}`;
      Object.assign(parameters, kernel(`${name}.conv1`, inputs, outputs, 3), layerNorm(`${name}.bn1`, outputs),
        kernel(`${name}.conv2`, outputs, outputs, 3), layerNorm(`${name}.bn2`, outputs));
      if (inputs !== outputs) {
        Object.assign(parameters, kernel(`${name}.downsample.0`, inputs, outputs, 1),
          layerNorm(`${name}.downsample.1`, outputs));
      }
      inputs = outputs;
    }
  }
  return { ...parameters, ...linear("fc", inputs, classes) };
}
const resnetConfig = { blocks: 2, width: 64, classes: 10, rate: 0.01, momentum: 0.9 };

function gptParameters({ layers, width, context, vocabulary }) {
  const parameters = {
    "wte.weight": uniform([vocabulary, width], -0.1, 0.1), "wpe.weight": uniform([context, width], -0.1, 0.1),
  };
  for (let i = 0; i < layers; i++) {
    Object.assign(parameters, layerNorm(`h.${i}.ln_1`, width), linear(`h.${i}.attn.c_attn`, width, 3 * width),
      linear(`h.${i}.attn.c_proj`, width, width), layerNorm(`h.${i}.ln_2`, width),
      linear(`h.${i}.mlp.c_fc`, width, 4 * width), linear(`h.${i}.mlp.c_proj`, 4 * width, width));
  }
  return { ...parameters, ...layerNorm("ln_f", width) };
}
const gptConfig = { layers: 4, width: 128, heads: 4, context: 64, batch: 16, vocabulary: 65, rate: 1e-3, decay: 0.01 };

function mambaParameters({ layers, width, inner, state, rank, kernel, vocabulary }) {
  const parameters = { "backbone.embeddings.weight": uniform([vocabulary, width], -0.1, 0.1) };
  for (let i = 0; i < layers; i++) {
    const mixer = `backbone.layers.${i}.mixer`;
    Object.assign(parameters, {
      [`backbone.layers.${i}.norm.weight`]: uniform([width], 0.9, 1.1),
      ...linear(`${mixer}.in_proj`, width, 2 * inner, false),
      [`${mixer}.conv1d.weight`]: weights([inner, 1, kernel], kernel),
      [`${mixer}.conv1d.bias`]: weights([inner], kernel),
      ...linear(`${mixer}.x_proj`, inner, rank + 2 * state, false),
      ...linear(`${mixer}.dt_proj`, rank, inner, false),
      [`${mixer}.dt_proj.bias`]: uniform([inner], -5, -2.5),
      [`${mixer}.A_log`]: { shape: [inner, state], dtype: "float32", logOfColumn: true },
      [`${mixer}.D`]: constant([inner], 1),
      ...linear(`${mixer}.out_proj`, inner, width, false),
    });
  }
  return { ...parameters, "backbone.norm_f.weight": uniform([width], 0.9, 1.1) };
}
const mambaConfig = {
  layers: 4, width: 128, inner: 256, state: 16, rank: 8, kernel: 4, vocabulary: 65, rate: 1e-3, decay: 0.01,
  epsilon: 1e-5,
};
/** Sequence lengths of the step and of the scan alone; batch x length = 16,384 in all but the first. */
const MAMBA_STEPS = [[8, 256], [8, 2048], [4, 4096], [1, 16384]];
const SCANS = [[8, 256], [64, 256], [16, 1024], [8, 2048], [4, 4096], [1, 16384]];
const TOKENS = 16384;

/** Queries, keys and values of 8 heads of 64. */
const ATTENTION = [512, 2048].map((length) => ({
  name: `T${length}`, length,
  // Seven products, of which a causal mask leaves half.
  flops: 7 * 8 * 64 * length ** 2,
}));

/** GPT-2's smallest size, with room for 256 tokens; its 12 layers share their numbers, and each holds its own copy. */
const generateConfig = { layers: 12, width: 768, heads: 12, context: 256, vocabulary: 50257, past: 128 };
const generateParameters = Object.fromEntries(
  Object.entries(gptParameters({ ...generateConfig, layers: 1 })).flatMap(([key, about]) =>
    (key.startsWith("h.0.") ? Array.from({ length: generateConfig.layers }, (_, i) =>
      [key.replace("h.0.", `h.${i}.`), about]) : [[key, about]])));

/** The shape of MiniLM-L6, which turns texts into vectors for search. Wang et al. 2020. */
const embedConfig = { layers: 6, width: 384, heads: 12, inner: 1536, vocabulary: 30522, context: 512, segments: 2 };
function bertParameters({ layers, width, inner, vocabulary, context, segments }) {
  const table = (name, rows) => ({ [`embeddings.${name}_embeddings.weight`]: uniform([rows, width], -0.1, 0.1) });
  const parameters = { ...table("word", vocabulary), ...table("position", context), ...table("token_type", segments),
    ...layerNorm("embeddings.LayerNorm", width) };
  for (let i = 0; i < layers; i++) {
    const at = `encoder.layer.${i}`;
    for (const name of ["query", "key", "value"]) {
      Object.assign(parameters, linear(`${at}.attention.self.${name}`, width, width));
    }
    Object.assign(parameters, linear(`${at}.attention.output.dense`, width, width),
      layerNorm(`${at}.attention.output.LayerNorm`, width), linear(`${at}.intermediate.dense`, width, inner),
      linear(`${at}.output.dense`, inner, width), layerNorm(`${at}.output.LayerNorm`, width));
  }
  return parameters;
}

/** Two models of a size, positions apart. */
const lengthsGpt = { ...gptConfig, context: 8192 };
const lengthsMamba = { ...mambaConfig, layers: 7 };
const LENGTHS = [256, 1024, 2048, 4096, 8192];
const LENGTH_VARIANTS = LENGTHS.flatMap((length) => [
  ["gpt", "step"], ["mamba", "step"], ["gpt", "token"], ["mamba", "token"],
].map(([model, kind]) => ({
  name: `${kind} ${model} T${length}`, model, kind, length, tokens: kind === "step" ? length : 1,
})));

/** Every workload: `variants` are timed one by one; `flops` and `tokens` are of one run of one variant. */
export const WORKLOADS = {
  matmul: {
    unit: "us",
    inputs: { a: uniform([1024, 1024], -1, 1), b: uniform([1024, 1024], -1, 1) },
    variants: MATMUL_SIZES.flatMap((size) => MATMUL_FORMS.map((form) =>
      ({ name: `${size} ${form}`, size, form, flops: 2 * size ** 3 }))),
    quick: (variant) => variant.form === "AB" && [16, 64, 256, 257, 512].includes(variant.size),
  },
  elementwise: {
    unit: "us",
    inputs: {
      x: uniform([4096, 1024], -4, 4), y: uniform([1024, 1024], -4, 4),
      weight: uniform([1024], 0.9, 1.1), bias: uniform([1024], -0.1, 0.1),
    },
    variants: [
      ...["exp", "tanh", "gelu"].map((name) => ({ name, bytes: 8 * 2 ** 20 })), { name: "add", bytes: 12 * 2 ** 20 },
      ...["softmax", "layerNorm"].map((name) => ({ name, bytes: 8 * 2 ** 22 })),
    ],
  },
  mlp: { unit: "ms", ...mlp, variants: [{ name: "step" }] },
  lenet: { unit: "ms", ...lenet, variants: [{ name: "step" }] },
  conv: {
    unit: "ms",
    config: { batch: 16, channels: 64, size: 32, kernel: 3, padding: 1 },
    parameters: { weight: weights([64, 64, 3, 3], 576) },
    inputs: { x: uniform([16, 64, 32, 32], -1, 1), g: uniform([16, 64, 32, 32], -1, 1) },
    variants: [{ name: "forward + gradients", flops: 3 * 2 * 16 * 32 * 32 * 64 * 64 * 9 }],
  },
  resnet: {
    unit: "ms",
    // Rounding grows through 20 normalised layers: PyTorch with one thread and with two differs by 1e-2 from itself.
    tolerance: 3e-2,
    config: resnetConfig,
    parameters: resnetParameters(resnetConfig),
    inputs: { x: uniform([16, 3, 32, 32], -1, 1), y: integers([16], 10) },
    variants: [{ name: "step" }],
  },
  lstm: {
    unit: "ms",
    config: { batch: 32, length: 64, input: 64, hidden: 128, classes: 10, rate: 1e-3 },
    parameters: {
      "lstm.weight_ih_l0": weights([512, 64], 128), "lstm.weight_hh_l0": weights([512, 128], 128),
      "lstm.bias_ih_l0": weights([512], 128), "lstm.bias_hh_l0": weights([512], 128), ...linear("head", 128, 10),
    },
    inputs: { x: uniform([64, 32, 64], -1, 1), y: integers([32], 10) },
    variants: [{ name: "step" }],
  },
  gpt: {
    unit: "ms",
    config: gptConfig,
    parameters: gptParameters(gptConfig),
    inputs: { x: integers([16, 64], 65), y: integers([16, 64], 65) },
    variants: [{ name: "step", tokens: 1024 }],
  },
  mamba: {
    unit: "ms",
    config: mambaConfig,
    parameters: mambaParameters(mambaConfig),
    // Taken apart by each variant: the first batch x length numbers.
    inputs: {
      tokens: integers([TOKENS], 65), targets: integers([TOKENS], 65),
      u: uniform([TOKENS, 256], -1, 1), delta: uniform([TOKENS, 256], 0.01, 0.1),
      b: uniform([TOKENS, 16], -1, 1), c: uniform([TOKENS, 16], -1, 1), g: uniform([TOKENS, 256], -1, 1),
    },
    variants: [
      ...MAMBA_STEPS.map(([batch, length]) =>
        ({ name: `step B${batch} T${length}`, kind: "step", batch, length, tokens: batch * length })),
      ...SCANS.map(([batch, length]) =>
        ({ name: `scan B${batch} T${length}`, kind: "scan", batch, length, tokens: batch * length })),
    ],
    quick: (variant) => variant.length === 256 && variant.batch === 8,
  },
  /** `memory`: the bytes that a run needs at its peak are asked for as well. */
  attention: {
    unit: "ms", memory: true,
    inputs: Object.fromEntries(["q", "k", "v", "g"].map((name) => [name, uniform([8 * 2048 * 64], -1, 1)])),
    variants: ATTENTION,
    quick: ({ length }) => length === 512,
  },
  /** One more token behind 128 others, of which keys and values are kept; int8 is near float32, not equal. */
  generate: {
    unit: "ms",
    config: generateConfig, parameters: generateParameters,
    inputs: {
      token: integers([1], 50257),
      keys: uniform([12, 1, 12, 256, 64], -1, 1), values: uniform([12, 1, 12, 256, 64], -1, 1),
    },
    // Every weight is read once, but for the positions: with 4 bytes, or with 1.
    variants: [["float32", 4], ["int8", 1]].map(([stored, bytes]) =>
      ({ name: `token ${stored}`, stored, tokens: 1, bytes: bytes * (50257 * 768 + 12 * (12 * 768 ** 2)) })),
    quick: () => false,
  },
  /** Eight texts become vectors. */
  embed: {
    unit: "ms",
    config: embedConfig, parameters: bertParameters(embedConfig),
    inputs: { tokens: integers([8, 128], 30522) },
    variants: [{ name: "B8 T128", tokens: 1024 }],
    quick: () => false,
  },
  /** A training step of one sequence, and one more token behind so many. */
  lengths: {
    unit: "ms", memory: true,
    config: { gpt: lengthsGpt, mamba: lengthsMamba },
    parameters: { ...prefixed("gpt", gptParameters(lengthsGpt)), ...prefixed("mamba", mambaParameters(lengthsMamba)) },
    inputs: { tokens: integers([8192], 65), targets: integers([8192], 65) },
    variants: LENGTH_VARIANTS,
    quick: ({ length }) => length === 256,
  },
  eager: {
    unit: "ms",
    // Two models in one file of numbers: their keys are prefixed.
    config: { mlp: mlp.config, lenet: lenet.config },
    parameters: { ...prefixed("mlp", mlp.parameters), ...prefixed("lenet", lenet.parameters) },
    inputs: { ...prefixed("mlp", mlp.inputs), ...prefixed("lenet", lenet.inputs) },
    variants: [{ name: "mlp", model: "mlp" }, { name: "lenet", model: "lenet" }],
  },
  first: { unit: "ms", inputs: {}, variants: ["mlp", "gpt"].flatMap((model) =>
    ["cold", "warm"].map((cache) => ({ name: `${model} ${cache}`, model, cache }))) },
  /** Lessons of the studio, each with one of its figures. */
  studio: {
    unit: "ms", inputs: {},
    variants: [
      { name: "probability", lesson: "probability", figure: "bayes-tree" },
      { name: "perceptron", lesson: "perceptron", figure: "rule" },
    ],
  },
};

function prefixed(name, record) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [`${name}/${key}`, value]));
}
