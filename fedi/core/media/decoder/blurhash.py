"""A blurred picture as a short text: a few cosine waves, written in base 83.

The format is described at https://github.com/woltapp/blurhash/blob/master/Algorithm.md.
"""

import math
from collections.abc import Sequence

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LINEAR = [
    value / 3294.6 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4
    for value in range(256)
]

Colour = tuple[float, float, float]


def encode(pixels: bytes, width: int, height: int, across: int = 4, down: int = 4) -> str:
    """The text for a small picture of three bytes per pixel."""
    linear = [_LINEAR[value] for value in pixels]
    waves_x = [[math.cos(math.pi * i * x / width) for x in range(width)] for i in range(across)]
    waves_y = [[math.cos(math.pi * j * y / height) for y in range(height)] for j in range(down)]
    rows = [_fold_row(linear, y * width, waves_x) for y in range(height)]
    factors: list[Colour] = []
    for j in range(down):
        for i in range(across):
            scale = (1 if i == j == 0 else 2) / (width * height)
            red, green, blue = (
                scale * sum(rows[y][i][c] * waves_y[j][y] for y in range(height)) for c in range(3)
            )
            factors.append((red, green, blue))
    return _write(factors, across, down)


def _fold_row(
    linear: Sequence[float], start: int, waves: Sequence[Sequence[float]]
) -> list[Colour]:
    """The sums of one row under each horizontal wave."""
    width = len(waves[0])
    parts = [linear[3 * start + c : 3 * (start + width) : 3] for c in range(3)]
    folded: list[Colour] = []
    for wave in waves:
        red, green, blue = (
            sum(value * w for value, w in zip(part, wave, strict=True)) for part in parts
        )
        folded.append((red, green, blue))
    return folded


def _write(factors: Sequence[Colour], across: int, down: int) -> str:
    first, rest = factors[0], factors[1:]
    largest = max((abs(value) for colour in rest for value in colour), default=0.0)
    steps = max(0, min(82, math.floor(largest * 166 - 0.5)))
    scale = (steps + 1) / 166
    parts = [_base83((across - 1) + (down - 1) * 9, 1), _base83(steps, 1)]
    red, green, blue = (_to_srgb(value) for value in first)
    parts.append(_base83((red << 16) + (green << 8) + blue, 4))
    for colour in rest:
        red, green, blue = (_step(value / scale) for value in colour)
        parts.append(_base83(red * 361 + green * 19 + blue, 2))
    return "".join(parts)


def _step(value: float) -> int:
    return max(0, min(18, math.floor(math.copysign(math.sqrt(abs(value)), value) * 9 + 9.5)))


def _to_srgb(value: float) -> int:
    value = max(0.0, min(1.0, value))
    share = value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return int(share * 255 + 0.5)


def _base83(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in range(length - 1, -1, -1))
