/**
 * TensorFlow.js on its wasm backend (one thread in Node) as a contender. Dense weights lie [inputs, outputs], as it
 * likes them.
 */
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { serve } from "../child.js";
import { fingerprint, modelOf, Unsupported } from "../numbers.js";

let tf;
async function importLibrary() {
  tf = (await import("@tensorflow/tfjs")).default;
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm")) + sep);
  await tf.setBackend("wasm");
  await tf.ready();
}

const tensor = ({ data, shape, dtype }) => tf.tensor(data, shape, dtype);
/** Dense and recurrent weights are kept the other way round; embeddings are not. */
const transposedHere = (name, { shape }) => shape.length === 2 && !/^w[tp]e\./.test(name);

/** The name of the function that runs fastest; each is tried three times. */
function quickest(forms) {
  const took = Object.entries(forms).map(([name, form]) => {
    tf.tidy(() => { form(); });
    const start = performance.now();
    for (let i = 0; i < 3; i++) tf.tidy(() => { form(); });
    return { name, time: performance.now() - start };
  });
  return took.sort((a, b) => a.time - b.time)[0].name;
}

/** Runs a function n times, each in a scope of its own. */
function job(step, check, form) {
  return {
    form,
    check: () => tf.tidy(check),
    run(n) {
      for (let i = 0; i < n; i++) tf.tidy(() => { step(); });
    },
  };
}
const values = (record) =>
  Object.fromEntries(Object.entries(record).map(([name, x]) => [name, fingerprint(x.dataSync())]));

/** A job that trains: the optimizer changes variables, the loss is read once a run. */
function training(workload, lossOf, optimizer, form) {
  const variables = Object.fromEntries(Object.entries(workload.parameters).map(([name, entry]) =>
    [name, tf.variable(transposedHere(name, entry) ? tf.transpose(tensor(entry)) : tensor(entry), true)]));
  const all = Object.values(variables);
  const loss = () => lossOf(variables);
  return {
    form,
    check: () => tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, all);
      const found = Object.entries(variables).map(([name, variable]) => {
        const gradient = grads[variable.name];
        return [name, transposedHere(name, workload.parameters[name]) ? tf.transpose(gradient) : gradient];
      });
      return { loss: value.dataSync()[0], values: values(Object.fromEntries(found)) };
    }),
    run(n) {
      let last = null;
      for (let i = 0; i < n; i++) {
        last?.dispose();
        last = optimizer.minimize(loss, true, all);
      }
      last.dataSync();
      last.dispose();
    },
  };
}
const crossEntropy = (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits);

function matmul({ inputs: { a, b } }) {
  return ({ size, form }) => {
    const square = ({ data }) => tf.tensor2d(data.slice(0, size * size), [size, size]);
    const [x, y] = [square(a), square(b)];
    const forms = {
      "matMul with transpose flags": () => tf.matMul(x, y, form === "AtB", form === "ABt"),
      "transpose, then matMul": () =>
        tf.matMul(form === "AtB" ? tf.transpose(x) : x, form === "ABt" ? tf.transpose(y) : y),
    };
    const name = form === "AB" ? "matMul with transpose flags" : quickest(forms);
    return job(forms[name], () => ({ values: values({ product: forms[name]() }) }), name);
  };
}

function layerNorm(x, weight, bias) {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(weight).add(bias);
}
const geluTanh = (x) => x.mul(0.5).mul(x.mul(x).mul(x).mul(0.044715).add(x).mul(Math.sqrt(2 / Math.PI)).tanh().add(1));

function elementwise({ inputs }) {
  const wide = tensor(inputs.x);
  const x = tf.tensor2d(inputs.x.data.slice(0, 2 ** 20), [1024, 1024]);
  const [y, weight, bias] = [inputs.y, inputs.weight, inputs.bias].map(tensor);
  const forms = {
    exp: () => tf.exp(x), tanh: () => tf.tanh(x), add: () => tf.add(x, y), softmax: () => tf.softmax(wide),
    gelu: () => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1)), layerNorm: () => layerNorm(wide, weight, bias),
  };
  return ({ name }) => job(forms[name], () => ({ values: values({ [name]: forms[name]() }) }),
    name === "gelu" ? "erf and products" : name === "layerNorm" ? "moments and products" : name);
}

function mlp(workload) {
  const { config, inputs } = workload;
  return () => {
    const x = tensor(inputs.x);
    const labels = tf.oneHot(tensor(inputs.y), 10).cast("float32");
    const loss = (p) => crossEntropy(labels, x.matMul(p["0.weight"]).add(p["0.bias"]).relu()
      .matMul(p["2.weight"]).add(p["2.bias"]));
    return training(workload, loss, tf.train.momentum(config.rate, config.momentum), "train.momentum");
  };
}

function lenet() {
  return () => {
    throw new Unsupported("the wasm backend has no gradient of a convolution's filter");
  };
}

function lstm(workload) {
  const { config: { batch, length, input, hidden, rate }, inputs } = workload;
  return () => {
    const x = tensor(inputs.x).reshape([length * batch, input]);
    const labels = tf.oneHot(tensor(inputs.y), 10).cast("float32");
    const loss = (p) => {
      const projected = x.matMul(p["lstm.weight_ih_l0"]).add(p["lstm.bias_ih_l0"].add(p["lstm.bias_hh_l0"]));
      let h = tf.zeros([batch, hidden]);
      let c = tf.zeros([batch, hidden]);
      for (const part of tf.unstack(projected.reshape([length, batch, 4 * hidden]))) {
        const [i, f, g, o] = tf.split(part.add(h.matMul(p["lstm.weight_hh_l0"])), 4, 1);
        c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
        h = o.sigmoid().mul(c.tanh());
      }
      return crossEntropy(labels, h.matMul(p["head.weight"]).add(p["head.bias"]));
    };
    return training(workload, loss, tf.train.adam(rate), "unrolled, projection hoisted, train.adam");
  };
}

function gpt(workload) {
  const { config: { layers, width, heads, context, batch, vocabulary, rate }, inputs } = workload;
  return () => {
    const tokens = tf.oneHot(tensor(inputs.x).flatten(), vocabulary).cast("float32");
    const labels = tf.oneHot(tensor(inputs.y).flatten(), vocabulary).cast("float32");
    const head = width / heads;
    const mask = tf.linalg.bandPart(tf.ones([context, context]), -1, 0).sub(1).mul(1e9);
    const split = (x) => x.reshape([batch, context, heads, head]).transpose([0, 2, 1, 3]);
    const loss = (p) => {
      const dense = (name, x) => x.matMul(p[`${name}.weight`]).add(p[`${name}.bias`]);
      const norm = (name, x) => layerNorm(x, p[`${name}.weight`], p[`${name}.bias`]);
      let x = tokens.matMul(p["wte.weight"]).reshape([batch, context, width]).add(p["wpe.weight"])
        .reshape([batch * context, width]);
      for (let i = 0; i < layers; i++) {
        const [q, k, v] = tf.split(dense(`h.${i}.attn.c_attn`, norm(`h.${i}.ln_1`, x)), 3, 1).map(split);
        const scores = tf.matMul(q, k, false, true).mul(1 / Math.sqrt(head)).add(mask);
        const mixed = tf.matMul(tf.softmax(scores), v).transpose([0, 2, 1, 3]).reshape([batch * context, width]);
        x = x.add(dense(`h.${i}.attn.c_proj`, mixed));
        x = x.add(dense(`h.${i}.mlp.c_proj`, geluTanh(dense(`h.${i}.mlp.c_fc`, norm(`h.${i}.ln_2`, x)))));
      }
      return crossEntropy(labels, tf.matMul(norm("ln_f", x), p["wte.weight"], false, true));
    };
    return training(workload, loss, tf.train.adam(rate), "one-hot embedding, train.adam without decay");
  };
}

const WORKLOADS = {
  matmul, elementwise, mlp, lenet, lstm, gpt,
  eager: (workload) => ({ model }) => WORKLOADS[model](modelOf(workload, model))(),
};

serve({
  async load(workload) {
    if (tf === undefined) await importLibrary();
    return WORKLOADS[workload.name](workload);
  },
  version: () => `@tensorflow/tfjs-backend-wasm ${tf.version.tfjs}`,
});
