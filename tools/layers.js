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
  "batching": graphs,
  "runtime": ["vocab", "ir"],
  "runtime/registry.ts": ["vocab", "runtime", "backends/reference", "backends/wasm", "#native"],
  "compiler": [...graphs, "runtime"],

  "backends/reference": backend,
  "backends/deferred": [...backend, "backends/reference"],
  "backends/wasm": [...backend, "#threads"],
  "backends/native": [...backend, "node:*", "koffi"],

  "exec": [...graphs, "autograd", "compiler", "runtime", "runtime/registry.ts"],
  "tensor": [...graphs, "autograd", "batching", "runtime", "runtime/registry.ts", "exec"],
  "nn": tensors,
  "distributions": layersOfModels,
  "optim": layersOfModels,
  "models": layersOfModels,
  "linalg": tensors,
  "metrics": ["vocab", "exec", "tensor", "linalg"],
  "classical": ["vocab", "exec", "tensor", "linalg", "metrics"],

  "data": ["vocab", "ops", "exec", "tensor", "data/formats", "data/formats/zip.ts", "data/transforms"],
  "data/transforms": ["vocab", "ops", "tensor"],
  // Readers of files: the only place for packages, loaded when a file asks for them.
  "data/formats": [
    "vocab", "tensor", "interop/json.ts", "data/formats/zip.ts", "data/formats/inflate.ts", "fast-png", "fflate",
    "hyparquet", "hyparquet/src/column.js", "hyparquet/src/delta.js", "hyparquet/src/encoding.js",
    "hyparquet/src/schema.js", "jpeg-js",
  ],
  "data/formats/zip.ts": ["vocab", "data/formats/inflate.ts"],
  "data/formats/inflate.ts": ["vocab", "fflate"],
  "text": ["vocab", "exec", "tensor", "data/formats"],
  "pretrained": [...tensors, "models", "text", "interop"],
  "explain": [...layersOfModels, "autograd", "compiler"],
  "interop": [
    "vocab", "exec", "tensor", "interop/json.ts", "data/formats/zip.ts", "data/formats/inflate.ts", "fflate",
  ],
  // Reads traced graphs, as explain does.
  "interop/onnx": [...layersOfModels, "explain", "interop"],
  "interop/json.ts": ["vocab"],
  "train": [...tensors, "nn", "optim", "models", "data", "data/formats", "text", "metrics", "classical", "interop"],
  // Searches choose numbers; what they are for is the objective's business.
  "tune": ["vocab", "linalg"],
  "cli": [
    "vocab", "ops", "runtime", "runtime/registry.ts", "exec", "tensor", "nn", "models", "data", "train", "tune",
    "interop", "interop/onnx", "node:*",
  ],

  "index.ts": [
    ...layersOfModels, "autograd", "distributions", "optim", "linalg", "metrics", "classical", "explain", "interop",
    "train", "tune",
    "interop/onnx", "backends/reference", "backends/wasm",
  ],
  "single.ts": ["index.ts", "models"],
  "node.ts": ["data", "train", "tune", "interop", "#native"],
  "*.node.ts": ["node:*"],
};
