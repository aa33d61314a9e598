"""An amount in another currency at the rates of a day: a part of two pages."""

import re
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from flask import Response, request
from pydantic import AliasChoices, Field

from ratesvc.web.http.params import CODES, Amount, Params, PastDay, Side
from ratesvc.web.pages.page import Page

ENTRY = "amount_text"
"""The parameter of the form alone: the amount as it was typed, with the marks of the page's language."""
LONGEST_ENTRY = 40
"""So many letters of an amount that cannot be read are shown again."""
_PLAIN = re.compile(r"\d{1,15}(\.\d{1,8})?", re.ASCII)


class ConverterParams(Params):
    """Parameters of the converter. In an address the amount is a plain number with a decimal point."""

    amount: Amount = Decimal(100)
    have: Side = Field("USD", validation_alias=AliasChoices("of", "base"))
    want: Side | None = Field(None, validation_alias=AliasChoices("in", "quote"))
    on: PastDay | None = None


def answered(page: Page, compose: Callable[[], str]) -> Response:
    """The page that `compose` makes; where its form was sent, the way to the address of what was entered."""
    entry = request.args.get(ENTRY)
    if entry is None:
        return page.answer(compose())
    amount = _entered(page, entry)
    if amount is None:
        answer = Response(compose())
    else:
        answer = Response(status=303, headers={"Location": page.link(None, amount=amount) + "#converter"})
    answer.cache_control.no_store = True
    return answer


def converter(page: Page, params: ConverterParams, code: str) -> dict[str, Any]:
    """What was asked, and the answer: None where a currency has no rate for the day.

    `mistake` says of an amount in the form that it cannot be read; then there is no answer.
    """
    amount, have, want, day = params.amount, params.have, params.want or code, params.on
    entry = request.args.get(ENTRY)
    wrong = entry is not None and _entered(page, entry) is None
    found = [] if wrong else page.reader.rows("FROM conversion(?, ?, ?, ?)", [float(amount), have, want, day])
    answer = found[0] if found else None
    return {
        "entry": entry[:LONGEST_ENTRY] if entry and wrong else "" if wrong else page.words.number(f"{amount:f}"),
        "mistake": _mistake(page) if wrong else "",
        "have": have,
        "want": want,
        "on": day,
        "codes": ("USD", *CODES),
        "answer": answer and {
            **answer,
            "amount": page.words.number(f"{amount:f}"),
            "converted": page.words.number(shown(answer["converted"])),
            "rate": page.words.number(shown(answer["rate"])),
            "banks": [
                (answer[f"{side}_currency"], page.reader.bank(source, answer[f"{side}_currency"]), answer[f"{side}_on"])
                for side in ("from", "to")
                if (source := answer[f"{side}_source"])
            ],
        },
        "other_way": page.link(None, of=want, **{"in": have}) + "#converter",
    }  # fmt: skip


def shown(number: float) -> str:
    """Two decimals from a hundred on, six significant digits below; no exponent."""
    exact = Decimal(repr(number))
    if exact and abs(exact) < 100:
        # Rounded first: 9.999999 has its first digit a place further left then.
        return f"{exact.quantize(Decimal(1).scaleb(Context(prec=6).plus(exact).adjusted() - 5)):f}"
    return f"{exact.quantize(Decimal('0.01')):f}"


def _mistake(page: Page) -> str:
    return page.words.gettext("This amount cannot be read. Example: {example}", example=page.words.number("1000.50"))


def _entered(page: Page, entry: str) -> str | None:
    """What was typed as a plain number; None where it is none, or too long."""
    try:
        plain = f"{page.words.parse(entry):f}"
    except ValueError:
        return None
    return plain if _PLAIN.fullmatch(plain) else None
