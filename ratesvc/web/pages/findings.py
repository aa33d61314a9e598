"""What the rates say today, as a headline, as a quiet line and as the title of a year's chart.

Changes are a currency's own: a gain means that it buys more of the base. They are written as in the tables.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from ratesvc.core.currencies import DOLLAR
from ratesvc.render.i18n import MINUS, N_, Words
from ratesvc.web.charts.server_svg import Drawing, Line, draw
from ratesvc.web.pages.page import Page

STILL = 0.1
"""A week's change below this, in percent, is none that a headline would name."""
AT_AN_END = 1
"""A rate this close to an end of its year, in percent of the range, is the strongest or the weakest of the year."""
NARROW = 1.5
"""A year in which the highest rate is at most this far above the lowest, in percent."""
LEAST_SPAN = 0.05
"""A year's chart is at least 5 % of the rate high, so that small moves look small."""

_ALONE = {
    ("up", True): N_("{name} gains {percent} this week; the others barely move"),
    ("down", True): N_("{name} loses {percent} this week; the others barely move"),
    ("up", False): N_("{name} gained {percent} in the week to {day}; the others barely moved"),
    ("down", False): N_("{name} lost {percent} in the week to {day}; the others barely moved"),
}
_ONE = {
    ("up", True): N_("{name} gains {percent} this week"),
    ("down", True): N_("{name} loses {percent} this week"),
    ("up", False): N_("{name} gained {percent} in the week to {day}"),
    ("down", False): N_("{name} lost {percent} in the week to {day}"),
}
"""Where it is not known how the others moved."""
_TWO = {
    ("up", "up", True): N_("{name} gains {percent} this week, {other} {other_percent}"),
    ("down", "down", True): N_("{name} loses {percent} this week, {other} {other_percent}"),
    ("up", "down", True): N_("{name} gains {percent} this week, {other} loses {other_percent}"),
    ("down", "up", True): N_("{name} loses {percent} this week, {other} gains {other_percent}"),
    ("up", "up", False): N_("{name} gained {percent} in the week to {day}, {other} {other_percent}"),
    ("down", "down", False): N_("{name} lost {percent} in the week to {day}, {other} {other_percent}"),
    ("up", "down", False): N_("{name} gained {percent} in the week to {day}, {other} lost {other_percent}"),
    ("down", "up", False): N_("{name} lost {percent} in the week to {day}, {other} gained {other_percent}"),
}
_NONE = {
    True: N_("The five currencies barely move this week"),
    False: N_("The five currencies barely moved in the week to {day}"),
}
_AGAINST = {
    "EUR": N_("Against the euro, {headline}"),
    "RUB": N_("Against the rouble, {headline}"),
    "CNY": N_("Against the yuan, {headline}"),
}
"""Of the dollar nothing is said: it is the base unless another is chosen."""
_KINDS = {
    ("official",): N_("Official rates for {day}"),
    ("market",): N_("Market rates for {day}"),
    ("market", "official"): N_("Official and market rates, the latest for {day}"),
}
_YEAR = {
    "strongest": N_("{name}: strongest in a year"),
    "weakest": N_("{name}: weakest in a year"),
    "narrow": N_("{name}: held within {percent}"),
    "up": N_("{name}: up {percent} in a year"),
    "down": N_("{name}: down {percent} in a year"),
    "new": N_("{name}: since {day}"),
}


class Year(NamedTuple):
    """A currency's year: its finding, and its line with the last value at its end."""

    code: str
    pair: str
    title: str
    drawing: Drawing


def headline(cards: Sequence[dict[str, Any]], words: Words, base: str = DOLLAR.code) -> str | None:
    """Say which currency moved most in a week, and whether others moved; None without rates to compare.

    A figure under review comes first. A currency without a recent change is not said to be still.
    """
    floating = [card for card in cards if not card["pegged"]]
    for card in floating:
        if card["waiting"]:
            return str(card["waiting"]).rstrip(".")
    known = [card for card in floating if card["moves"]["week"]["change_pct"] is not None]
    fresh = any(not card["stale"] for card in known)
    newest: date | None = max((card["observed_on"] for card in known), default=None)
    recent = [card for card in known if (not card["stale"] if fresh else card["observed_on"] == newest)]
    if newest is None:
        return None
    day, complete = words.day(newest), len(recent) == len(floating)
    recent.sort(key=lambda card: -abs(card["moves"]["week"]["change_pct"]))
    moving = [card for card in recent if abs(card["moves"]["week"]["change_pct"]) >= STILL]
    if not moving:
        still = words.gettext(_NONE[fresh], day=day)
        return _against(base, still[0].lower() + still[1:], words) if complete else None
    card, move = moving[0], moving[0]["moves"]["week"]
    told = {"name": card["short"], "percent": _size(move), "day": day}
    phrase = _ONE[move["way"], fresh]
    if moving[1:]:
        its_move = moving[1]["moves"]["week"]
        told |= {"other": moving[1]["short"], "other_percent": _size(its_move)}
        phrase = _TWO[move["way"], its_move["way"], fresh]
    elif complete:
        phrase = _ALONE[move["way"], fresh]
    return _against(base, words.gettext(phrase, **told), words)


def _against(base: str, said: str, words: Words) -> str:
    """Name the base of a headline, unless that is the dollar."""
    if base == DOLLAR.code:
        return words.capital(said)
    return words.gettext(_AGAINST[base], headline=said)


def standing(cards: Sequence[dict[str, Any]], page: Page) -> str | None:
    """Say of which kind and day the rates are, in a line; None if there are none."""
    shown = [card for card in cards if card["observed_on"] and not card["pegged"]]
    if not shown:
        return None
    kinds = tuple(sorted({card["kind"] for card in shown}))
    newest: date = max(card["observed_on"] for card in shown)
    return page.words.gettext(_KINDS.get(kinds, _KINDS["market", "official"]), day=page.words.day(newest, long=True))


def year_of(card: dict[str, Any], words: Words) -> Year | None:
    """Draw a currency's year under its finding; None for a peg and without rates."""
    last = card["rate"] if card["inverted"] else card["units"]
    line = Line(card["pair"], card["colour"], 2, card["line"], last or "", card["kind"] == "official")
    drawing = draw([line], words, least_span=LEAST_SPAN)
    if card["pegged"] or drawing is None:
        return None
    return Year(card["code"], card["pair"], _finding(card, words), drawing)


def _finding(card: dict[str, Any], words: Words) -> str:
    year = card["moves"]["year"]
    told = {"name": card["short"], "percent": "", "day": words.day(card["line"][0][0])}
    if year["change_pct"] is None:
        kind = "new"
    elif card["apart"] is not None and float(card["apart"]) <= NARROW:
        kind, told["percent"] = "narrow", words.percent(card["apart"])
    elif card["place"] is not None and card["place"] >= 100 - AT_AN_END:
        kind = "weakest" if not card["inverted"] else "strongest"
    elif card["place"] is not None and card["place"] <= AT_AN_END:
        kind = "strongest" if not card["inverted"] else "weakest"
    else:
        kind, told["percent"] = ("up" if year["way"] == "up" else "down"), _size(year)
    return words.capital(words.gettext(_YEAR[kind], **told))


def _size(move: dict[str, Any]) -> str:
    """Return a change without its sign: the verb has it."""
    return str(move["shown"]).lstrip(f"-{MINUS}\N{LEFT-TO-RIGHT MARK}")
