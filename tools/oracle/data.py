"""Fixtures of packages/gradus/src/data: pictures changed by torchvision, and small files in the formats that are read.

Needs torchvision (the functions of transforms.v2 that work on tensors, without its compiled part), pillow and pyarrow.
"""

import base64
import io
import sys
import types

import numpy as np
import torch

# Operators of torchvision's compiled part, which nothing here uses; a build for another kind of machine lacks them.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as T

from harness import pack, save

torch.manual_seed(0)
picture = torch.rand(3, 11, 14)
batch = torch.rand(2, 3, 9, 8)
cases = []


def case(name, args, x, y):
    cases.append({"name": name, "args": args, "input": pack(x), "output": pack(y)})


MODES = {"nearest": InterpolationMode.NEAREST, "bilinear": InterpolationMode.BILINEAR,
         "bicubic": InterpolationMode.BICUBIC}
for mode, code in MODES.items():
    for size in ([5, 7], [22, 9], [11, 14], [4, 30]):
        for antialias in ([False] if mode == "nearest" else [False, True]):
            case("resize", [size, {"mode": mode, "antialias": antialias}], picture,
                 torch.nn.functional.interpolate(
                     picture[None], size, mode=mode, antialias=antialias,
                     align_corners=None if mode == "nearest" else False)[0])
case("resize", [[5, 6]], batch, T.resize(batch, [5, 6], antialias=True))
for size in ([5, 6], [11, 13], [16, 9], [4, 20]):
    case("centerCrop", [size], picture, T.center_crop(picture, size))
for mode, name in (("constant", "constant"), ("edge", "edge"), ("reflect", "reflect"), ("symmetric", "symmetric")):
    case("pad", [[1, 2, 3, 4], {"mode": mode}], picture, T.pad(picture, [1, 2, 3, 4], padding_mode=name))
case("horizontalFlip", [], batch, T.horizontal_flip(batch))
case("verticalFlip", [], batch, T.vertical_flip(batch))
case("normalize", [[0.4, 0.5, 0.6], [0.2, 0.3, 0.25]], batch, T.normalize(batch, [0.4, 0.5, 0.6], [0.2, 0.3, 0.25]))
for size, sigma in ((3, 0.8), (7, 1.5), (9, 3.0)):
    case("gaussianBlur", [size, sigma], picture, T.gaussian_blur(picture, [size, size], [sigma, sigma]))
for mode in ("nearest", "bilinear"):
    for angle in (17.0, -130.0):
        case("rotate", [angle, {"mode": mode}], picture, T.rotate(picture, angle, interpolation=MODES[mode]))
    case("affine", [{"angle": 20, "translate": [2, -1], "scale": 1.3, "shear": [10, -5]}, {"mode": mode}], batch,
         T.affine(batch, 20.0, [2.0, -1.0], 1.3, [10.0, -5.0], interpolation=MODES[mode]))
move = torch.randn(1, 9, 8, 2) * 0.3
move = torch.cat([move])
case("displace", [{"$": pack(move[..., 0].contiguous() * 4)}, {"$": pack(move[..., 1].contiguous() * 4.5)}], batch,
     T.elastic(batch, move))
case("grayscale", [], picture, T.rgb_to_grayscale(picture))
for factor in (0.3, 1.6):
    case("adjustBrightness", [factor], picture, T.adjust_brightness(picture, factor))
    case("adjustContrast", [factor], batch, T.adjust_contrast(batch, factor))
    case("adjustSaturation", [factor], picture, T.adjust_saturation(picture, factor))
colours = torch.cat([picture, torch.rand(3, 1, 1).expand(3, 1, 14), torch.full((3, 1, 14), 0.5),
                     torch.eye(3).reshape(3, 1, 3).repeat(1, 1, 5)[:, :, :14]], dim=1)
for turn in (0.2, -0.4, 0.5, 0.0):
    case("adjustHue", [turn], colours, T.adjust_hue(colours, turn))
save("data-transforms", cases)

files = {}


def text(data):
    return base64.b64encode(data).decode()


rng = np.random.default_rng(0)
pngs = []
for mode, shape, options in (("L", (5, 7), {}), ("RGB", (5, 7, 3), {}), ("RGBA", (4, 3, 4), {}), ("LA", (4, 3, 2), {})):
    pixels = rng.integers(0, 256, shape, dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels, mode).save(out, "PNG", **options)
    pngs.append({"what": mode, "file": text(out.getvalue()), "shape": [*shape, 1][:3], "pixels": text(pixels.tobytes())})
bits = rng.integers(0, 2, (6, 11)).astype(bool)
out = io.BytesIO()
Image.fromarray(bits).save(out, "PNG")
pngs.append({"what": "1 bit", "file": text(out.getvalue()), "shape": [6, 11, 1],
             "pixels": text((bits * 255).astype(np.uint8).tobytes())})
pixels = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
indexed = Image.fromarray(pixels).quantize(12)
out = io.BytesIO()
indexed.save(out, "PNG")
pngs.append({"what": "palette", "file": text(out.getvalue()), "shape": [9, 9, 3],
             "pixels": text(np.asarray(indexed.convert("RGB")).tobytes())})
deep = rng.integers(0, 65536, (4, 5), dtype=np.uint16)
out = io.BytesIO()
Image.fromarray(deep).save(out, "PNG")
pngs.append({"what": "16 bit", "file": text(out.getvalue()), "shape": [4, 5, 1],
             "pixels": text((deep >> 8).astype(np.uint8).tobytes())})
files["png"] = pngs
y, x = np.mgrid[0:24, 0:33]
smooth = np.stack([x * 7, y * 9, 255 - x * 3 - y * 4], -1).astype(np.uint8)
jpegs = []
for what, options in (("4:4:4", {"subsampling": 0}), ("4:2:0", {"subsampling": 2}), ("progressive", {"progressive": True, "subsampling": 0})):
    out = io.BytesIO()
    Image.fromarray(smooth).save(out, "JPEG", quality=95, **options)
    jpegs.append({"what": what, "file": text(out.getvalue()), "shape": [24, 33, 3],
                  "pixels": text(np.asarray(Image.open(io.BytesIO(out.getvalue()))).tobytes())})
files["jpeg"] = jpegs
table = pa.table({"id": list(range(5)), "text": ["one", "zwei", "trois", None, "cinq"],
                  "score": [0.5, -1.25, 3.0, 1e-3, 7.0], "image": [{"bytes": b"\x89PNG"}, None, {"bytes": b"\x00\xff"}, {"bytes": b""}, None],
                  "words": [["a", "b"], [], ["c"], None, ["d"]]})
parquets = {}
for codec in ("none", "snappy", "gzip"):
    out = io.BytesIO()
    pq.write_table(table, out, compression=codec)
    parquets[codec] = text(out.getvalue())
files["parquet"] = parquets
save("data-files", files)
