"""ResNet-50 (first kind) as a PyTorch user would write it by hand: the yardstick of the benchmarks.

The same network as `slim_torch.nets.resnet_v1.resnet_v1_50`, unit for unit: strides in the last unit of a
block, SAME max pooling. `channels_last` is up to the caller.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

__all__ = ["ResNet50"]


class ConvNorm(nn.Module):
    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, relu: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-5, momentum=0.003)
        self.relu = nn.ReLU(inplace=True) if relu else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.norm(self.conv(x)))


class Bottleneck(nn.Module):
    def __init__(self, inputs: int, depth: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(inputs, depth, 1)
        self.conv2 = ConvNorm(depth, depth, 3, stride)
        self.conv3 = ConvNorm(depth, depth * 4, 1, relu=False)
        if inputs != depth * 4:
            self.shortcut: nn.Module = ConvNorm(inputs, depth * 4, 1, stride, relu=False)
        else:
            self.shortcut = nn.MaxPool2d(1, stride) if stride > 1 else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.shortcut(x) + self.conv3(self.conv2(self.conv1(x))), inplace=True)


class ResNet50(nn.Module):
    """`[batch, 3, height, width]` to `[batch, num_classes]`."""

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = ConvNorm(3, 64, 7, 2)
        self.pool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        units: list[nn.Module] = []
        inputs = 64
        for depth, count, stride in ((64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 1)):
            for i in range(count):
                units.append(Bottleneck(inputs, depth, stride if i == count - 1 else 1))
                inputs = depth * 4
        self.blocks = nn.Sequential(*units)
        self.logits = nn.Conv2d(2048, num_classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(self.pool1(self.conv1(x)))
        return self.logits(x.mean((2, 3), keepdim=True)).flatten(1)
