// @ts-check
/**
 * What every folder of packages/gradus/src may import: the architecture, checked by `npm run lint`
 * (tools/eslint-layers.js reads it). Tests and fixtures are free.
 *
 * vocab <- ir <- ops <- { autograd, runtime <- compiler } <- exec <- tensor <- nn <- { optim, models } <- train <- cli
 *
 * Backends see only the words, the graphs and the interface that they implement; runtime/registry.ts is their sole
 * importer, and index.ts and node.ts hand their constructors to users.
 */
const backend = ["vocab", "ir", "runtime"];
const graphs = ["vocab", "ir", "ops"];
/** What a layer above tensors is written with. */
const tensors = [...graphs, "runtime", "runtime/registry.ts", "exec", "tensor"];
const layersOfModels = [...tensors, "nn"];

/** @type {Readonly<Record<string, readonly string[]>>} */
export const LAYERS = {
  "vocab": [],
  "ir": ["vocab"],
  "ops": ["vocab", "ir"],
  "autograd": graphs,
  "runtime": ["vocab", "ir"],
  "runtime/registry.ts": ["vocab", "runtime", "backends/reference", "backends/wasm", "#native"],
  "compiler": [...graphs, "runtime"],

  "backends/reference": backend,
  "backends/deferred": [...backend, "backends/reference"],
  "backends/wasm": [...backend, "#threads"],
  "backends/native": [...backend, "node:*", "koffi"],

  "exec": [...graphs, "autograd", "compiler", "runtime", "runtime/registry.ts"],
  "tensor": [...graphs, "autograd", "runtime", "runtime/registry.ts", "exec"],
  "nn": tensors,
  "optim": layersOfModels,
  "models": layersOfModels,

  "data": ["vocab", "exec", "tensor"],
  "explain": [...layersOfModels, "autograd", "compiler"],
  "interop": ["vocab", "exec", "tensor"],
  "train": [...tensors, "nn", "optim", "models", "data", "interop"],
  "cli": ["vocab", "runtime", "runtime/registry.ts", "exec", "tensor", "nn", "models", "data", "train", "node:*"],

  "index.ts": [
    ...layersOfModels, "autograd", "optim", "explain", "interop", "backends/reference", "backends/wasm",
  ],
  "single.ts": ["index.ts", "models"],
  "node.ts": ["data", "train", "#native"],
  "*.node.ts": ["node:*"],
};
