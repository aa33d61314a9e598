"""Collects the phrases of the code, and brings every language's catalogue up to date: `make translations`."""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from ratesvc import sources
from ratesvc.core.currencies import BASES, CURRENCIES
from ratesvc.query import guide
from ratesvc.render import i18n
from ratesvc.render.labels import LABELS
from ratesvc.web.charts import routes

PACKAGE = Path(i18n.__file__).parents[1]
TEMPLATE = i18n.LOCALE / "ratesvc.pot"
"""All phrases, without a translation."""
_METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]


def collected() -> Catalog:
    """Every phrase, with the files that have it; names of banks, currencies and dashboards with their contexts."""
    catalog = Catalog(project="ratesvc", charset="utf-8", fuzzy=False)
    catalog.header_comment = "# Phrases of ratesvc. A translation is a copy of this file, with its texts filled in."
    for folder in (PACKAGE, PACKAGE / "dashboards"):  # A link, which is not followed.
        found = extract_from_dir(folder, _METHODS, comment_tags=("Translators:",), strip_comment_tags=True)
        for file, _, message, comments, context in found:
            path = (folder / file).relative_to(PACKAGE.parent)
            catalog.add(message, locations=[(str(path), 0)], auto_comments=comments, context=context)
    for context, message, file in _names():
        note = ["What the language calls itself"] if context == "language" else []
        catalog.add(message, locations=[(f"ratesvc/{file}", 0)], auto_comments=note, context=context)
    return catalog


def _names() -> list[tuple[str, str, str]]:
    """(context, phrase, file) of what stands in code as a constant."""
    money, module = "core/currencies.py", "{}.py".format
    names = [("language", "English", "render/i18n.py")]
    names += [("currency", currency.name, money) for currency in (*CURRENCIES, *BASES)]
    names += [("short name", currency.short, money) for currency in CURRENCIES]
    names += [(f"unit of {currency.code}", currency.unit, money) for currency in CURRENCIES]
    names += [("bank", currency.peg.authority, money) for currency in CURRENCIES if currency.peg]
    names += [("bank", source.TITLE, module(f"sources/{name}")) for name, source in sources.load().items()]
    names += [("terms", source.TERMS, module(f"sources/{name}")) for name, source in sources.load().items()]
    names += [("guide", heading, "query/guide.py") for heading in guide.headings()]
    names += [("dashboard", each.TITLE, module(f"dashboards/{name}")) for name, each in routes.load().items()]
    names += [(kind, name, "render/labels.py") for kind, words in LABELS.items() for name in words.values()]
    return names


def of_language(language: str) -> Catalog:
    """A language's catalogue as it is in its file."""
    return read_po(BytesIO((i18n.LOCALE / language / i18n.CATALOGUE).read_bytes()), locale=language)


def lacking(catalog: Catalog) -> list[Message]:
    """The phrases that have no translation yet. The names that Babel or English may stand in for are not among them."""
    return [
        message
        for message in catalog
        if message.id and message.context not in ("currency", "bank") and not (message.string and all(message.string))
    ]


def written(catalog: Catalog) -> bytes:
    """The text of a catalogue's file: no line numbers and no dates, which change without a phrase."""
    text = BytesIO()
    write_po(text, catalog, width=120, sort_by_file=True, include_lineno=False)
    return b"\n".join(line for line in text.getvalue().split(b"\n") if not any(each in line for each in _NOISE))


_NOISE = (b"-Date: ", b"Generated-By: ", b"EMAIL@ADDRESS", b"LL@li.org", b" VERSION")
"""What Babel writes into a header of its own accord."""


def main() -> None:
    """Writes the template and the catalogues: a new phrase is empty, one that is gone is kept as a comment."""
    template = collected()
    TEMPLATE.write_bytes(written(template))
    for language in i18n.LANGUAGES[1:]:
        catalog = of_language(language)
        catalog.update(template, no_fuzzy_matching=True)
        (i18n.LOCALE / language / i18n.CATALOGUE).write_bytes(written(catalog))
        print(f"{language}: {len(lacking(catalog))} phrases without a translation")


if __name__ == "__main__":
    main()
