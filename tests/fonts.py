"""Cuts the fonts of the pages and of the cards to the letters of the seven languages: `make fonts`."""

import tempfile
from pathlib import Path

from fontTools import merge, subset
from fontTools.ttLib import TTFont, newTable
from fontTools.varLib import instancer

PACKAGES = Path(__file__).parent / "third_party" / "node_modules"
WEB = Path(__file__).parents[1] / "ratesvc" / "web"
PAGES, CARDS = WEB / "static" / "fonts", WEB / "embed" / "fonts"
SOURCES = {
    "sans": "@fontsource-variable/inter/files/inter-{}-wght-normal.woff2",
    "serif": "@fontsource/source-serif-4/files/source-serif-4-{}-600-normal.woff2",
}
WEIGHTS = (400, 600)
STATIC = {"Inter-400": ("sans", 400), "Inter-600": ("sans", 600), "SourceSerif4-600": ("serif", 600)}
"""The fonts of the cards, one file for each weight: resvg knows no variable fonts."""
FAMILIES = {"sans": "Inter", "serif": "Source Serif 4"}
WINDOWS_ENGLISH = (3, 1, 0x409)
LETTERS = {
    "latin": "".join(map(chr, range(0x20, 0x7F))) + "\xa0©«·»ÄÇÖÜÝäçöüý×–—‘’“”…−ʻʼ€",
    "latin-ext": "ĞğŞşŇňŽž",
    "cyrillic": "".join(map(chr, range(0x410, 0x450))) + "ЁёІіЎўҰұ№",
    "cyrillic-ext": "ҒғҚқҢңҮүҺһӘәӨөӢӣӮӯҲҳҶҷ",
}
FEATURES = ("kern", "tnum", "ccmp", "locl", "lnum")


def main() -> None:
    """Writes a file for each family and script for the pages, and one for each weight for the cards."""
    for family in SOURCES:
        for script in LETTERS:
            font = _cut(family, script)
            if "fvar" in font:
                font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
            font.flavor = "woff2"
            _save(font, PAGES / f"{family}-{script}.woff2")
    for name, (family, weight) in STATIC.items():
        _save(_static(family, weight), CARDS / f"{name}.ttf")


def _cut(family: str, script: str, features: tuple[str, ...] = FEATURES) -> TTFont:
    font = TTFont(PACKAGES / SOURCES[family].format(script))
    options = subset.Options(layout_features=list(features), hinting=False, name_IDs=[0, 1, 2, 13, 14])
    cut = subset.Subsetter(options)
    cut.populate(text=LETTERS[script])
    cut.subset(font)
    return font


def _static(family: str, weight: int) -> TTFont:
    """Joins the scripts of a family in one weight."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for script in LETTERS:
            font = _cut(family, script)
            if "fvar" in font:
                font = instancer.instantiateVariableFont(font, {"wght": weight})
            _make_tabular(font)
            for cmap in font["cmap"].tables:
                if 0xA0 in cmap.cmap:  # Dates have a narrow no-break space, which neither family has everywhere.
                    cmap.cmap.setdefault(0x202F, cmap.cmap[0xA0])
            # Tables that cannot be joined, and that no renderer needs.
            for table in {"STAT", "GDEF", "GSUB", "gasp", "meta"} & set(font.keys()):
                del font[table]
            font.flavor = None
            font.save(path := str(Path(folder, f"{script}.ttf")))
            paths.append(path)
        font = merge.Merger().merge(paths)
    whole = f"{FAMILIES[family]} {weight}"
    # resvg passes over a font without a PostScript name, number 6.
    names = {0: font["name"].getDebugName(0), 1: FAMILIES[family], 2: "Regular", 4: whole, 6: whole.replace(" ", "-")}
    font["name"] = newTable("name")
    font["name"].names = []
    for number, text in names.items():
        font["name"].setName(text, number, *WINDOWS_ENGLISH)
    font["OS/2"].usWeightClass = weight
    return font


def _make_tabular(font: TTFont) -> None:
    """Puts tabular figures in the place of the others: resvg asks a font for no features."""
    if "GSUB" not in font:
        return
    table = font["GSUB"].table
    lookups = [
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for index in record.Feature.LookupListIndex
    ]
    for index in lookups:
        for part in table.LookupList.Lookup[index].SubTable:
            part = getattr(part, "ExtSubTable", part)
            for cmap in font["cmap"].tables:
                for digit in map(ord, "0123456789"):
                    if digit in cmap.cmap:
                        cmap.cmap[digit] = part.mapping.get(cmap.cmap[digit], cmap.cmap[digit])


def _save(font: TTFont, path: Path) -> None:
    font.save(path)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
