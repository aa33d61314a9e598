"""Cuts the fonts of the pages to the letters of the seven languages: `make fonts`."""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

PACKAGES = Path(__file__).parent / "third_party" / "node_modules"
FOLDER = Path(__file__).parents[1] / "ratesvc" / "web" / "static" / "fonts"
SOURCES = {
    "sans": "@fontsource-variable/inter/files/inter-{}-wght-normal.woff2",
    "serif": "@fontsource/source-serif-4/files/source-serif-4-{}-600-normal.woff2",
}
WEIGHTS = (400, 600)
LETTERS = {
    "latin": "".join(map(chr, range(0x20, 0x7F))) + "\xa0©«·»ÄÇÖÜÝäçöüý×–—‘’“”…−ʻʼ€",
    "latin-ext": "ĞğŞşŇňŽž",
    "cyrillic": "".join(map(chr, range(0x410, 0x450))) + "ЁёІіҰұ№",
    "cyrillic-ext": "ҒғҚқҢңҮүҺһӘәӨөӢӣӮӯҲҳҶҷ",
}
FEATURES = ("kern", "tnum", "ccmp", "locl", "lnum")


def main() -> None:
    """Writes a file for each family and script."""
    options = subset.Options(layout_features=list(FEATURES), hinting=False, name_IDs=[0, 1, 2, 13, 14])
    for family, source in SOURCES.items():
        for script, letters in LETTERS.items():
            font = TTFont(PACKAGES / source.format(script))
            cut = subset.Subsetter(options)
            cut.populate(text=letters)
            cut.subset(font)
            if "fvar" in font:
                font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
            font.flavor = "woff2"
            path = FOLDER / f"{family}-{script}.woff2"
            font.save(path)
            print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
