"""PyTorch as a contender: the same requests and answers as child.js, one JSON line each.

Arguments: eager or compile, and the number of threads. Every workload is written in the fastest sane form found; the
form is named in the answer to `prepare`.
"""
import json
import math
import os
import sys
import time

MODE, THREADS = sys.argv[1], int(sys.argv[2])
SHORTEST, WARM_UP = 0.010, 0.5


class Unsupported(Exception):
    """What this contender does not run, with the reason."""


class Job:
    """`step()` is one run, `check()` gives the loss and the values of the first."""

    def __init__(self, step, check, form):
        self.step, self.check, self.form = step, check, form

    def run(self, count):
        for _ in range(count):
            self.step()


def read_workload(path):
    import torch
    with open(path) as file:
        about = json.load(file)
    with open(os.path.join(os.path.dirname(path), about["data"]), "rb") as file:
        data = bytearray(file.read())

    def tensor(entry):
        dtype = torch.int32 if entry["dtype"] == "int32" else torch.float32
        flat = torch.frombuffer(data, dtype=dtype, count=math.prod(entry["shape"]), offset=entry["offset"])
        made = flat.reshape(entry["shape"]).clone()
        return made.long() if dtype == torch.int32 else made

    for part in ("parameters", "inputs"):
        about[part] = {key: tensor(entry) for key, entry in about[part].items()}
    return about


def fingerprint(value):
    """The length of an array and a sum with weights -3 ... 3; see child.js."""
    import torch
    flat = value.detach().double().reshape(-1)
    weights = (torch.arange(flat.numel()) % 7 - 3).double()
    return [flat.norm().item(), (flat * weights).sum().item()]


def compiled(function):
    import torch
    return torch.compile(function) if MODE == "compile" else function


def no_compile(reason):
    if MODE == "compile":
        raise Unsupported(reason)


def training(model, loss_of, optimizer, form):
    """One whole step: gradients to None, loss, backward, fused optimizer."""
    loss_of = compiled(loss_of)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss

    def check():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        return {"loss": loss.item(), "values": {key: fingerprint(p.grad) for key, p in model.named_parameters()}}

    return Job(step, check, form)


def load_into(model, parameters):
    model.load_state_dict(parameters, strict=True)
    return model


def peak_of(step):
    """Bytes by which the resident memory of this process grows at most during one run; None where it cannot be said."""
    import ctypes
    import gc
    if not sys.platform.startswith("linux"):
        return None
    step()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the high-water mark starts again

    def status(name):
        with open("/proc/self/status") as file:
            return next(1024 * int(line.split()[1]) for line in file if line.startswith(name))
    before = status("VmRSS")
    kept = step()
    del kept
    return status("VmHWM") - before


def quickest(candidates, tries=5):
    """The (name, step) pair whose step is the fastest; each is tried a few times."""
    best = None
    for name, step in candidates:
        step()
        start = time.perf_counter()
        for _ in range(tries):
            step()
        took = time.perf_counter() - start
        if best is None or took < best[0]:
            best = (took, name, step)
    return best[1], best[2]


# ---- the workloads

def matmul(workload):
    import torch
    no_compile("one operation: see torch-eager")
    a, b = (workload["inputs"][key].reshape(-1) for key in "ab")

    def prepare(variant):
        n = variant["size"]
        x, y = a[:n * n].reshape(n, n), b[:n * n].reshape(n, n)
        x, y = (x.t() if variant["form"] == "AtB" else x), (y.t() if variant["form"] == "ABt" else y)
        out = torch.empty(n, n)
        return Job(lambda: torch.mm(x, y, out=out), lambda: {"values": {"product": fingerprint(torch.mm(x, y))}},
                   "mm with out=")
    return prepare


def elementwise(workload):
    import torch
    from torch.nn import functional as F
    no_compile("one operation: see torch-eager")
    inputs = workload["inputs"]
    wide, weight, bias = inputs["x"], inputs["weight"], inputs["bias"]
    x, y = wide[:1024].contiguous(), inputs["y"]

    def prepare(variant):
        name = variant["name"]
        out = torch.empty_like(wide if name in ("softmax", "layerNorm") else x)
        forms = {
            "exp": lambda: torch.exp(x, out=out),
            "tanh": lambda: torch.tanh(x, out=out),
            "gelu": lambda: torch.ops.aten.gelu.out(x, out=out),
            "add": lambda: torch.add(x, y, out=out),
            "softmax": lambda: torch.softmax(wide, 1, out=out),
            "layerNorm": lambda: F.layer_norm(wide, [1024], weight, bias),
        }
        step = forms[name]
        form = "layer_norm" if name == "layerNorm" else f"{name} with out="
        return Job(step, lambda: {"values": {name: fingerprint(step())}}, form)
    return prepare


def mlp(workload):
    import torch
    from torch.nn import functional as F
    config, inputs = workload["config"], workload["inputs"]

    def prepare(_):
        model = load_into(torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)),
                          workload["parameters"])
        optimizer = torch.optim.SGD(model.parameters(), lr=config["rate"], momentum=config["momentum"], fused=True)
        return training(model, lambda: F.cross_entropy(model(inputs["x"]), inputs["y"]), optimizer, "fused SGD")
    return prepare


def lenet(workload):
    import torch
    from torch.nn import functional as F
    config, inputs = workload["config"], workload["inputs"]

    class LeNet(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = torch.nn.Conv2d(1, 6, 5, padding=2), torch.nn.Conv2d(6, 16, 5)
            self.fc1, self.fc2, self.fc3 = torch.nn.Linear(400, 120), torch.nn.Linear(120, 84), torch.nn.Linear(84, 10)

        def forward(self, x):
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
            return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))

    def make(memory_format):
        model = load_into(LeNet(), workload["parameters"]).to(memory_format=memory_format)
        x = inputs["x"].contiguous(memory_format=memory_format)
        optimizer = torch.optim.Adam(model.parameters(), lr=config["rate"], fused=True)
        return training(model, lambda: F.cross_entropy(model(x), inputs["y"]), optimizer, "")

    def prepare(_):
        formats = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
        if MODE == "compile":
            name = "contiguous"
        else:
            name, _ = quickest([(key, make(value).step) for key, value in formats.items()])
        job = make(formats[name])
        job.form = f"fused Adam, {name}"
        return job
    return prepare


def conv(workload):
    import torch
    no_compile("one operation: see torch-eager")
    inputs = workload["inputs"]

    def run(x, w, g):
        y = torch.nn.functional.conv2d(x, w, padding=1)
        return y, *torch.ops.aten.convolution_backward(
            g, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, [True, True, False])[:2]

    def prepare(_):
        candidates = []
        for name, memory_format in (("contiguous", torch.contiguous_format), ("channels_last", torch.channels_last)):
            x, w, g = (t.contiguous(memory_format=memory_format)
                       for t in (inputs["x"], workload["parameters"]["weight"], inputs["g"]))
            candidates.append((name, lambda x=x, w=w, g=g: run(x, w, g)))
        name, step = quickest(candidates)

        def check():
            y, dx, dw = run(inputs["x"], workload["parameters"]["weight"], inputs["g"])
            return {"values": {"y": fingerprint(y), "dx": fingerprint(dx), "weight": fingerprint(dw)}}
        return Job(step, check, f"convolution_backward, {name}")
    return prepare


def resnet(workload):
    import torch
    from torch import nn
    from torch.nn import functional as F
    no_compile("its compiler takes minutes for this network")
    config, inputs = workload["config"], workload["inputs"]

    class Block(nn.Module):
        def __init__(self, inputs, outputs):
            super().__init__()
            stride = 1 if inputs == outputs else 2
            self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
            self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
            self.downsample = nn.Identity() if stride == 1 else nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

        def forward(self, x):
            h = F.relu(self.bn1(self.conv1(x)), inplace=True)
            return F.relu(self.bn2(self.conv2(h)) + self.downsample(x), inplace=True)

    class ResNet(nn.Module):
        def __init__(self):
            super().__init__()
            width, count = config["width"], config["blocks"]
            self.conv1, self.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
            for stage in range(4):
                outputs = width * 2 ** stage
                first = width if stage == 0 else outputs // 2
                setattr(self, f"layer{stage + 1}", nn.Sequential(
                    *(Block(first if i == 0 else outputs, outputs) for i in range(count))))
            self.fc = nn.Linear(width * 8, config["classes"])

        def forward(self, x):
            x = F.relu(self.bn1(self.conv1(x)), inplace=True)
            for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
                x = stage(x)
            return self.fc(x.mean((2, 3)))

    def make(memory_format):
        model = ResNet()
        model.load_state_dict({**model.state_dict(), **workload["parameters"]})
        model.to(memory_format=memory_format)
        x = inputs["x"].contiguous(memory_format=memory_format)
        optimizer = torch.optim.SGD(model.parameters(), lr=config["rate"], momentum=config["momentum"], fused=True)
        return training(model, lambda: F.cross_entropy(model(x), inputs["y"]), optimizer, "")

    def prepare(_):
        formats = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
        name, _ = quickest([(key, make(value).step) for key, value in formats.items()], 2)
        job = make(formats[name])
        job.form = f"fused SGD, {name}"
        return job
    return prepare


def lstm(workload):
    import torch
    from torch.nn import functional as F
    config, inputs = workload["config"], workload["inputs"]

    class Classifier(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = torch.nn.LSTM(config["input"], config["hidden"])
            self.head = torch.nn.Linear(config["hidden"], config["classes"])

        def forward(self, x):
            return self.head(self.lstm(x)[0][-1])

    def prepare(_):
        model = load_into(Classifier(), workload["parameters"])
        optimizer = torch.optim.Adam(model.parameters(), lr=config["rate"], fused=True)
        return training(model, lambda: F.cross_entropy(model(inputs["x"]), inputs["y"]), optimizer,
                        "nn.LSTM, time first, fused Adam")
    return prepare


def gpt(workload):
    import torch
    from torch import nn
    from torch.nn import functional as F
    config, inputs = workload["config"], workload["inputs"]
    width, heads, context = config["width"], config["heads"], config["context"]

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

        def forward(self, x):
            batch, length, _ = x.shape
            q, k, v = (t.view(batch, length, heads, width // heads).transpose(1, 2)
                       for t in self.c_attn(x).split(width, dim=2))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.c_proj(y.transpose(1, 2).reshape(batch, length, width))

    class Mlp(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.attn, self.ln_2, self.mlp = nn.LayerNorm(width), Attention(), nn.LayerNorm(width), Mlp()

        def forward(self, x):
            x = x + self.attn(self.ln_1(x))
            return x + self.mlp(self.ln_2(x))

    class Gpt(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.wpe = nn.Embedding(config["vocabulary"], width), nn.Embedding(context, width)
            self.h = nn.ModuleList(Block() for _ in range(config["layers"]))
            self.ln_f = nn.LayerNorm(width)

        def forward(self, tokens):
            x = self.wte(tokens) + self.wpe.weight
            for block in self.h:
                x = block(x)
            return F.linear(self.ln_f(x), self.wte.weight)

    def prepare(_):
        model = load_into(Gpt(), workload["parameters"])
        optimizer = torch.optim.AdamW(model.parameters(), lr=config["rate"], weight_decay=config["decay"], fused=True)
        x, y = inputs["x"], inputs["y"].reshape(-1)
        return training(model, lambda: F.cross_entropy(model(x).view(-1, config["vocabulary"]), y), optimizer,
                        "scaled_dot_product_attention, fused AdamW")
    return prepare


def selective_scan(u, delta, a, b, c):
    """y[t] = C[t] h[t], h[t] = exp(delta[t] A) h[t-1] + delta[t] B[t] u[t]: a loop over unbind (best of four forms)."""
    import torch
    decay = torch.exp(delta.unsqueeze(-1) * a)
    drive = (delta * u).unsqueeze(-1) * b.unsqueeze(2)
    h = torch.zeros_like(drive[:, 0])
    states = []
    for decay_t, drive_t in zip(decay.unbind(1), drive.unbind(1)):
        h = torch.addcmul(drive_t, decay_t, h)
        states.append(h)
    return torch.matmul(torch.stack(states, 1), c.unsqueeze(-1)).squeeze(-1)


def mamba(workload):
    import torch
    from torch import nn
    from torch.nn import functional as F
    no_compile("the loop over time does not compile in reasonable time")
    config, inputs = workload["config"], workload["inputs"]
    width, inner, state, rank, kernel = (config[key] for key in ("width", "inner", "state", "rank", "kernel"))

    class Mixer(nn.Module):
        def __init__(self):
            super().__init__()
            self.in_proj = nn.Linear(width, 2 * inner, bias=False)
            self.conv1d = nn.Conv1d(inner, inner, kernel, groups=inner, padding=kernel - 1)
            self.x_proj = nn.Linear(inner, rank + 2 * state, bias=False)
            self.dt_proj = nn.Linear(rank, inner)
            self.A_log, self.D = nn.Parameter(torch.empty(inner, state)), nn.Parameter(torch.empty(inner))
            self.out_proj = nn.Linear(inner, width, bias=False)

        def forward(self, x):
            length = x.shape[1]
            u, gate = self.in_proj(x).chunk(2, dim=-1)
            u = F.silu(self.conv1d(u.transpose(1, 2))[..., :length].transpose(1, 2))
            step, b, c = self.x_proj(u).split([rank, state, state], dim=-1)
            y = selective_scan(u, F.softplus(self.dt_proj(step)), -torch.exp(self.A_log), b, c)
            return self.out_proj((y + u * self.D) * F.silu(gate))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.mixer = nn.RMSNorm(width, eps=config["epsilon"]), Mixer()

        def forward(self, x):
            return x + self.mixer(self.norm(x))

    class Backbone(nn.Module):
        def __init__(self):
            super().__init__()
            self.embeddings = nn.Embedding(config["vocabulary"], width)
            self.layers = nn.ModuleList(Block() for _ in range(config["layers"]))
            self.norm_f = nn.RMSNorm(width, eps=config["epsilon"])

    class Mamba(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = Backbone()

        def forward(self, tokens):
            x = self.backbone.embeddings(tokens)
            for layer in self.backbone.layers:
                x = layer(x)
            return F.linear(self.backbone.norm_f(x), self.backbone.embeddings.weight)

    def whole_step(variant):
        batch, length = variant["batch"], variant["length"]
        if batch * length > 2048:
            raise Unsupported("a loop over time of several seconds a step")
        x, y = (inputs[key][:batch * length] for key in ("tokens", "targets"))
        model = load_into(Mamba(), workload["parameters"])
        optimizer = torch.optim.AdamW(model.parameters(), lr=config["rate"], weight_decay=config["decay"], fused=True)
        return training(model, lambda: F.cross_entropy(
            model(x.reshape(batch, length)).view(-1, config["vocabulary"]), y), optimizer,
            "scan as a loop over unbind, fused AdamW")

    def scan_alone(variant):
        batch, length = variant["batch"], variant["length"]
        u, delta, b, c, g = (inputs[key][:batch * length].reshape(batch, length, -1).requires_grad_(key != "g")
                             for key in ("u", "delta", "b", "c", "g"))
        a = (-torch.exp(workload["parameters"]["backbone.layers.0.mixer.A_log"])).requires_grad_()
        wanted = {"u": u, "delta": delta, "a": a, "b": b, "c": c}

        def step():
            y = selective_scan(u, delta, a, b, c)
            return y, torch.autograd.grad(y, list(wanted.values()), g)

        def check():
            y, gradients = step()
            return {"values": {"y": fingerprint(y), **{k: fingerprint(v) for k, v in zip(wanted, gradients)}}}
        return Job(step, check, "loop over unbind, addcmul")

    return lambda variant: whole_step(variant) if variant["kind"] == "step" else scan_alone(variant)


def attention(workload):
    import torch
    from torch.nn import functional as F
    no_compile("one operation: see torch-eager")

    def prepare(variant):
        length = variant["length"]
        q, k, v, g = (workload["inputs"][name][:8 * length * 64].reshape(1, 8, length, 64).requires_grad_(name != "g")
                      for name in "qkvg")

        def step():
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return y, *torch.autograd.grad(y, [q, k, v], g)

        def check():
            return {"values": dict(zip(("y", "dq", "dk", "dv"), map(fingerprint, step())))}
        return Job(step, check, "scaled_dot_product_attention")
    return prepare


def generate(workload):
    import torch
    from torch.nn import functional as F
    no_compile("tokens are compared as they run")
    config, p, inputs = workload["config"], workload["parameters"], workload["inputs"]
    width, heads, past = config["width"], config["heads"], config["past"]

    @torch.inference_mode()
    def step():
        x = p["wte.weight"][inputs["token"]] + p["wpe.weight"][past]
        for i in range(config["layers"]):
            h = lambda name: (p[f"h.{i}.{name}.weight"], p[f"h.{i}.{name}.bias"])  # noqa: E731
            q, k, v = (t.view(1, heads, 1, width // heads)
                       for t in F.linear(F.layer_norm(x, [width], *h("ln_1")), *h("attn.c_attn")).split(width, dim=1))
            keys, values = inputs["keys"][i], inputs["values"][i]
            keys[:, :, past:past + 1], values[:, :, past:past + 1] = k, v
            y = F.scaled_dot_product_attention(q, keys[:, :, :past + 1], values[:, :, :past + 1])
            x = x + F.linear(y.reshape(1, width), *h("attn.c_proj"))
            z = F.gelu(F.linear(F.layer_norm(x, [width], *h("ln_2")), *h("mlp.c_fc")), approximate="tanh")
            x = x + F.linear(z, *h("mlp.c_proj"))
        return F.linear(F.layer_norm(x, [width], p["ln_f.weight"], p["ln_f.bias"]), p["wte.weight"])

    def prepare(variant):
        if variant["stored"] != "float32":
            raise Unsupported("int8 weights need a package of their own")
        return Job(step, lambda: {"values": {"logits": fingerprint(step())}},
                   "cache written in place, scaled_dot_product_attention, inference_mode")
    return prepare


def embed(workload):
    import torch
    from torch.nn import functional as F
    no_compile("forward passes are compared as they run")
    config, p, tokens = workload["config"], workload["parameters"], workload["inputs"]["tokens"]
    width, heads = config["width"], config["heads"]
    batch, length = tokens.shape

    @torch.inference_mode()
    def step():
        at = lambda name: (p[f"{name}.weight"], p[f"{name}.bias"])  # noqa: E731
        table = lambda name: p[f"embeddings.{name}_embeddings.weight"]  # noqa: E731
        norm = lambda x, name: F.layer_norm(x, [width], *at(name), 1e-12)  # noqa: E731
        x = norm(table("word")[tokens] + table("token_type")[0] + table("position")[:length], "embeddings.LayerNorm")
        for i in range(config["layers"]):
            layer = f"encoder.layer.{i}"
            q, k, v = (F.linear(x, *at(f"{layer}.attention.self.{name}")).view(batch, length, heads, -1).transpose(1, 2)
                       for name in ("query", "key", "value"))
            y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, width)
            x = norm(x + F.linear(y, *at(f"{layer}.attention.output.dense")), f"{layer}.attention.output.LayerNorm")
            h = F.gelu(F.linear(x, *at(f"{layer}.intermediate.dense")))
            x = norm(x + F.linear(h, *at(f"{layer}.output.dense")), f"{layer}.output.LayerNorm")
        return x.mean(1)

    def prepare(_):
        return Job(step, lambda: {"values": {"vectors": fingerprint(step())}},
                   "scaled_dot_product_attention, inference_mode")
    return prepare


def lengths(workload):
    def prepare(variant):
        length = variant["length"]
        if variant["model"] != "gpt" or variant["kind"] != "step":
            raise Unsupported("steps of the GPT alone are compared")
        parameters = {key[4:]: value for key, value in workload["parameters"].items() if key.startswith("gpt/")}
        parameters["wpe.weight"] = parameters["wpe.weight"][:length]
        part = {"config": {**workload["config"]["gpt"], "context": length}, "parameters": parameters,
                "inputs": {own: workload["inputs"][key][:length].reshape(1, length)
                           for own, key in (("x", "tokens"), ("y", "targets"))}}
        return gpt(part)(variant)
    no_compile("lengths are compared as they run")
    return prepare


def eager(workload):
    no_compile("this workload compares what runs without a compiler")
    models = {"mlp": mlp, "lenet": lenet}

    def prepare(variant):
        name = variant["model"]
        part = {"config": workload["config"][name], **{
            kind: {key[len(name) + 1:]: value for key, value in workload[kind].items() if key.startswith(name + "/")}
            for kind in ("parameters", "inputs")}}
        return models[name](part)(variant)
    return prepare


WORKLOADS = {f.__name__: f for f in (matmul, elementwise, mlp, lenet, conv, resnet, lstm, gpt, mamba, attention,
                                     generate, embed, lengths, eager)}


# ---- requests

def timed(job, count):
    start = time.perf_counter()
    job.run(count)
    return (time.perf_counter() - start) / count


def warm_up(job, quick):
    until = time.perf_counter() + (WARM_UP / 5 if quick else WARM_UP)
    count, each = 1, timed(job, 1)
    while True:
        count = max(1, min(100_000, math.ceil(SHORTEST / max(each, 1e-9))))
        each = timed(job, count)
        if time.perf_counter() >= until:
            return count


class Server:
    def __init__(self):
        self.prepare, self.job, self.runs = None, None, 1

    def load(self, path):
        import torch
        torch.manual_seed(0)
        torch.set_num_threads(THREADS)
        workload = read_workload(path)
        self.prepare = WORKLOADS[workload["name"]](workload)
        return workload

    def handle(self, request):
        if request["do"] == "load":
            self.load(request["path"])
            import torch
            return {"version": f"PyTorch {torch.__version__}"}
        if request["do"] == "prepare":
            self.job = None
            self.job = self.prepare(request["variant"])
            check = self.job.check() if request.get("check") else None
            first = 1000 * timed(self.job, 1)
            self.runs = warm_up(self.job, request.get("quick"))
            peak = peak_of(self.job.step) if request.get("memory") else None
            return {"check": check, "first": first, "runs": self.runs, "peak": peak, "form": self.job.form}
        if request["do"] == "measure":
            timed(self.job, self.runs)
            return {"times": [1000 * timed(self.job, self.runs) for _ in range(request["repeats"])]}
        if request["do"] == "first":
            start = time.perf_counter()
            workload = self.load(request["path"])
            self.prepare(workload["variants"][0]).run(1)
            return {"times": [1000 * (time.perf_counter() - start)]}
        raise ValueError(f"unknown request {request['do']}")


def main():
    server = Server()

    def answer(message):
        sys.stdout.write("@" + json.dumps(message) + "\n")
        sys.stdout.flush()

    answer({"ready": True})
    for line in sys.stdin:
        try:
            answer(server.handle(json.loads(line)))
        except Unsupported as reason:
            answer({"unsupported": str(reason)})
        except Exception as error:  # an answer for the table, whatever went wrong
            answer({"error": f"{type(error).__name__}: {error}"})


main()
