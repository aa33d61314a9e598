"""The colours can be read on the pages, light and dark, and told apart by people who are colour-blind."""

import itertools
import math
import re
from pathlib import Path

import pytest

from ratesvc.core.currencies import CURRENCIES
from ratesvc.web import charts

Linear = tuple[float, ...]

CSS = (Path(charts.__file__).parents[1] / "static" / "site.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for block in (CSS[CSS.index(":root {") :].split("}")[0], CSS[CSS.index(":root.dark {") :].split("}")[0])
)
COLOURS = {currency.code: currency.colour for currency in CURRENCIES}
# G. Machado, M. Oliveira, L. Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency (2009),
# complete deficiency, on linear red, green and blue.
SIGHTS = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
# Oklab, B. Ottosson (2020).
TO_CONES = ((0.412221, 0.536333, 0.051446), (0.211903, 0.680700, 0.107397), (0.088302, 0.281719, 0.629979))
FROM_CONES = ((0.210454, 0.793618, -0.004072), (1.977998, -2.428592, 0.450594), (0.025904, 0.782772, -0.808676))


def linear(colour: str) -> Linear:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def contrast(one: str, other: str) -> float:
    """The contrast of WCAG 2: 4.5 is enough for text, 3 for lines."""
    dark, light = sorted(
        sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))
        for colour in (one, other)
    )
    return (light + 0.05) / (dark + 0.05)


def times(matrix: tuple[Linear, ...], vector: Linear) -> Linear:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def seen(colour: str, sight: str) -> Linear:
    """Convert a colour, as seen with a kind of sight, to Oklab."""
    light = tuple(min(1.0, max(0.0, part)) for part in times(SIGHTS[sight], linear(colour)))
    cones = times(TO_CONES, light)
    return times(FROM_CONES, tuple(cone ** (1 / 3) for cone in cones))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_and_lines_have_contrast_enough(theme: dict[str, str]) -> None:
    for back in ("page", "tint"):
        for text in ("ink", "soft", "link", "up", "down"):
            assert contrast(theme[text], theme[back]) >= 4.5, (text, back)
    assert contrast(theme["warn"], theme["warn-back"]) >= 4.5
    assert {code for code, colour in COLOURS.items() if contrast(colour, theme["page"]) < 3} == set()


@pytest.mark.parametrize("sight", SIGHTS)
def test_currencies_are_told_apart(sight: str) -> None:
    # 0.02 is about the least difference that can be seen side by side.
    near = {
        pair: math.dist(seen(COLOURS[pair[0]], sight), seen(COLOURS[pair[1]], sight))
        for pair in itertools.combinations(COLOURS, 2)
    }
    assert min(near.values()) >= 0.08, near
