"""Files of other libraries, for the tests of interop/: safetensors, NumPy, PyTorch, and hostile pickles made by hand.

    python tools/oracle/interop.py                writes fixtures/interop.json, and PyTorch's half of interop-trained.json
    python tools/oracle/interop.py --check DIR    reads what Gradus wrote into DIR with NumPy, safetensors and PyTorch,
                                                  and writes Gradus's half of interop-trained.json

For the check, GRADUS_INTEROP_OUT=DIR npx vitest run packages/gradus/src/interop writes the fixtures' arrays once more,
as DIR/<name>.npy, all.npz, deflated.npz and all.safetensors, and a model trained by Gradus as DIR/trained.safetensors.
Needs numpy, torch, safetensors.
"""

import base64
import collections
import io
import json
import pathlib
import pickle
import sys
import zipfile

import numpy as np
import torch
import safetensors.torch
from safetensors.numpy import load_file, save as save_safetensors

from harness import pack

HERE = pathlib.Path(__file__).parent / "fixtures"
SAFE = {"bool": "BOOL", "uint8": "U8", "int8": "I8", "int16": "I16", "uint16": "U16", "float16": "F16",
        "int32": "I32", "uint32": "U32", "float32": "F32", "float64": "F64", "int64": "I64", "uint64": "U64",
        "complex64": "C64", "bfloat16": "BF16"}


def text(data):
    return base64.b64encode(data).decode()


def want(array):
    """What a reader should find: row-major, little-endian."""
    if torch.is_tensor(array):
        name = SAFE[str(array.dtype).removeprefix("torch.")]
        plain = array.detach().contiguous()
        data = (plain.view(torch.int16) if name == "BF16" else plain).numpy().tobytes()
        return {"dtype": name, "shape": list(array.shape), "data": text(data)}
    plain = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    return {"dtype": SAFE[array.dtype.name], "shape": list(array.shape), "data": text(plain.tobytes())}


def arrays():
    random = np.random.default_rng(0)
    made = {name: (random.standard_normal((2, 3)) * 50).astype(name) for name in SAFE
            if name not in ("bfloat16", "bool", "complex64") and not name.startswith("uint")}
    made |= {name: random.integers(0, 200, (2, 3)).astype(name) for name in SAFE if name.startswith("uint")}
    made["bool"] = random.integers(0, 2, (3, 2)).astype(bool)
    made["scalar"] = np.array(1.5, np.float32)
    made["empty"] = np.zeros((0, 3), np.float32)
    made["vector"] = np.arange(5, dtype=np.float64)
    return made


def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def numpy_files():
    files = {name: (array, npy(array)) for name, array in arrays().items()}
    cube = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    files["fortran"] = (cube, npy(np.asfortranarray(cube)))
    files["fortran-int16"] = (cube.astype(np.int16), npy(np.asfortranarray(cube.astype(np.int16))))
    for name in ("float16", "float32", "float64", "int16", "uint32", "int64"):
        big = cube.astype(np.dtype(name).newbyteorder(">"))
        files[f"big-{name}"] = (big, npy(big))
    files["big-fortran"] = (cube, npy(np.asfortranarray(cube.astype(">f4"))))
    files["version-2"] = (cube, npy(cube, (2, 0)))
    files["version-3"] = (cube, npy(cube, (3, 0)))
    return {name: {"file": text(data), "want": want(array)} for name, (array, data) in files.items()}


def numpy_refused():
    objects = io.BytesIO()
    np.save(objects, np.array([{}, None], dtype=object), allow_pickle=True)
    return {
        "object": text(objects.getvalue()),
        "structured": text(npy(np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))),
        "complex128": text(npy(np.zeros(2, np.complex128))),
        "text": text(npy(np.array(["a", "bc"]))),
        "datetime": text(npy(np.array(["2020-01-01"], dtype="datetime64[D]"))),
    }


def npz_files():
    made = {}
    for name, save in (("stored", np.savez), ("deflated", np.savez_compressed)):
        out = io.BytesIO()
        save(out, weight=np.arange(6, dtype=np.float32).reshape(2, 3), **{"layer.bias": np.zeros(700, np.float32)})
        made[name] = text(out.getvalue())
    return made


def torch_files():
    def saved(value, **options):
        out = io.BytesIO()
        torch.save(value, out, **options)
        return text(out.getvalue())

    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    dtypes = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.uint8, torch.int16,
              torch.int32, torch.int64, torch.bool]
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    with torch.no_grad():
        for i, value in enumerate(model.state_dict().values()):
            value.copy_(torch.arange(value.numel()).reshape(value.shape) + i)
    nested = {"model": model.state_dict(), "epoch": 3, "best": 0.5, "name": "run", "done": True, "none": None,
              "list": [base[0].clone(), (1, 2)], "size": base.shape, "large": 2 ** 40, "negative": -7}
    cases = {
        "dtypes": ({str(d).removeprefix("torch."): base.to(d) for d in dtypes}, None),
        "views": ({"whole": base, "transposed": base.T, "row": base[1], "column": base[:, 2], "steps": base[::2, 1::2],
                   "expanded": base[:1].expand(3, 4), "scalar": base[2, 3], "empty": base[3:]}, None),
        "state-dict": (model.state_dict(), dict(model.state_dict())),
        "nested": (nested, {**{f"model.{k}": v for k, v in model.state_dict().items()}, "list.0": base[0]}),
        "parameter": ({"p": torch.nn.Parameter(base)}, {"p": base}),
        "tensor": (base, {"": base}),
        "optimizer": (None, None),
    }
    moments = torch.optim.Adam(model.parameters(), lr=0.1)
    model(torch.ones(4, 3)).sum().backward()
    moments.step()
    state = moments.state_dict()
    cases["optimizer"] = (state, {f"state.{i}.{k}": v for i, row in state["state"].items() for k, v in row.items()})
    made = {}
    for name, (value, expected) in cases.items():
        found = {key: want(x) for key, x in (expected or value).items()}
        made[name] = {"file": saved(value), "want": found}
    legacy = saved({"w": base}, _use_new_zipfile_serialization=False)
    return made, {
        "legacy": legacy,
        "module": saved(torch.nn.Linear(2, 2)),
        "complex": saved({"c": torch.zeros(2, dtype=torch.complex64)}),
        "sparse": saved({"s": torch.eye(2).to_sparse()}),
    }


# --- Pickles by hand. Each tries to make a reader call something, or to take it apart. ---

GLOBAL = lambda module, name: f"c{module}\n{name}\n".encode()
UNICODE = lambda s: b"X" + len(s).to_bytes(4, "little") + s.encode()
STORAGE = (lambda kind, key, count:
           b"(" + UNICODE("storage") + GLOBAL("torch", kind) + UNICODE(key) + UNICODE("cpu")
           + b"J" + count.to_bytes(4, "little", signed=True) + b"tQ")


def tensor(storage, offset, shape, stride):
    numbers = lambda values: b"(" + b"".join(b"J" + int(v).to_bytes(4, "little", signed=True) for v in values) + b"t"
    return (GLOBAL("torch._utils", "_rebuild_tensor_v2") + b"(" + storage + b"J"
            + offset.to_bytes(4, "little", signed=True) + numbers(shape) + numbers(stride) + b"\x89"
            + GLOBAL("collections", "OrderedDict") + b")RtR")


def in_dict(value):
    return b"\x80\x02}" + UNICODE("w") + value + b"s."


class Calls:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def hostile():
    import os
    four = STORAGE("FloatStorage", "0", 4)
    loop = b"\x80\x02]q\x00h\x00a."
    bomb = b"\x80\x02]q\x00" + b"".join(b"](" + b"h" + bytes([i]) * 1 + (b"h" + bytes([i])) * 9 + b"eq" + bytes([i + 1])
                                       for i in range(30)) + b"."
    return {
        "os.system": b"\x80\x02" + pickle.dumps(Calls(os.system, "true"), 2)[2:],
        "builtins.eval": b"\x80\x02" + GLOBAL("builtins", "eval") + b"(" + UNICODE("1") + b"tR.",
        "builtins.getattr": b"\x80\x02" + GLOBAL("builtins", "getattr") + b"(" + UNICODE("a") + UNICODE("b") + b"tR.",
        "protocol 4": pickle.dumps({"a": [1, 2]}, 4),
        "stack global": b"\x80\x02" + UNICODE("os") + UNICODE("system") + b"\x93.",
        "inst": b"\x80\x02(ios\nsystem\n.",
        "obj": b"\x80\x02(" + GLOBAL("collections", "OrderedDict") + b"o.",
        "extension": b"\x80\x02\x82\x01.",
        "newobj": b"\x80\x02" + GLOBAL("collections", "OrderedDict") + b")\x81.",
        "setitem on a list": b"\x80\x02]" + UNICODE("a") + b"K\x01s.",
        "setitem on a tensor": b"\x80\x02" + tensor(four, 0, [4], [1]) + UNICODE("a") + b"K\x01s.",
        "append to a dict": b"\x80\x02}K\x01a.",
        "build on a dict": b"\x80\x02}}b.",
        "reduce of a number": b"\x80\x02K\x01)R.",
        "reduce of a storage": b"\x80\x02" + GLOBAL("torch", "FloatStorage") + b")R.",
        "offset beyond": in_dict(tensor(four, 1, [4], [1])),
        "negative offset": in_dict(tensor(four, -1, [4], [1])),
        "shape beyond": in_dict(tensor(four, 0, [5], [1])),
        "stride beyond": in_dict(tensor(four, 0, [2, 2], [3, 1])),
        "negative stride": in_dict(tensor(four, 3, [4], [-1])),
        "huge by stride 0": in_dict(tensor(four, 0, [2 ** 30, 2 ** 30], [0, 0])),
        "large by stride 0": in_dict(tensor(four, 0, [2 ** 30], [0])),
        "stride of another rank": in_dict(tensor(four, 0, [4], [1, 1])),
        "storage larger than its file": in_dict(tensor(STORAGE("FloatStorage", "0", 8), 0, [8], [1])),
        "storage smaller than its file": in_dict(tensor(STORAGE("FloatStorage", "0", 2), 0, [2], [1])),
        "storage that is missing": in_dict(tensor(STORAGE("FloatStorage", "7", 4), 0, [4], [1])),
        "storage with a path": in_dict(tensor(STORAGE("FloatStorage", "../data.pkl", 4), 0, [4], [1])),
        "storage of no kind": in_dict(tensor(STORAGE("EvilStorage", "0", 4), 0, [4], [1])),
        "list in itself": loop,
        "ten to the thirtieth": bomb,
        "memo not written": b"\x80\x02h\x05.",
        "nothing to pop": b"\x80\x02R.",
        "no mark": b"\x80\x02K\x01t.",
        "no stop": b"\x80\x02K\x01",
        "two left": b"\x80\x02K\x01K\x02.",
        "string beyond": b"\x80\x02X\xff\xff\xff\x7fab.",
        "long beyond": b"\x80\x02\x8a\xff\x01.",
        "protocol 9": b"\x80\x09N.",
        "empty": b"",
        "deep": b"\x80\x02" + b"]" * 5000 + b"a" * 4999 + b".",
    }


def zipped(pickled):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in (("data.pkl", pickled), ("byteorder", b"little"), ("version", b"3\n"),
                           ("data/0", np.arange(4, dtype=np.float32).tobytes())):
            archive.writestr(zipfile.ZipInfo(f"archive/{path}", (2020, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def safetensors_file():
    made = arrays() | {"é": np.arange(2, dtype=np.float32), "complex64": np.ones(2, np.complex64)}
    return {"file": text(save_safetensors(made, {"format": "np"})), "want": {k: want(v) for k, v in made.items()}}


# --- Models that one side trains and the other runs. ---

def trained_model():
    """The model of interop/trained.test.ts."""
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(64, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))


def trained_inputs():
    return torch.sin(torch.arange(12 * 64, dtype=torch.float32) * 0.37).reshape(12, 1, 8, 8)


def outputs_of(model):
    with torch.no_grad():
        return model.eval()(trained_inputs())


def train_in_torch():
    torch.manual_seed(7)
    model = trained_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    x, labels = trained_inputs(), torch.arange(12) % 3
    for _ in range(60):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), labels).backward()
        optimizer.step()
    out = io.BytesIO()
    torch.save(model.state_dict(), out)
    return {"pt": text(out.getvalue()), "safetensors": text(safetensors.torch.save(model.state_dict())),
            "outputs": pack(outputs_of(model))}


def run_in_torch(path):
    """Outputs of PyTorch with what Gradus trained and saved."""
    model = trained_model()
    model.load_state_dict(safetensors.torch.load_file(path), strict=True)
    return {"safetensors": text(path.read_bytes()), "outputs": pack(outputs_of(model))}


def keep_trained(side, made):
    path = HERE / "interop-trained.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept |= {"inputs": pack(trained_inputs()), side: made}
    path.write_text(json.dumps(kept, indent=1) + "\n")
    print(path.name, path.stat().st_size)


def check(folder):
    expected = arrays()
    assert {p.stem for p in folder.glob("*.npy")} == set(expected), "files are missing"
    for name, array in expected.items():
        ours = np.load(folder / f"{name}.npy", allow_pickle=False)
        assert ours.dtype == array.dtype and ours.shape == array.shape and (ours == array).all(), name
    for archive in ("all.npz", "deflated.npz"):
        with np.load(folder / archive, allow_pickle=False) as ours:
            assert set(ours.files) == set(expected)
            for name, array in expected.items():
                assert ours[name].dtype == array.dtype and (ours[name] == array).all(), name
    ours = load_file(folder / "all.safetensors")
    assert set(ours) == set(expected)
    for name, array in expected.items():
        assert ours[name].dtype == array.dtype and (ours[name] == array).all(), name
    print(len(expected), "arrays as .npy, .npz (stored, deflated) and .safetensors: equal")
    keep_trained("gradus", run_in_torch(folder / "trained.safetensors"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        check(pathlib.Path(sys.argv[2]))
    else:
        torch_made, torch_refused = torch_files()
        fixture = {"safetensors": safetensors_file(), "npy": numpy_files(), "npyRefused": numpy_refused(),
                   "npz": npz_files(), "torch": torch_made, "torchRefused": torch_refused,
                   "hostile": {name: text(zipped(data)) for name, data in hostile().items()}}
        path = HERE / "interop.json"
        path.write_text(json.dumps(fixture, indent=1) + "\n")
        print(path.name, path.stat().st_size)
        keep_trained("torch", train_in_torch())
