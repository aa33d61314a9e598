"""Strict parsing of documents: XML without entities or network, digits without guessing.

All functions raise SourceError for unexpected content; the caller that reports it adds the source's name.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from lxml import etree

from ratesvc.core.currencies import BASES, PAIRS
from ratesvc.core.errors import SourceError
from ratesvc.core.observation import Observation, midnight
from ratesvc.core.quoting import by_reason, in_short, quoted
from ratesvc.core.reading import Reading, Unreadable

Row = TypeVar("Row")
Figures = Mapping[str, Sequence[Decimal | SourceError]]
"""Each printed figure by currency code, or the reason why it cannot be read."""

DIGITS = 12
"""Significant digits of a computed rate."""
DOLLAR_DECIMALS = 8
"""Decimals of a computed rate of the dollar, as since the first version: with more, stored rates would change."""
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Range of plausible years: no rate of these currencies is older, and no date calculation of ours ends later."""
MOST_DIGITS = 20
"""More digits than any printed rate. A short text like 1e999999999 could otherwise fill the memory."""
MOST_ROWS = 1000
"""More rows than any price list has; a document of millions of rows would otherwise become as many rejections."""


def xml(payload: bytes, root: str) -> etree._Element:
    """Parse an XML document whose root element must have the given name. The prolog determines the encoding.

    White space and a byte order mark before the prolog are skipped, although XML forbids the former.
    """
    payload = re.sub(rb"\A(\s|\xef\xbb\xbf)+", b"", payload)
    # huge_tree=False keeps libxml2's own limits on depth and size.
    careful = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        element = etree.fromstring(payload, careful)
    except (etree.XMLSyntaxError, ValueError) as strange:
        raise SourceError(f"the answer is no XML: {_beginning(payload)} ({in_short(strange)})") from None
    if element.tag != root:
        raise SourceError(f"the document is <{in_short(element.tag)}>, not <{root}>")
    if element.getroottree().docinfo.doctype:
        raise SourceError("the document declares a DOCTYPE, which no bank needs: entities are not read")
    return element


def json_of(payload: bytes) -> Any:
    """Parse a JSON document; numbers become Decimals of the printed digits.

    An implausible number, such as NaN or 1e999999999, is returned as text, so that it affects only its own row.
    """
    try:
        return json.loads(
            payload, parse_float=_digits, parse_int=_digits, parse_constant=str, object_pairs_hook=_once_each
        )
    except (ValueError, ArithmeticError, RecursionError) as strange:
        raise SourceError(f"the answer is no JSON: {_beginning(payload)} ({in_short(strange)})") from None


def text_of(element: etree._Element, name: str) -> str:
    """Return the text of the only child of this name, or of the attribute `@name`."""
    texts = [element.get(name[1:])] if name.startswith("@") else [child.text for child in element.findall(name)]
    if len(texts) != 1 or texts[0] is None or not texts[0].strip():
        raise SourceError(f"<{element.tag!s}> has {'no' if len(texts) < 2 else 'more than one'} {name}")
    return texts[0].strip()


def day_of(text: object, layout: str = "%d.%m.%Y") -> str:
    """Convert a printed day to YYYY-MM-DD."""
    try:
        moment = midnight(text if isinstance(text, str) else "", layout)
    except ValueError:
        raise SourceError(f"{quoted(text)} is not a day as it is always printed") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise SourceError(f"{quoted(text)} is not a day from {FIRST_YEAR} to {LAST_YEAR}")
    return f"{moment:%Y-%m-%d}"


def number(text: object, mark: str = ".") -> Decimal:
    """Parse printed digits with the decimal mark that the source always uses; nothing is guessed.

    Thousands separators, another mark, signs, "N/A" and an empty field are errors.
    """
    some = rf"\d{{1,{MOST_DIGITS}}}"
    if not isinstance(text, str) or not re.fullmatch(rf"{some}({re.escape(mark)}{some})?(E-?0?\d)?", text, re.ASCII):
        raise SourceError(f"{quoted(text)} is not a number with a decimal {'comma' if mark == ',' else 'point'}")
    return Decimal(text.replace(mark, "."))


def signed(text: object, mark: str = ".") -> Decimal:
    """Parse a change, which may have a sign."""
    if isinstance(text, str) and text.startswith("-"):
        return -number(text[1:], mark)
    return number(text.removeprefix("+") if isinstance(text, str) else text, mark)


def positive(value: Decimal) -> Decimal:
    """Return a rate or a price, which must be above zero."""
    if not value > 0:
        raise SourceError(f"{value:f} is not a positive number")
    return value


def per_unit(value: Decimal, nominal: Decimal) -> Decimal:
    """Return the value of one unit from the value of several (nominal)."""
    if nominal <= 0:
        raise SourceError(f"a value for {nominal:f} units makes no sense")
    return value / nominal


def cross_rate(base: str, price: Decimal, unit: Decimal) -> Decimal:
    """Compute units for one of the base from the prices of both in a third currency: at most 12 digits."""
    if not (price > 0 and unit > 0):
        raise SourceError(f"a cross rate of {price} and {unit} makes no sense")
    units = price / unit
    decimals = DIGITS - 1 - units.adjusted()
    # normalize() may leave an exponent, such as 3.6E+4, which :f writes out.
    return Decimal(f"{round(units, min(decimals, DOLLAR_DECIMALS) if base == 'USD' else decimals).normalize():f}")


def figures(rows: Iterable[tuple[str, Row]], read: Callable[[Row], Decimal]) -> dict[str, list[Decimal | SourceError]]:
    """Read the figure of each row, by code. An unreadable row affects no other."""
    by_code: dict[str, list[Decimal | SourceError]] = {}
    for code, row in rows:
        try:
            figure: Decimal | SourceError = read(row)
        except SourceError as strange:
            figure = strange
        by_code.setdefault(code, []).append(figure)
    return by_code


def rates(
    source: str, observed_at: datetime, units: Mapping[tuple[str, str], Sequence[Decimal | SourceError]]
) -> tuple[list[Observation], list[Unreadable]]:
    """Return the rates of the wanted pairs, and the reasons for those that are missing or illegible.

    A rate that is printed twice is returned twice; validation/ sets it aside. units: of the quote for one base.
    Raises SourceError if no rate can be read.
    """
    observations: list[Observation] = []
    unreadable: list[Unreadable] = []
    for (base, quote), printed in units.items():
        reasons = [str(each) for each in printed if isinstance(each, SourceError)] or (
            [] if printed else ["it is not in the document"]
        )
        if reasons:
            unreadable.append(Unreadable(base=base, quote=quote, reason=reasons[0], observed_at=observed_at))
            continue
        observations += [
            Observation(source=source, base=base, quote=quote, observed_at=observed_at, rate=each)
            for each in printed
            if isinstance(each, Decimal)
        ]
    if not observations:
        complaints = by_reason((f"{each.base}/{each.quote}", each.reason) for each in unreadable)
        raise SourceError(f"the document has no rate that can be read: {complaints}")
    return observations, unreadable


def price_list(
    source: str,
    wanted: Collection[str],
    money: str,
    day: str,
    rows: Sequence[tuple[str, Row]],
    *,
    price: Callable[[Row], Decimal],
    step: Callable[[Row], Decimal] | None = None,
) -> Reading:
    """Build the Reading of a bank's price list: every pair with a base in the document and a wanted quote.

    The rate of a base in the bank's own money is its price; in any other currency it is its price divided by the
    price of that one. A base that the document does not list is no complaint, but for the dollar: lists were shorter
    once. rows: by ISO 4217 code. price, step: read those of one unit, in the bank's money.
    """
    if not rows:
        raise SourceError("the document has no rows, and its publisher does not document what that means")
    if len(rows) > MOST_ROWS:
        raise SourceError(f"the document has {len(rows):,} rows, and no price list has more than {MOST_ROWS:,}")
    printed = figures(rows, lambda row: positive(price(row)))
    dollar = printed.get("USD", [])
    if not dollar:
        raise SourceError("the document quotes no USD")
    for each in dollar:
        if isinstance(each, SourceError):
            raise SourceError(f"USD: {each}")
    priced: Figures = {money: [Decimal(1)], **printed}
    units = {
        (base, quote): list(priced[base]) if quote == money else _crossed(base, priced[base], priced.get(quote, []))
        for base, quote in PAIRS
        if quote in wanted and base in priced
    }
    observations, unreadable = rates(source, midnight(day), units)
    left_out = {money, *(each.quote for each in unreadable if each.base == "USD")}
    prices = {code: each for code, each in _once_printed(printed).items() if code not in left_out}
    steps = _once_printed(figures(rows, step)) if step else {}
    earlier = {code: prices[code] - steps[code] for code in prices if code in steps}
    return Reading(
        observations=observations,
        unreadable=unreadable,
        steps={code: each for code, each in steps.items() if money in wanted and (code, money) in PAIRS},
        money=money,
        prices=prices,
        earlier_prices={code: each for code, each in earlier.items() if each > 0},
    )


def crosses(units: Figures) -> dict[tuple[str, str], list[Decimal | SourceError]]:
    """Return the figures of every pair, from units of each currency per dollar: the dollar's own, the others crossed.

    A base that the document does not list is no complaint.
    """
    found: dict[tuple[str, str], list[Decimal | SourceError]] = {}
    missing = {base.code for base in BASES if base.code != "USD" and base.code not in units}
    for base, quote in PAIRS:
        if not {base, quote} & missing:
            printed = units.get(quote, [])
            found[base, quote] = list(printed) if base == "USD" else _crossed(base, printed, units[base])
    return found


def _crossed(
    base: str, prices: Sequence[Decimal | SourceError], units: Sequence[Decimal | SourceError]
) -> list[Decimal | SourceError]:
    """Compute units for one of the base for each printed price of a unit."""
    if len(prices) != 1:
        return [SourceError(f"the document quotes {base} {len(prices)} times")]
    [price] = prices

    def cross(unit: Decimal | SourceError) -> Decimal:
        if isinstance(price, SourceError):
            raise price
        if isinstance(unit, SourceError):
            raise unit
        return positive(cross_rate(base, price, unit))

    return figures((("", unit) for unit in units), cross).get("", [])


def _once_printed(printed: Figures) -> dict[str, Decimal]:
    """Return the legible figures of currencies printed once; of two figures, neither is known to be right."""
    return {
        code: each
        for code, (each, *more) in printed.items()
        if isinstance(each, Decimal) and not more and re.fullmatch("[A-Z]{3}", code)
    }


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise ValueError(f"{name[:MOST_DIGITS]!r} is in one object {times} times")
    return dict(pairs)


def _digits(text: str) -> Decimal | str:
    if len(text) > MOST_DIGITS or not -MOST_DIGITS < Decimal(text).adjusted() < MOST_DIGITS:
        return text if len(text) <= MOST_DIGITS else f"{text[:MOST_DIGITS]}..."
    return Decimal(text)


def _beginning(payload: bytes) -> str:
    words = " ".join(payload[:200].decode("utf-8", "replace").split())
    return f"it begins {quoted(words[:40])}" if words else "it is empty"
