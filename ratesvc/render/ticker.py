"""Output forms of the view `ticker`: JSON, lines of text, a page.

A `Look` selects the pairs, language, digits and units.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from pathlib import Path
from typing import Any, Literal

import jinja2
import orjson

from ratesvc.render.i18n import N_, Words, install

_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parents[1] / "web" / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
install(_pages)

SITE_DECIMALS = 5
LEAST_SIGNIFICANT = Decimal("0.01")
"""Smallest rate that has four significant digits with five decimals: 0.01000."""
AUTO_UNITS = (1, 100, 1_000)
"""The numbers of units that people know from the rate tables of banks."""
FONT_SIZE = 15
"""Of a ticker, in pixels."""
UNKNOWN = "—"
_NOT_IN_JSON = {"position", "in_ticker", "bank", "unconfirmed_bank"}
_SPOKEN = {
    "up": N_("up {number} percent"),
    "down": N_("down {number} percent"),
    "flat": N_("unchanged"),
    "unknown": N_("change unknown"),
    "no_rate": N_("no rate yet"),
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Display options of the ticker.

    pairs: the pairs, in this order; empty for all. digits: five decimals as on the site, or six significant digits.
    per: number of units that a rate is for; None for the fewest of AUTO_UNITS with four significant digits. plus: rises
    have a plus sign. labels: what is shown in the place of a pair, by the pair or by the code of its currency.
    language: of numbers, dates and words; None for the plain form of `/ticker.txt`. unconfirmed: for a newer
    unconfirmed figure, `hide` keeps the last confirmed rate and mentions the figure beside it; `show` replaces the rate
    with the figure, marked as not confirmed. change: in percent, in units of the quote with the decimals of the
    rate or, where they would hide it, two significant digits; or both.
    """

    pairs: tuple[str, ...] = ()
    digits: Literal["site", "precise"] = "site"
    per: int | None = 1
    plus: bool = False
    language: str | None = None
    unconfirmed: Literal["hide", "show"] = "hide"
    change: Literal["percent", "absolute", "both"] = "percent"
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> Words:
        """Texts in its language; English if it has none."""
        return Words(self.language or "en")


PLAIN = Look()


def dress(rows: Sequence[Row], look: Look) -> list[Row]:
    """Select rows and format their `rate`, `change` and `text` for a look.

    Each row also gets `per`, the number of units that its rate is for; `name`, the currency's name; `direction`: up,
    down, flat, unknown or no_rate; `status`, a caveat about the rate; `mark`, that a figure is not confirmed;
    `label`, both, displayed beside the change; `spoken`, the screen reader's text for the change and the mark;
    `sourced`, the publisher and the day; `units`, the printed digits, rounded for reading; and where the look has a
    label for it, `pair_label`.
    """
    by_pair = {row["pair"]: row for row in rows}
    selection = [by_pair[pair] for pair in look.pairs if pair in by_pair] if look.pairs else rows
    return [_dress(row, look) for row in selection]


def as_json(rows: Sequence[Row], version: str, published_at: datetime, **more: Any) -> bytes:
    """Write `/ticker.json`: the version and the rows of the view. Times end in Z, dates are ISO 8601."""
    document = {
        "version": version,
        "published_at": published_at,
        **more,
        "rows": [{name: row[name] for name in row if name not in _NOT_IN_JSON} for row in rows],
    }
    return orjson.dumps(document, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def as_text(rows: Sequence[Row]) -> bytes:
    """Write `/ticker.txt`: one line per pair, such as `KGS/USD = 0.01144 0%`."""
    return "".join(f"{row['text']}\n" for row in rows).encode()


def as_page(rows: Sequence[Row], look: Look = PLAIN, *, fontsize: int = FONT_SIZE, sources: str = "line") -> bytes:
    """Write `/ticker.html`: a complete page that scrolls the rows without JavaScript, for an iframe.

    fontsize: in pixels. sources: as a `line` behind the rows, or behind a button (`info`).
    """
    page, dressed = _pages.get_template("ticker.html"), dress(rows, look)
    return page.render(
        rows=dressed,
        words=look.words,
        credit=credit(dressed, look.words),
        fontsize=fontsize,
        height=height_of(fontsize),
        sources=sources,
    ).encode()


def height_of(fontsize: int) -> int:
    """Return the height of a ticker, in pixels; at least 44, so that a thumb meets its buttons."""
    return max(44, round(1.6 * fontsize) + 20)


def units_shown(row: Row, look: Look) -> int:
    """Return the number of units that a row's rate is for: a power of ten."""
    if look.per is not None or row["printed"] is None:
        return look.per or 1
    if look.digits == "precise":
        return 1  # Six significant digits are more than four.
    enough = (units for units in AUTO_UNITS if Decimal(_rate(row, units, "site")) >= LEAST_SIGNIFICANT)
    return next(enough, AUTO_UNITS[-1])


def credit(rows: Sequence[Row], words: Words) -> str:
    """Who says so: some banks ask to be named wherever their rates are shown."""
    return " · ".join(banks(rows, words))


def banks(rows: Sequence[Row], words: Words) -> list[str]:
    """Return the publishers of rows, each once."""
    return list(dict.fromkeys(_bank(row, words) for row in rows if row["source"]))


def _dress(row: Row, look: Look) -> Row:
    words, code = look.words, row["base"]
    waiting = _in_its_place(row) if row.get("unconfirmed") else None  # Old publications do not have it.
    shows_it = bool(waiting) and look.unconfirmed == "show"
    if waiting and shows_it:
        row = waiting
    units = units_shown(row, look)
    rate, change, spoken = _figures(row, units, look)
    per = (
        words.gettext("{rate} per {count} {code}", rate=rate, count=words.number(str(units)), code=code)
        if units > 1
        else rate
    )
    labels = dict(look.labels)
    own_label = labels.get(row["pair"]) or labels.get(subject(row))
    text = f"{own_label or row['pair']} = {per} {change}"
    status, mark = _status(row, words), None
    if waiting:
        mark = words.gettext("not confirmed")
        what_it_is = mark
        if not shows_it:
            its_rate, its_change, its_spoken = _figures(waiting, units, look)
            row = {**row, "unconfirmed_rate": its_rate, "unconfirmed_change": its_change}
            mark, what_it_is = f"{mark}: {its_rate} {its_change}", f"{mark}: {its_rate}, {its_spoken}"
        text = f"{text} ({mark})"
        # The minus sign in the mark is not read aloud, so the label is not.
        spoken = "; ".join(filter(None, (spoken, status, what_it_is)))
    return {
        **row,
        **({"pair_label": own_label} if own_label else {}),
        "rate": rate,
        "change": change,
        "text": text,
        "per": units,
        "rate_per": per,
        "name": words.currency(subject(row)),
        "direction": _direction(row),
        "status": status,
        "mark": mark,
        "label": ", ".join(filter(None, (status, mark))) or None,
        "spoken": spoken,
        "sourced": _sourced(row, words),
        "units": units_written(row["printed"], words),
    }


def _in_its_place(row: Row) -> Row:
    """Replace the confirmed rate of a row with its unconfirmed figure."""
    source, day = row["unconfirmed_source"], row["unconfirmed_on"]
    same = source == row["source"]
    return {
        **row,
        **{
            name: row[f"unconfirmed_{name}"]
            for name in ("rate", "rate_precise", "value", "printed", "change_pct", "source", "ahead")
        },
        "bank": row.get("unconfirmed_bank"),
        "previous_printed": row.get("unconfirmed_previous_printed"),
        "change": row["unconfirmed_change"] or UNKNOWN,
        "observed_on": day,
        # The change is since the previous publication: the confirmed one, if that is older and of the same source.
        "previous_on": row["observed_on"] if same and str(day) > str(row["observed_on"]) else None,
        "kind": row["kind"] if same else "official",
        "fallback": row["fallback"] and same,
        "pegged": False,
    }


def _figures(row: Row, units: int, look: Look) -> tuple[str, str, str]:
    """Format the rate of a row for a number of units, its change, and the change in words."""
    words, rate, change, direction = look.words, row["rate"], row["change"], _direction(row)
    if row["printed"] is not None:
        rate = _rate(row, units, look.digits)
    plain = rate
    if units > 1 and not row["inverted"]:
        rate = re.sub(r"\.0+$", "", rate)
    digits = change.removesuffix("%").removeprefix("-") if direction in ("up", "down") else "0"
    spoken = words.gettext(_SPOKEN[direction], number=words.number(digits))
    if look.language:
        rate = words.number(rate) if row["printed"] is not None else rate
        change = words.percent(change.removesuffix("%")) if change != UNKNOWN else change
    if look.change != "percent" and row.get("previous_printed"):  # Not in old publications.
        step = _step(row, units, plain)
        step = words.number(step) if look.language else step
        change = step if look.change == "absolute" else f"{step} ({change})"
    if look.plus and direction == "up":
        change = f"+{change}"
    return rate, change, spoken


def _step(row: Row, units: int, rate: str) -> str:
    """Compute the change in units of the quote, with as many decimals as the rate beside it; 0 for none.

    A change that these decimals would hide has two significant digits.
    """
    with localcontext() as exact:
        exact.prec = 60
        latest, previous = (
            units / Decimal(digits) if row["inverted"] else units * Decimal(digits)
            for digits in (row["printed"], row["previous_printed"])
        )
        moved = latest - previous
        step = moved.quantize(Decimal(1).scaleb(-len(rate.partition(".")[2])), ROUND_HALF_EVEN)
    return f"{step or Context(prec=2).plus(moved):f}" if moved else "0"


def _direction(row: Row) -> str:
    if row["change_pct"] is None:
        return "unknown" if row["printed"] else "no_rate"
    if row["change"] == "0%":
        return "flat"
    return "up" if row["change_pct"] > 0 else "down"


def _status(row: Row, words: Words) -> str | None:
    """Return a short caveat about the rate, or None."""
    if row["observed_on"] is None:
        return None
    if row["pegged"]:
        return words.gettext("pegged")
    caveats = [words.label("kind", row["kind"])] if row.get("fallback") else []  # Not in old publications.
    if row["stale"]:
        caveats.append(words.gettext("as of {day}", day=words.day(day_of(row))))
    elif row.get("ahead"):
        caveats.append(words.gettext("for {day}", day=words.tick(day_of(row), "MMMd")))
    return ", ".join(caveats) or None


def _bank(row: Row, words: Words) -> str:
    return words.bank(row.get("bank") or row["source"])


def _sourced(row: Row, words: Words) -> str | None:
    if row["observed_on"] is None:
        return None
    return words.gettext("{bank}, {day}", bank=_bank(row, words), day=words.day(day_of(row)))


def subject(row: Row) -> str:
    """Return the currency that a row is about, and not what it is priced in: KZT in KZT/USD and in USD/KZT."""
    return str(row["base"] if row["inverted"] else row["quote"])


def units_written(printed: str | None, words: Words) -> str | None:
    """Format printed digits: two decimals from 100 on, four from 0.1 on if they have them, below it one or two more."""
    if printed is None:
        return None
    units = Decimal(printed)
    places = 2 if units >= 100 else 4 if units >= Decimal("0.1") else 5 if units >= Decimal("0.01") else 6
    whole, _, decimals = f"{units.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):f}".partition(".")
    return words.number(f"{whole}.{decimals.removesuffix('00') or '00'}")


def day_of(row: Row) -> date:
    """Return the day of a row's rate, which is text in published documents."""
    day = row["observed_on"]
    return day if isinstance(day, date) else date.fromisoformat(day)


def _rate(row: Row, units: int, digits: str) -> str:
    """Compute the rate of a number of units from the printed digits: no exponent, rounded half to even."""
    if digits == "precise":
        # The same digits, the point further right.
        return f"{Decimal(row['rate_precise']).scaleb(len(str(units)) - 1):f}"
    if units == 1:
        return str(row["rate"])
    with localcontext() as exact:
        exact.prec = 60
        printed = Decimal(row["printed"])
        rate = units / printed if row["inverted"] else units * printed
        decimals = (
            SITE_DECIMALS if row["inverted"] else max(0, len(row["rate"].partition(".")[2]) - len(str(units)) + 1)
        )
        return f"{rate.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN):f}"
