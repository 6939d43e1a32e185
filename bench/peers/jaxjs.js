/**
 * jax-js on its wasm device (one thread in Node) as a contender. Every use of an array consumes it; `.ref` keeps it.
 */
import { serve } from "../child.js";
import { fingerprint, modelOf, Unsupported } from "../numbers.js";

let jax, np, nn, lax;
async function importLibrary() {
  // The library reads navigator.gpu and the like without asking whether there is a navigator.
  globalThis.navigator ??= {};
  // It uses iterator helpers, which Node has from 22 on.
  const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  iterators.map ??= function* (fn) { for (const item of this) yield fn(item); };
  iterators.filter ??= function* (fn) { for (const item of this) if (fn(item)) yield item; };
  jax = await import("@jax-js/jax");
  ({ numpy: np, nn, lax } = jax);
  await jax.init("wasm");
  jax.defaultDevice("wasm");
}

const array = ({ data, shape }) => np.array(data, { shape });
const values = (record) =>
  Object.fromEntries(Object.entries(record).map(([name, x]) => [name, fingerprint(x.dataSync())]));
const oneHot = ({ data }, classes) => {
  const rows = new Float32Array(data.length * classes);
  data.forEach((label, i) => { rows[i * classes + label] = 1; });
  return array({ data: rows, shape: [data.length, classes] });
};

/** Dense and recurrent weights are kept [inputs, outputs]; embeddings are not turned. */
const transposedHere = (name, { shape }) => shape.length === 2 && !/^w[tp]e\./.test(name);
function parametersOf(workload) {
  return Object.fromEntries(Object.entries(workload.parameters).map(([name, entry]) =>
    [name, transposedHere(name, entry) ? np.matrixTranspose(array(entry)).mul(1) : array(entry)]));
}

const crossEntropy = (labels, logits) => np.mean(np.sum(labels.mul(nn.logSoftmax(logits, -1)), -1)).neg();

/** Optimizers as pure functions over records of arrays: the new parameters and the new state. */
const OPTIMIZERS = {
  momentum: ({ rate, momentum }) => ({
    start: (p) => ({ v: zerosLike(p) }),
    update(p, g, { v }) {
      const velocity = mapRecords((a, b) => a.mul(momentum).add(b), v, g);
      return [mapRecords((a, b) => a.sub(b.ref.mul(rate)), p, velocity), { v: velocity }];
    },
  }),
  adam: ({ rate, decay = 0 }) => ({
    start: (p) => ({ m: zerosLike(p), v: zerosLike(p), powers: { a: np.array(1), b: np.array(1) } }),
    update(p, g, { m, v, powers }) {
      const first = mapRecords((a, b) => a.mul(0.9).add(b.ref.mul(0.1)), m, g);
      const second = mapRecords((a, b) => a.mul(0.999).add(np.square(b).mul(0.001)), v, g);
      const a = powers.a.mul(0.9);
      const b = powers.b.mul(0.999);
      const size = np.sqrt(np.subtract(1, b.ref)).mul(rate).div(np.subtract(1, a.ref));
      const next = Object.fromEntries(Object.keys(p).map((name) => {
        const change = size.ref.mul(first[name].ref).div(np.sqrt(second[name].ref).add(1e-8));
        return [name, (decay === 0 ? p[name] : p[name].mul(1 - rate * decay)).sub(change)];
      }));
      size.dispose();
      return [next, { m: first, v: second, powers: { a, b } }];
    },
  }),
};
const mapRecords = (fn, first, ...rest) => Object.fromEntries(Object.keys(first).map((name) =>
  [name, fn(first[name], ...rest.map((record) => record[name]))]));
const zerosLike = (record) => mapRecords((x) => np.zeros(x.shape), record);

/** A job that trains by one jitted function of parameters, optimizer state and data; or the same without jit. */
function training(workload, lossOf, data, optimizer, form, jitted = true) {
  const compile = jitted ? jax.jit : (fn) => fn;
  const step = compile((p, s, given) => {
    const [loss, gradients] = jax.valueAndGrad(lossOf)(jax.tree.ref(p), given);
    const [next, state] = optimizer.update(p, gradients, s);
    return [loss, next, state];
  });
  const gradients = compile((p, given) => jax.valueAndGrad(lossOf)(p, given));
  let parameters = parametersOf(workload);
  let state = optimizer.start(parameters);
  return {
    form: `${form}${jitted ? ", one jit" : ", no jit"}`,
    check() {
      const [loss, found] = gradients(jax.tree.ref(parameters), jax.tree.ref(data));
      const turned = Object.fromEntries(Object.entries(found).map(([name, x]) =>
        [name, transposedHere(name, workload.parameters[name]) ? np.matrixTranspose(x) : x]));
      return { loss: loss.item(), values: values(turned) };
    },
    async run(n) {
      for (let i = 0; i < n; i++) {
        const [loss, next, after] = step(parameters, state, jax.tree.ref(data));
        parameters = next;
        state = after;
        await jax.blockUntilReady([loss, parameters, state]);
        loss.dispose();
      }
    },
  };
}

/** Runs a jitted function of the given arrays again and again. */
function operation(name, fn, inputs, form) {
  const jitted = jax.jit(fn);
  return {
    form,
    check: () => ({ values: values({ [name]: jitted(...inputs.map((x) => x.ref)) }) }),
    async run(n) {
      for (let i = 0; i < n; i++) {
        const y = jitted(...inputs.map((x) => x.ref));
        await jax.blockUntilReady(y);
        y.dispose();
      }
    },
  };
}

function matmul({ inputs: { a, b } }) {
  return ({ size, form }) => {
    const square = ({ data }) => array({ data: data.slice(0, size * size), shape: [size, size] });
    const turn = {
      AB: (x, y) => [x, y], ABt: (x, y) => [x, np.matrixTranspose(y)], AtB: (x, y) => [np.matrixTranspose(x), y],
    };
    return operation("product", (x, y) => np.matmul(...turn[form](x, y)), [square(a), square(b)], "jit(matmul)");
  };
}

const layerNorm = (x, weight, bias) => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(weight).add(bias);

function elementwise({ inputs }) {
  const wide = array(inputs.x);
  const x = array({ data: inputs.x.data.slice(0, 2 ** 20), shape: [1024, 1024] });
  const [y, weight, bias] = [inputs.y, inputs.weight, inputs.bias].map(array);
  const forms = {
    exp: [np.exp, x], tanh: [np.tanh, x], gelu: [(z) => nn.gelu(z, { approximate: false }), x], add: [np.add, x, y],
    softmax: [(z) => nn.softmax(z, -1), wide], layerNorm: [layerNorm, wide, weight, bias],
  };
  return ({ name }) => {
    const [fn, ...given] = forms[name];
    return operation(name, (...args) => fn(...args), given, `jit(${name})`);
  };
}

const dense = (p, name, x) => np.matmul(x, p[`${name}.weight`]).add(p[`${name}.bias`]);

function mlp(workload, jitted = true) {
  const { config, inputs } = workload;
  return () => training(workload, (p, { x, y }) => crossEntropy(y, dense(p, "2", nn.relu(dense(p, "0", x)))),
    { x: array(inputs.x), y: oneHot(inputs.y, 10) }, OPTIMIZERS.momentum(config), "momentum by hand", jitted);
}

function lenet(workload, jitted = true) {
  const { config: { batch, rate }, inputs } = workload;
  const pool = (x) => {
    const [n, c, h, w] = x.shape;
    return np.max(x.reshape([n, c, h / 2, 2, w / 2, 2]), [3, 5]);
  };
  const convolution = (p, name, x, padding) =>
    lax.conv(x, p[`${name}.weight`], [1, 1], padding).add(p[`${name}.bias`].reshape([-1, 1, 1]));
  const around = [[2, 2], [2, 2]];
  const loss = (p, { x, y }) => {
    const a = pool(nn.relu(convolution(p, "conv1", x, around)));
    const b = pool(nn.relu(convolution(p, "conv2", a, "VALID"))).reshape([batch, 400]);
    return crossEntropy(y, dense(p, "fc3", nn.relu(dense(p, "fc2", nn.relu(dense(p, "fc1", b))))));
  };
  return () => training(workload, loss, { x: array(inputs.x), y: oneHot(inputs.y, 10) }, OPTIMIZERS.adam({ rate }),
    "Adam by hand", jitted);
}

function lstm(workload) {
  const { config: { batch, length, input, hidden, rate }, inputs } = workload;
  const loss = (p, { x, y }) => {
    const bias = p["lstm.bias_ih_l0"].add(p["lstm.bias_hh_l0"]);
    const projected = np.matmul(x.reshape([length * batch, input]), p["lstm.weight_ih_l0"]).add(bias)
      .reshape([length, batch, 4 * hidden]);
    let h = np.zeros([batch, hidden]);
    let c = np.zeros([batch, hidden]);
    const weight = p["lstm.weight_hh_l0"];
    for (let t = 0; t < length; t++) {
      const [i, f, g, o] = np.split(projected.ref.slice(t).add(np.matmul(h, weight.ref)), 4, -1);
      c = nn.sigmoid(f).mul(c).add(nn.sigmoid(i).mul(np.tanh(g)));
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
    }
    for (const left of [projected, weight, c]) left.dispose();
    return crossEntropy(y, dense(p, "head", h));
  };
  return () => training(workload, loss, { x: array(inputs.x), y: oneHot(inputs.y, 10) }, OPTIMIZERS.adam({ rate }),
    "unrolled, projection hoisted, Adam by hand");
}

function gpt(workload) {
  const { config: { layers, width, heads, context, batch, vocabulary, rate, decay }, inputs } = workload;
  const shape = [batch, context, heads, width / heads];
  const norm = (p, name, x) => layerNorm(x, p[`${name}.weight`], p[`${name}.bias`]);
  const loss = (p, { x: tokens, y }) => {
    let x = np.matmul(tokens, p["wte.weight"].ref).reshape([batch, context, width]).add(p["wpe.weight"])
      .reshape([batch * context, width]);
    for (let i = 0; i < layers; i++) {
      const [q, k, v] = np.split(dense(p, `h.${i}.attn.c_attn`, norm(p, `h.${i}.ln_1`, x.ref)), 3, -1)
        .map((part) => part.reshape(shape));
      const mixed = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([batch * context, width]);
      x = x.add(dense(p, `h.${i}.attn.c_proj`, mixed));
      const inner = nn.gelu(dense(p, `h.${i}.mlp.c_fc`, norm(p, `h.${i}.ln_2`, x.ref)), { approximate: true });
      x = x.add(dense(p, `h.${i}.mlp.c_proj`, inner));
    }
    return crossEntropy(y, np.matmul(norm(p, "ln_f", x), np.matrixTranspose(p["wte.weight"])));
  };
  return () => training(workload, loss, { x: oneHot(inputs.x, vocabulary), y: oneHot(inputs.y, vocabulary) },
    OPTIMIZERS.adam({ rate, decay }), "one-hot embedding, dotProductAttention, AdamW by hand");
}

const WORKLOADS = {
  matmul, elementwise, mlp, lenet, lstm, gpt,
  eager: (workload) => ({ model }) => {
    if (model === "lenet") throw new Unsupported("convolutions without jit take seconds a step");
    return mlp(modelOf(workload, model), false)();
  },
};

serve({
  async load(workload) {
    if (jax === undefined) await importLibrary();
    return WORKLOADS[workload.name](workload);
  },
  version: async () => "@jax-js/jax",
});
