import { fileURLToPath } from "node:url";
import { existsSync } from "node:fs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const STEPS = ["mlp", "lenet", "lstm", "gpt"];
const OPERATIONS = ["matmul", "elementwise"];
const ALL = [
  ...OPERATIONS, ...STEPS, "conv", "resnet", "mamba", "attention", "generate", "embed", "lengths", "eager", "first",
];

function gradus(backend, mode, threads) {
  return {
    family: "gradus", workloads: mode === "eager" ? [...OPERATIONS, "eager"] : ALL,
    command: (count) => [process.execPath, [here("contenders/gradus.js"), backend, mode, String(threads ?? count)]],
    environment: (cache) => ({ GRADUS_CACHE: cache }),
  };
}
function pytorch(mode, threads) {
  return {
    family: "torch", workloads: mode === "compile" ? [...STEPS, "first"] : ALL,
    command: (count) => ["python3", [here("peers/pytorch.py"), mode, String(threads ?? count)]],
    environment: (cache) => ({ TORCHINDUCTOR_CACHE_DIR: `${cache}/inductor` }),
  };
}
function javascript(family, file, flags = []) {
  return {
    family, workloads: [...OPERATIONS, ...STEPS, "eager", "first"],
    command: () => [process.execPath, [...flags, here(`peers/${file}`)]],
    environment: () => ({}),
    installed: () => existsSync(here("peers/node_modules")), missing: "cd bench/peers && npm install",
  };
}
/** What the browser runs: those that the peers are compared on, and the first step. */
function page(threads) {
  return {
    family: "chromium", workloads: ["matmul", "mlp", "lenet", "gpt", "first"],
    command: (count) => [process.execPath, [here("contenders/chromium.js"), String(threads ?? count)]],
    environment: () => ({}),
    installed: () => existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium"),
    missing: "CHROMIUM=path names a browser",
  };
}
/** Node 20 keeps relaxed SIMD, which jax-js uses where it is there, behind a flag. */
const relaxed = Number(process.versions.node.split(".")[0]) < 22 ? ["--experimental-wasm-relaxed-simd"] : [];

/** Families of contenders that are Gradus itself, in Node and in a browser. */
export const OWN_FAMILIES = ["gradus", "chromium"];

/**
 * Columns of the table, in order. Those without `-1t` use `--threads`; the JavaScript peers have one thread in Node.
 */
export const CONTENDERS = {
  "gradus-native": gradus("native", "compiled", null),
  "gradus-native-1t": gradus("native", "compiled", 1),
  "gradus-native-eager": gradus("native", "eager", null),
  "gradus-wasm": gradus("wasm", "compiled", null),
  "gradus-wasm-1t": gradus("wasm", "compiled", 1),
  "gradus-wasm-eager": gradus("wasm", "eager", null),
  "gradus-chromium": page(null),
  "gradus-chromium-1t": page(1),
  "torch-eager": pytorch("eager", null),
  "torch-eager-1t": pytorch("eager", 1),
  "torch-compile": pytorch("compile", null),
  "tfjs-wasm": javascript("tfjs", "tfjs.js"),
  "jax-js": javascript("jaxjs", "jaxjs.js", relaxed),
};
