"""Currency converter at the rates of a day, a section of two pages."""

import re
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from flask import Response, request
from pydantic import Field

from ratesvc.core.currencies import BASE_CODES, CODES
from ratesvc.render.ticker import units_written
from ratesvc.web.http.params import Amount, Params, PastDay, Side
from ratesvc.web.pages.page import Page

ENTRY = "amount_text"
"""Form field of the amount as typed, with the separators of the page's language."""
MAX_ENTRY_LENGTH = 40
"""An invalid amount is shown again up to this many characters."""
_PLAIN = re.compile(r"\d{1,15}(\.\d{1,8})?", re.ASCII)


class ConverterParams(Params):
    """Parameters of the converter. In a URL the amount is a plain number with a decimal point."""

    amount: Amount = Decimal(100)
    have: Side | None = Field(None, validation_alias="of")
    want: Side | None = Field(None, validation_alias="in")
    on: PastDay | None = None


def respond(page: Page, compose: Callable[[], str]) -> Response:
    """Respond with the page, or redirect a submitted form to the URL with its amount as a plain number."""
    entry = request.args.get(ENTRY)
    if entry is None:
        return page.answer(compose())
    amount = _parsed_entry(page, entry)
    if amount is None:
        answer = Response(compose())
    else:
        answer = Response(status=303, headers={"Location": page.link(None, amount=amount) + "#converter"})
    answer.cache_control.no_store = True
    return answer


def converter(page: Page, params: ConverterParams, code: str) -> dict[str, Any]:
    """Build the template data of the converter; `answer` is None if a currency has no rate for the day.

    `mistake` is the error text for an invalid amount in the form; then there is no answer.
    """
    amount, day = params.amount, params.on
    have, want = params.have or page.params.base, params.want or code
    entry = request.args.get(ENTRY)
    invalid = entry is not None and _parsed_entry(page, entry) is None
    rows = [] if invalid else page.reader.rows("FROM conversion(?, ?, ?, ?)", [float(amount), have, want, day])
    answer = rows[0] if rows else None
    rate = answer and _rate(page, answer)
    return {
        "entry": entry[:MAX_ENTRY_LENGTH] if entry and invalid else "" if invalid else page.words.number(f"{amount:f}"),
        "mistake": _error_text(page) if invalid else "",
        "have": have,
        "want": want,
        "on": day,
        "codes": (*BASE_CODES, *CODES),
        "answer": answer and {
            **answer,
            "amount": page.words.number(f"{amount:f}"),
            "converted": rate if amount == 1 else page.words.number(format_amount(answer["converted"])),
            "rate": rate,
            "banks": [
                (answer[side], page.reader.bank(source, answer[side]), answer[f"{side}_on"])
                for side in ("base", "quote")
                if (source := answer[f"{side}_source"])
            ],
        },
        "other_way": page.link(None, of=want, **{"in": have}) + "#converter",
    }  # fmt: skip


def format_amount(number: float) -> str:
    """Write a number with two decimals from 100 on, else with six significant digits; no exponent."""
    exact = Decimal(repr(number))
    if exact and abs(exact) < 100:
        # Round first: 9.999999 becomes 10.0000, with its first digit one place further left.
        return f"{exact.quantize(Decimal(1).scaleb(Context(prec=6).plus(exact).adjusted() - 5)):f}"
    return f"{exact.quantize(Decimal('0.01')):f}"


def _rate(page: Page, answer: dict[str, Any]) -> str | None:
    """Write what one unit is converted to; in the direction that is printed, as the heading of the pair's page."""
    if answer["base_source"] is None:
        return units_written(f"{answer['quote_rate']:f}", page.words)
    return page.words.number(format_amount(answer["rate"]))


def _error_text(page: Page) -> str:
    return page.words.gettext("This amount cannot be read. Example: {example}", example=page.words.number("1000.50"))


def _parsed_entry(page: Page, entry: str) -> str | None:
    """The typed amount as a plain number; None if it is invalid or too long."""
    try:
        plain = f"{page.words.parse(entry):f}"
    except ValueError:
        return None
    return plain if _PLAIN.fullmatch(plain) else None
