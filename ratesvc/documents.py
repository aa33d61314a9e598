"""Reads what sources print, the careful way: XML without entities or network, digits without guessing.

Everything raises SourceError for what is strange in a document; the source's name is added by whoever reports it.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lxml import etree

from ratesvc.observation import Observation, midnight
from ratesvc.sources import SourceError

DECIMALS = 8
"""How many decimals a computed rate keeps: what the store holds."""
MOST_DIGITS = 20
"""No rate is printed with so many; a short text like 1e999999999 can stand for a number that fills the memory."""


def xml(payload: bytes, root: str) -> etree._Element:
    """The root element of an XML document, which must have the given name. The prolog picks the encoding."""
    # huge_tree=False keeps libxml2's own limits on depth and size.
    careful = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        element = etree.fromstring(payload, careful)
    except (etree.XMLSyntaxError, ValueError) as strange:
        raise SourceError(f"the answer is no XML: {_beginning(payload)} ({str(strange).splitlines()[0]})") from None
    if element.tag != root:
        raise SourceError(f"the document is <{element.tag!s}>, not <{root}>")
    if element.getroottree().docinfo.doctype:
        raise SourceError("the document declares a DOCTYPE, which no bank needs: entities are not read")
    return element


def json_of(payload: bytes) -> Any:
    """A JSON document; its numbers are the Decimals of the printed digits."""
    try:
        return json.loads(
            payload, parse_float=_digits, parse_int=_digits, parse_constant=_digits, object_pairs_hook=_once_each
        )
    except (ValueError, ArithmeticError, RecursionError) as strange:
        raise SourceError(f"the answer is no JSON: {_beginning(payload)} ({strange!s})") from None


def text_of(element: etree._Element, name: str) -> str:
    """The text of the one child, or of the attribute `@name`."""
    found = [element.get(name[1:])] if name.startswith("@") else [child.text for child in element.findall(name)]
    if len(found) != 1 or found[0] is None or not found[0].strip():
        raise SourceError(f"<{element.tag!s}> has {'no' if len(found) < 2 else 'more than one'} {name}")
    return found[0].strip()


def day_of(text: object, layout: str = "%d.%m.%Y") -> str:
    """A printed day as YYYY-MM-DD."""
    try:
        return f"{midnight(str(text), layout):%Y-%m-%d}"
    except ValueError:
        raise SourceError(f"{text!r} is not a day as it is always printed") from None


def number(text: object, mark: str = ".") -> Decimal:
    """Printed digits with the decimal mark that the source always uses; nothing is guessed.

    Thousands separators, another mark, signs, "N/A" and an empty field are all strange.
    """
    some = rf"\d{{1,{MOST_DIGITS}}}"
    if not isinstance(text, str) or not re.fullmatch(rf"{some}({re.escape(mark)}{some})?(E-?\d)?", text, re.ASCII):
        raise SourceError(f"{text!r} is not a number with a decimal {'comma' if mark == ',' else 'point'}")
    return Decimal(text.replace(mark, "."))


def per_unit(value: Decimal, nominal: Decimal) -> Decimal:
    """The value of one unit, where the value of so many is printed."""
    if nominal <= 0:
        raise SourceError(f"a value for {nominal} units makes no sense")
    return value / nominal


def cross_rate(dollar: Decimal, unit: Decimal) -> Decimal:
    """Units per dollar from what a dollar and a unit cost in a third currency: at most 12 digits, 8 decimals."""
    if not (dollar > 0 and unit > 0):
        raise SourceError(f"a cross rate of {dollar} and {unit} makes no sense")
    units = dollar / unit
    # normalize() may leave an exponent, 3.6E+4, which is printed out here.
    return Decimal(f"{round(units, min(DECIMALS, 11 - units.adjusted())).normalize():f}")


def dollars(source: str, currency: str, day: str, printed: Sequence[Decimal]) -> list[Observation]:
    """The observations of a bank that prints what a dollar costs: one for each time that the dollar is printed.

    Raises SourceError where it is not printed at all.
    """
    if not printed:
        raise SourceError("the document quotes no USD")
    return [
        Observation(source=source, currency=currency, observed_at=midnight(day), units_per_usd=units)
        for units in printed
    ]


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise ValueError(f"{name[:MOST_DIGITS]!r} is in one object {times} times")
    return dict(pairs)


def _digits(text: str) -> Decimal:
    if len(text) > MOST_DIGITS or not -MOST_DIGITS < Decimal(text).adjusted() < MOST_DIGITS:
        raise ValueError(f"{text[:MOST_DIGITS]} is no number that anybody would print")
    return Decimal(text)


def _beginning(payload: bytes) -> str:
    words = " ".join(payload[:200].decode("utf-8", "replace").split())
    return f"it begins {words[:40]!r}" if words else "it is empty"
