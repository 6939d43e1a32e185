"""Writes fixtures/nn-optim.json: ten steps of every optimizer in float64, and a hundred of every schedule.

    python3 tools/oracle/optim.py

Optimizers, schedules and averages are PyTorch's. LAMB, Lion, Lookahead and SAM, which it lacks, are written out below
in numpy after their papers. PyTorch's Muon rounds its iteration to bf16; here it is held in float64, so that the
arithmetic itself is compared. Options stand in the fixture in Gradus's spelling.
"""

import re

import numpy as np
import torch

from harness import pack, save

torch.set_default_dtype(torch.float64)  # scalars of NAdam and ASGD have the default dtype
STEPS, RATES = 10, 100
O, S = torch.optim, torch.optim.lr_scheduler
torch.Tensor.bfloat16 = torch.Tensor.clone  # what Muon rounds with

START = [np.linspace(-1, 2, 5), np.array([[0.5, -0.25, 1.0], [0.0, 3.0, -2.0]])]
TALL = [np.array([[0.5, -0.25], [0.0, 3.0], [1.0, -2.0]]), START[1]]


def gradient(p, step):
    """That of sum(p^2 / 4 + p cos(step + i))."""
    return p / 2 + np.cos(step + np.arange(p.size).reshape(p.shape))


def packed(arrays):
    return [pack(torch.from_numpy(np.array(a, dtype=np.float64))) for a in arrays]


def snake(options, renamed):
    spelled = {renamed.get(k, re.sub("[A-Z]", lambda m: "_" + m[0].lower(), k)): v for k, v in options.items()}
    return {k: tuple(v) if isinstance(v, list) else v for k, v in spelled.items()}


# Optimizers of PyTorch -----------------------------------------------------------------------------------------------
optimizers = []


def optimizer(name, options, renamed=None, start=START):
    parameters = [torch.from_numpy(p.copy()).requires_grad_() for p in start]
    made = getattr(O, name)(parameters, **snake(options, renamed or {}))
    for step in range(STEPS):
        for p in parameters:
            p.grad = torch.from_numpy(gradient(p.detach().numpy(), step))
        made.step()
    optimizers.append({"type": name, "options": options, "start": packed(start),
                       "last": [pack(p) for p in parameters]})


for options in ({}, {"weightDecay": 0.1, "maximize": True}, {"momentum": 0.9},
                {"momentum": 0.9, "nesterov": True, "weightDecay": 0.01},
                {"momentum": 0.8, "dampening": 0.3, "weightDecay": 0.1, "maximize": True}):
    optimizer("SGD", {"lr": 0.05, **options})
for name in ("Adam", "AdamW"):
    for options in ({}, {"amsgrad": True, "weightDecay": 0.1}, {"betas": [0.8, 0.95], "eps": 1e-3, "maximize": True}):
        optimizer(name, {"lr": 0.05, **options})
for options in ({}, {"lrDecay": 0.1, "weightDecay": 0.1}, {"initialAccumulator": 0.5, "eps": 1e-3, "maximize": True}):
    optimizer("Adagrad", {"lr": 0.1, **options}, {"initialAccumulator": "initial_accumulator_value"})
for options in ({}, {"rho": 0.8, "eps": 1e-3, "weightDecay": 0.1}, {"lr": 0.5, "maximize": True}):
    optimizer("Adadelta", options)
for options in ({}, {"centered": True}, {"centered": True, "momentum": 0.5},
                {"alpha": 0.9, "eps": 1e-4, "weightDecay": 0.1, "momentum": 0.9, "maximize": True}):
    optimizer("RMSprop", {"lr": 0.01, **options})
for options in ({}, {"betas": [0.8, 0.95], "eps": 1e-3, "weightDecay": 0.1}, {"maximize": True}):
    optimizer("Adamax", {"lr": 0.05, **options})
for options in ({}, {"betas": [0.8, 0.95], "eps": 1e-3, "weightDecay": 0.1, "momentumDecay": 0.1},
                {"weightDecay": 0.1, "decoupledWeightDecay": True}, {"maximize": True}):
    optimizer("NAdam", {"lr": 0.05, **options})
for options in ({}, {"betas": [0.8, 0.95], "eps": 1e-3, "weightDecay": 0.1},
                {"betas": [0.7, 0.9], "weightDecay": 0.1, "decoupledWeightDecay": True}, {"maximize": True}):
    optimizer("RAdam", {"lr": 0.05, **options})
for options in ({}, {"lambd": 0.1, "alpha": 0.5, "t0": 3, "weightDecay": 0.1}, {"maximize": True}):
    optimizer("ASGD", {"lr": 0.05, **options})
for options in ({}, {"etas": [0.4, 1.5], "stepSizes": [1e-3, 0.3]}, {"maximize": True}):
    optimizer("Rprop", {"lr": 0.05, **options})
for options in ({}, {"lr": 0.5, "beta2Decay": -0.5, "d": 1.2, "weightDecay": 0.1}, {"maximize": True}):
    optimizer("Adafactor", options)
optimizer("Adafactor", {"lr": 0.5, "eps": [1e-2, 0.1]})
for options in ({}, {"nesterov": False, "weightDecay": 0, "momentum": 0.5},
                {"coefficients": [2, -1.5, 0.5], "iterations": 8, "eps": 1e-3, "adjust": "match_rms_adamw"}):
    optimizer("Muon", {"lr": 0.05, **options},
              {"coefficients": "ns_coefficients", "iterations": "ns_steps", "adjust": "adjust_lr_fn"}, TALL)


# Optimizers of papers ------------------------------------------------------------------------------------------------
def paper(name, options, step_of):
    """step_of(p, g, t, slots, **options) gives the next p; slots is a dict that it may fill."""
    parameters, slots = [p.copy() for p in START], [{} for _ in START]
    for step in range(STEPS):
        for i, p in enumerate(parameters):
            g = gradient(p, step) * (-1 if options.get("maximize") else 1)
            own = {k: v for k, v in options.items() if k != "maximize"}
            parameters[i] = step_of(p, g, step + 1, slots[i], **own)
    optimizers.append({"type": name, "options": options, "start": packed(START), "last": packed(parameters)})


def lamb(p, g, t, s, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weightDecay=0.01):
    b1, b2 = betas
    s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
    s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
    r = (s["m"] / (1 - b1**t)) / (np.sqrt(s["v"] / (1 - b2**t)) + eps) + weightDecay * p
    size, length = np.linalg.norm(p), np.linalg.norm(r)
    return p - lr * (size / length if size > 0 and length > 0 else 1) * r


def lion(p, g, t, s, lr=1e-4, betas=(0.9, 0.99), weightDecay=0):
    b1, b2 = betas
    m = s.get("m", 0 * p)
    s["m"] = b2 * m + (1 - b2) * g
    return p - lr * (np.sign(b1 * m + (1 - b1) * g) + weightDecay * p)


for options in ({}, {"betas": [0.8, 0.95], "eps": 1e-3, "weightDecay": 0}, {"maximize": True}):
    paper("LAMB", {"lr": 0.05, **options}, lamb)
for options in ({}, {"betas": [0.8, 0.95], "weightDecay": 0.1}, {"maximize": True}):
    paper("Lion", {"lr": 0.05, **options}, lion)


# Around SGD with momentum 0.9 and rate 0.05: a step is v = 0.9 v + g, p = p - 0.05 v
wrappers = []


def around(name, options, gradients, after):
    parameters = [p.copy() for p in START]
    velocity, memory = [0 * p for p in START], {}
    for step in range(STEPS):
        for i, g in enumerate(gradients(parameters, step)):
            velocity[i] = 0.9 * velocity[i] + g
            parameters[i] = parameters[i] - 0.05 * velocity[i]
        parameters = after(parameters, step + 1, memory)
    wrappers.append({"type": name, "options": options, "start": packed(START), "last": packed(parameters)})


def lookahead(k=5, alpha=0.5):
    def after(fast, t, memory):
        slow = memory.setdefault("slow", START)
        if t % k != 0:
            return fast
        memory["slow"] = [s + alpha * (f - s) for s, f in zip(slow, fast)]
        return list(memory["slow"])
    return after


def sam(rho=0.05, adaptive=False):
    def gradients(p, step):
        g = [gradient(x, step) for x in p]
        scale = [np.abs(x) if adaptive else np.ones_like(x) for x in p]
        length = np.sqrt(sum(((s * d) ** 2).sum() for s, d in zip(scale, g)))
        return [gradient(x + rho * s * s * d / (length + 1e-12), step) for x, s, d in zip(p, scale, g)]
    return gradients


for options in ({}, {"k": 3, "alpha": 0.8}):
    around("Lookahead", options, lambda p, step: [gradient(x, step) for x in p], lookahead(**options))
for options in ({}, {"rho": 0.5, "adaptive": True}):
    around("SAM", options, sam(**options), lambda p, t, memory: p)

# L-BFGS on Rosenbrock's valley, sum 100 (b - a^2)^2 + (1 - a)^2, and averages ----------------------------------------
lbfgs = []
for options in ({"lineSearch": "strong_wolfe"}, {"lr": 1e-3, "maxIter": 4},
                {"lineSearch": "strong_wolfe", "maxIter": 6, "historySize": 2},
                {"lineSearch": "strong_wolfe", "maxEval": 5, "toleranceGrad": 1e-2}):
    start = np.array([-1.2, 1.0, 0.5, -0.5])
    x = torch.from_numpy(start.copy()).requires_grad_()
    made = O.LBFGS([x], **snake(options, {"lineSearch": "line_search_fn"}))

    def closure():
        made.zero_grad()
        loss = (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
        loss.backward()
        return loss
    places, losses = [], []
    for _ in range(5):
        losses.append(float(made.step(closure)))
        places.append(x.detach().clone())
    lbfgs.append({"options": options, "start": packed([start])[0], "places": [pack(p) for p in places],
                  "losses": losses})

model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)).double()
batches = [torch.randn(4, 3).double() for _ in range(3)]
first = {k: pack(v) for k, v in model.state_dict().items()}
mean = O.swa_utils.AveragedModel(model)
moving = O.swa_utils.AveragedModel(model, multi_avg_fn=O.swa_utils.get_ema_multi_avg_fn(0.8))
for averaged in (mean, moving):
    averaged.update_parameters(model)
for step in range(4):
    with torch.no_grad():
        for p in model.parameters():
            p += torch.cos(step + torch.arange(p.numel(), dtype=p.dtype)).reshape(p.shape)
    mean.update_parameters(model)
    moving.update_parameters(model)
O.swa_utils.update_bn(batches, mean)
averages = {
    "start": first, "batches": [pack(b) for b in batches],
    "mean": {k: pack(v) for k, v in mean.module.state_dict().items()},
    "moving": [pack(p) for p in moving.module.parameters()],
}

# Schedules: the rate before each of a hundred steps, from 0.5 --------------------------------------------------------
schedules = []


def schedule(name, make, *args):
    made = O.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler = make(made)
    rates = []
    for i in range(RATES):
        rates.append(made.param_groups[0]["lr"])
        made.step()
        scheduler.step() if i < RATES - 1 else None
    schedules.append({"type": name, "args": args, "rates": packed([rates])[0]})


schedule("LambdaLR", lambda o: S.LambdaLR(o, lambda i: 1 / (1 + i)), {"function": "inverse"})
schedule("MultiplicativeLR", lambda o: S.MultiplicativeLR(o, lambda i: 1 - 1 / (1 + i) ** 2), {"function": "squares"})
schedule("StepLR", lambda o: S.StepLR(o, 4, 0.7), {"stepSize": 4, "gamma": 0.7})
schedule("MultiStepLR", lambda o: S.MultiStepLR(o, [3, 40, 40, 77], 0.3), {"milestones": [3, 40, 40, 77], "gamma": 0.3})
schedule("ConstantLR", lambda o: S.ConstantLR(o), {})
schedule("ConstantLR", lambda o: S.ConstantLR(o, 0.1, 30), {"factor": 0.1, "steps": 30})
schedule("LinearLR", lambda o: S.LinearLR(o), {})
schedule("LinearLR", lambda o: S.LinearLR(o, 0.1, 0.7, 60), {"startFactor": 0.1, "endFactor": 0.7, "steps": 60})
schedule("ExponentialLR", lambda o: S.ExponentialLR(o, 0.9), {"gamma": 0.9})
schedule("PolynomialLR", lambda o: S.PolynomialLR(o), {})
schedule("PolynomialLR", lambda o: S.PolynomialLR(o, 80, 2), {"steps": 80, "power": 2})
schedule("CosineAnnealingLR", lambda o: S.CosineAnnealingLR(o, 9, 0.05), {"steps": 9, "minimum": 0.05})
schedule("CosineAnnealingWarmRestarts", lambda o: S.CosineAnnealingWarmRestarts(o, 10), {"steps": 10})
schedule("CosineAnnealingWarmRestarts", lambda o: S.CosineAnnealingWarmRestarts(o, 7, 2, 0.01),
         {"steps": 7, "growth": 2, "minimum": 0.01})
for mode in ("triangular", "triangular2", "exp_range"):
    schedule("CyclicLR", lambda o: S.CyclicLR(o, 0.1, 0.9, 8, 14, mode, 0.98, cycle_momentum=False),
             {"baseLr": 0.1, "maxLr": 0.9, "stepsUp": 8, "stepsDown": 14, "mode": mode, "gamma": 0.98})
schedule("OneCycleLR", lambda o: S.OneCycleLR(o, 0.8, RATES, cycle_momentum=False), {"maxLr": 0.8, "steps": RATES})
schedule("OneCycleLR", lambda o: S.OneCycleLR(o, 0.8, RATES, pct_start=0.4, anneal_strategy="linear",
                                              cycle_momentum=False, div_factor=10, final_div_factor=100,
                                              three_phase=True),
         {"maxLr": 0.8, "steps": RATES, "rising": 0.4, "anneal": "linear", "divFactor": 10, "finalDivFactor": 100,
          "threePhase": True})
schedule("SWALR", lambda o: O.swa_utils.SWALR(o, 0.05, 20), {"target": 0.05, "steps": 20})
schedule("SWALR", lambda o: O.swa_utils.SWALR(o, 0.05, 20, "linear"), {"target": 0.05, "steps": 20, "anneal": "linear"})
schedule("WarmupLR", lambda o: S.LambdaLR(o, lambda i: min(1, (i + 1) / 5)), {"warmup": 5})
schedule("NoamLR", lambda o: S.LambdaLR(o, lambda i: 64**-0.5 * min((i + 1) ** -0.5, (i + 1) * 20**-1.5)),
         {"width": 64, "warmup": 20})
schedule("SequentialLR",
         lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1, 1, 10), S.CosineAnnealingLR(o, 50), S.ExponentialLR(o, 0.9)],
                                  [10, 60]),
         {"schedulers": [["LinearLR", {"startFactor": 0.1, "steps": 10}], ["CosineAnnealingLR", {"steps": 50}],
                         ["ExponentialLR", {"gamma": 0.9}]], "milestones": [10, 60]})
schedule("ChainedScheduler", lambda o: S.ChainedScheduler([S.ConstantLR(o, 0.1, 20), S.ExponentialLR(o, 0.95)]),
         [["ConstantLR", {"factor": 0.1, "steps": 20}], ["ExponentialLR", {"gamma": 0.95}]])

plateaus = []
measures = [float(x) for x in np.round(np.exp(-np.arange(RATES) / 30) + 0.3 * np.cos(np.arange(RATES)), 3)]
for options in ({"patience": 3}, {"mode": "max", "factor": 0.5, "patience": 2, "cooldown": 4, "minLr": 0.02},
                {"patience": 1, "threshold": 0.1, "thresholdMode": "abs", "factor": 0.7, "eps": 0.01}):
    made = O.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler, rates = S.ReduceLROnPlateau(made, **snake(options, {})), []
    for measure in measures:
        scheduler.step(measure)
        rates.append(made.param_groups[0]["lr"])
    plateaus.append({"options": options, "measures": measures, "rates": packed([rates])[0]})

save("nn-optim", [
    {"kind": kind, **case} for kind, cases in {
        "optimizer": optimizers, "wrapper": wrappers, "lbfgs": lbfgs, "averages": [averages], "schedule": schedules,
        "plateau": plateaus,
    }.items() for case in cases
])
