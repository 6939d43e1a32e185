/** Every workload as it is written with Gradus: for a process of Node and for a worker of a page. */
import { fingerprint, modelOf } from "../numbers.js";

let g, F, nn, optim, models, backend, compiled;
/** Says with which copy of the library the workloads are run, and whether compiled. */
export function setLibrary(given) {
  ({ g, models, backend, compiled } = given);
  ({ F, nn, optim } = g);
}

const tensor = ({ data, shape }) => g.tensor(data, { shape });
const values = async (record) => {
  const read = async ([name, x]) => [name, fingerprint(await x.data())];
  return Object.fromEntries(await Promise.all(Object.entries(record).map(read)));
};
const maybeCompile = (fn) => (compiled ? g.compile(fn) : fn);

/** Bytes that a compiled function needs besides what it is given: the arena of its plan, and its results. */
function peakOf(fn, inputs) {
  const { memory } = g.explain(fn, inputs);
  return memory.buffers.filter(({ name }) => name.startsWith("result")).reduce((sum, { bytes }) => sum + bytes,
    memory.arenaBytes);
}

/** A job around a synchronous piece of work; what a run makes is freed at its end. */
function job(work, check, form, peak) {
  return {
    form: `${form}, ${compiled ? "compiled" : "eager"}`, check, ...(compiled ? { peak } : {}),
    async run(n) {
      for (let i = 0; i < n; i++) g.scope(() => { work(); });
      await backend.idle();
    },
  };
}

/** Runs a function of the given tensors; `record` gives its results names. */
function operation(fn, inputs, record, form) {
  const call = maybeCompile(fn);
  return job(() => call(...inputs), async () => ({ values: await values(record(call(...inputs))) }), form,
    () => peakOf(fn, inputs));
}

/** Gives a model the numbers of a workload; buffers, such as running averages, stay as they are made. */
function load(model, parameters) {
  model.loadStateDict({ ...model.stateDict(), ...Object.fromEntries(Object.entries(parameters).map(([name, entry]) =>
    [name, isTurned(name) ? tensor(entry).transpose(0, 1) : tensor(entry)])) });
}

/** A job that trains: one step is gradients, then the optimizer; the loss stays unread until the check. */
function training({ parameters }, model, lossOf, inputs, makeOptimizer, form) {
  const own = Object.fromEntries(model.namedParameters());
  load(model, parameters);
  const optimizer = makeOptimizer(model.parameters());
  const train = (...data) => {
    optimizer.zeroGrad();
    const loss = lossOf(model, ...data);
    loss.backward();
    optimizer.step();
    return loss;
  };
  const step = maybeCompile(train);
  const gradients = maybeCompile((...data) => {
    const loss = lossOf(model, ...data);
    return [loss, ...g.grad(loss, model.parameters())];
  });
  const check = async () => {
    const [loss, ...found] = gradients(...inputs);
    const named = Object.keys(own).map((name, i) => [name, isTurned(name) ? found[i].transpose(0, 1) : found[i]]);
    return { loss: await loss.item(), values: await values(Object.fromEntries(named)) };
  };
  return job(() => step(...inputs), check, form, () => peakOf(train, inputs));
}
/** GPT's projections lie (inputs, outputs), as in its checkpoints. */
const isTurned = (name) => /^h\.\d+\.(attn|mlp)\.c_\w+\.weight$/.test(name);

function matmul({ inputs: { a, b } }) {
  const products = {
    AB: (x, y) => x.matmul(y), ABt: (x, y) => x.matmul(y.transpose(0, 1)), AtB: (x, y) => x.transpose(0, 1).matmul(y),
  };
  return ({ size, form }) => {
    const square = ({ data }) => g.tensor(data.slice(0, size * size), { shape: [size, size] });
    return operation(products[form], [square(a), square(b)], (product) => ({ product }), "matmul");
  };
}

function elementwise({ inputs }) {
  const wide = tensor(inputs.x);
  const x = g.tensor(inputs.x.data.slice(0, 2 ** 20), { shape: [1024, 1024] });
  const [y, weight, bias] = [inputs.y, inputs.weight, inputs.bias].map(tensor);
  const forms = {
    exp: [(z) => z.exp(), x], tanh: [(z) => z.tanh(), x], gelu: [(z) => F.gelu(z), x], add: [(z, w) => z.add(w), x, y],
    softmax: [(z) => F.softmax(z), wide],
    layerNorm: [(z, w, c) => F.layerNorm(z, [1024], w, c), wide, weight, bias],
  };
  return ({ name }) => {
    const [fn, ...given] = forms[name];
    return operation(fn, given, (result) => ({ [name]: result }), name);
  };
}

function mlp(workload) {
  const { config: { rate, momentum }, inputs } = workload;
  return () => training(workload, new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10)),
    (model, x, y) => F.crossEntropy(model.forward(x), y), [tensor(inputs.x), tensor(inputs.y)],
    (p) => new optim.SGD(p, { lr: rate, momentum }), "nn.Sequential, SGD");
}

function lenet(workload) {
  const { config: { rate }, inputs } = workload;
  return () => training(workload, new models.LeNet5(), (model, x, y) => F.crossEntropy(model.forward(x), y),
    [tensor(inputs.x), tensor(inputs.y)], (p) => new optim.Adam(p, { lr: rate }), "LeNet5, Adam");
}

function resnet(workload) {
  const { config: { rate, momentum }, inputs } = workload;
  return () => training(workload, new models.ResNet(models.RESNET_PRESETS["resnet18-small"]),
    (model, x, y) => F.crossEntropy(model.forward(x), y), [tensor(inputs.x), tensor(inputs.y)],
    (p) => new optim.SGD(p, { lr: rate, momentum }), "ResNet, SGD");
}

function conv({ parameters, inputs }) {
  return () => {
    const [x, w, upstream] = [inputs.x, parameters.weight, inputs.g].map(tensor);
    const leaf = (t) => g.state(t, { requiresGrad: true });
    const [sx, sw] = [leaf(x), leaf(w)];
    const fn = (gradient) => {
      const y = g.conv(sx, sw, null, { padding: 1 });
      return [y, ...g.grad(y, [sx, sw], { gradient })];
    };
    return operation(fn, [upstream], ([y, dx, weight]) => ({ y, dx, weight }), "conv and grad");
  };
}

function lstm(workload) {
  const { config: { input, hidden, classes, rate }, inputs } = workload;
  class Classifier extends nn.Module {
    lstm = new nn.LSTM(input, hidden);
    head = new nn.Linear(hidden, classes);
    forward(x) {
      const [output] = this.lstm.forward(x);
      return this.head.forward(output.select(0, -1));
    }
  }
  return () => training(workload, new Classifier(), (model, x, y) => F.crossEntropy(model.forward(x), y),
    [tensor(inputs.x), tensor(inputs.y)], (p) => new optim.Adam(p, { lr: rate }), "nn.LSTM, Adam");
}

/** The loss of every next token: logits (B, T, V), targets (B, T). */
function tokenLoss(model, x, y) {
  const logits = model.forward(x);
  return F.crossEntropy(logits.reshape([-1, logits.shape[2]]), y.reshape([-1]));
}

function gpt(workload) {
  const { config: { vocabulary, context, width, heads, layers, rate, decay }, inputs } = workload;
  return () => training(workload, new models.GPT({ vocabulary, block: context, width, heads, layers }), tokenLoss,
    [tensor(inputs.x), tensor(inputs.y)], (p) => new optim.AdamW(p, { lr: rate, weightDecay: decay }), "GPT, AdamW");
}

function mamba(workload) {
  const { config: { vocabulary, width, layers, state, rate, decay }, inputs, parameters } = workload;
  const part = ({ data, shape }, batch, length) =>
    g.tensor(data.slice(0, batch * length * (shape[1] ?? 1)), { shape: [batch, length, ...shape.slice(1)] });
  const step = ({ batch, length }) => training(workload,
    new models.Mamba({ vocabulary, width, layers, state }), tokenLoss,
    [part(inputs.tokens, batch, length), part(inputs.targets, batch, length)],
    (p) => new optim.AdamW(p, { lr: rate, weightDecay: decay }), "Mamba, AdamW");
  const scan = ({ batch, length }) => {
    const leaf = (t) => g.state(t, { requiresGrad: true });
    const [u, delta, b, c] = ["u", "delta", "b", "c"].map((name) => leaf(part(inputs[name], batch, length)));
    const a = leaf(tensor(parameters["backbone.layers.0.mixer.A_log"]).exp().neg());
    const skip = g.zeros([a.shape[0]]);
    const fn = (gradient) => {
      const y = F.selectiveScan(u, delta, a, b, c, skip);
      return [y, ...g.grad(y, [u, delta, a, b, c], { gradient })];
    };
    const names = ["y", "u", "delta", "a", "b", "c"];
    return operation(fn, [part(inputs.g, batch, length)],
      (found) => Object.fromEntries(names.map((name, i) => [name, found[i]])), "selectiveScan");
  };
  return (variant) => (variant.kind === "step" ? step(variant) : scan(variant));
}

/** Causal attention of 8 heads of 64, and the gradients of queries, keys and values. */
function attention({ inputs }) {
  return ({ length }) => {
    const [q, k, v, upstream] = ["q", "k", "v", "g"].map((name) =>
      g.tensor(inputs[name].data.slice(0, 8 * length * 64), { shape: [1, 8, length, 64] }));
    const leaves = [q, k, v].map((x) => g.state(x, { requiresGrad: true }));
    const fn = (gradient) => {
      const y = F.scaledDotProductAttention(...leaves, { causal: true });
      return [y, ...g.grad(y, leaves, { gradient })];
    };
    return operation(fn, [upstream], ([y, dq, dk, dv]) => ({ y, dq, dk, dv }), "scaledDotProductAttention");
  };
}

/** GPT-2 writes one more token; keys and values of those before are given. */
function generate({ config, parameters, inputs }) {
  const { vocabulary, context, width, heads, layers, past } = config;
  return ({ stored }) => {
    const model = new models.GPT({ vocabulary, block: context, width, heads, layers }).eval();
    load(model, parameters);
    if (stored === "int8") nn.quantizeWeights(model);
    const caches = Array.from({ length: layers }, (_, i) => [inputs.keys, inputs.values].map(({ data, shape }) => {
      const size = data.length / layers;
      return g.tensor(data.slice(i * size, (i + 1) * size), { shape: shape.slice(1) });
    })).flat();
    return writing(model, tensor(inputs.token), g.tensor(Int32Array.of(past), { shape: [] }), caches,
      `GPT.step, ${stored}, cache written in place`);
  };
}

/**
 * A job that writes one token behind `position` again and again (null: a model without positions): each call uses up
 * the state of the one before.
 */
function writing(model, token, position, start, form) {
  const fn = (at, place, before) => g.noGrad(() => {
    const { logits, state } = model.step(at, place === null ? before : [place, ...before]);
    return [logits, place === null ? state : state.slice(1)];
  });
  const call = compiled ? g.compile(fn, { donate: [2] }) : fn;
  let held = start;
  const write = () => g.scope(() => {
    const [logits, next] = call(token, position, held);
    for (const part of held) part.dispose();
    held = next;
    return [logits, ...next];
  })[0];
  return {
    form: `${form}, ${compiled ? "compiled" : "eager"}`,
    check: async () => ({ values: await values({ logits: write() }) }),
    async run(n) {
      for (let i = 0; i < n; i++) write().dispose();
      await backend.idle();
    },
  };
}

/** Texts to vectors: the mean over time of what the encoder says. */
function embed({ config, parameters, inputs }) {
  const { context, ...sizes } = config;
  return () => {
    const model = new models.BERT({ ...sizes, block: context }).eval();
    load(model, parameters);
    const fn = (tokens) => g.noGrad(() => model.forward(tokens).mean(1));
    return operation(fn, [tensor(inputs.tokens)], (vectors) => ({ vectors }), "BERT");
  };
}

/** A small GPT beside a Mamba of its size, by length: a training step of one sequence, and one more token. */
function lengths(workload) {
  return ({ model, kind, length }) => {
    const own = modelOf(workload, model);
    const { vocabulary, width, layers, heads, state, rate, decay } = own.config;
    const wpe = own.parameters["wpe.weight"];
    const parameters = model === "mamba" ? own.parameters : { ...own.parameters,
      "wpe.weight": { ...wpe, data: wpe.data.slice(0, length * width), shape: [length, width] } };
    g.manualSeed(0);
    const made = model === "mamba" ? new models.Mamba({ vocabulary, width, layers, state })
      : new models.GPT({ vocabulary, block: length, width, heads, layers });
    if (kind === "step") {
      const [x, y] = ["tokens", "targets"].map((name) =>
        g.tensor(workload.inputs[name].data.slice(0, length), { shape: [1, length] }));
      return training({ parameters }, made, tokenLoss, [x, y],
        (p) => new optim.AdamW(p, { lr: rate, weightDecay: decay }), `${made.constructor.name}, AdamW`);
    }
    load(made.eval(), parameters);
    const token = g.tensor(workload.inputs.tokens.data.slice(0, 1)), start = made.start(1);
    // Behind all the others: a cache of keys and values is full but for one place.
    return model === "gpt"
      ? writing(made, token, g.tensor(Int32Array.of(length - 1), { shape: [] }), start.slice(1), "GPT.step")
      : writing(made, token, null, start, "Mamba.step");
  };
}

export const WORKLOADS = {
  matmul, elementwise, mlp, lenet, conv, resnet, lstm, gpt, mamba, attention, generate, embed, lengths,
  eager: (workload) => ({ model }) => WORKLOADS[model](modelOf(workload, model))(),
};
