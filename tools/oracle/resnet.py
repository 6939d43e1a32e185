"""Writes fixtures/nn-models-resnet.json: small residual networks in plain PyTorch, with torchvision's names of parameters."""

import torch.nn.functional as F
from torch import nn

from harness import layer, layers, randn, save

WIDTH = 2


def convolution(inputs, outputs, size, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, 1 if size == 3 else 0, bias=False)


class Block(nn.Module):
    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = width * (4 if bottleneck else 1)
        shapes = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)] if bottleneck else [
            (inputs, width, 3, stride), (width, width, 3, 1)]
        self.count = len(shapes)
        for i, (a, b, size, step) in enumerate(shapes, 1):
            setattr(self, f"conv{i}", convolution(a, b, size, step))
            setattr(self, f"bn{i}", nn.BatchNorm2d(b))
        self.downsample = None if stride == 1 and inputs == outputs else nn.Sequential(
            convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        h = x
        for i in range(1, self.count + 1):
            h = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(h))
            h = F.relu(h) if i < self.count else h
        return F.relu(h + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, blocks, bottleneck, classes, large):
        super().__init__()
        self.large = large
        self.conv1 = nn.Conv2d(3, WIDTH, 7, 2, 3, bias=False) if large else convolution(3, WIDTH, 3)
        self.bn1 = nn.BatchNorm2d(WIDTH)
        inputs = WIDTH
        for i, count in enumerate(blocks):
            stage = []
            for j in range(count):
                stage.append(Block(inputs, WIDTH * 2 ** i, 2 if i > 0 and j == 0 else 1, bottleneck))
                inputs = WIDTH * 2 ** i * (4 if bottleneck else 1)
            setattr(self, f"layer{i + 1}", nn.Sequential(*stage))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, 3, 2, 1) if self.large else x
        for i in range(1, 5):
            x = getattr(self, f"layer{i}")(x)
        return self.fc(x.mean((2, 3)))


# While training every channel is normalised over at least 12 numbers: over fewer, float32 keeps too few digits.
for blocks, bottleneck, large, train, shape in [
        ((1, 2, 1, 1), False, False, True, (3, 3, 16, 16)), ((1, 1, 1, 1), True, False, True, (3, 3, 16, 16)),
        ((1, 1, 1, 1), False, True, False, (1, 3, 32, 32))]:
    args = {"blocks": blocks, "block": "bottleneck" if bottleneck else "basic", "classes": 3, "width": WIDTH,
            "stem": "large" if large else "small"}
    layer("ResNet", ResNet(blocks, bottleneck, 3, large), [args], [randn(*shape)], train=train)

save("nn-models-resnet", layers)
