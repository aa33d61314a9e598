"""An amount in another currency at the rates of a day: a part of two pages."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

from ratesvc.web.asked import PAIRS, Refused
from ratesvc.web.page import Page

CONVERTER = ("amount", "of", "in", "on")
"""The parameters of the converter."""
CODES = ("USD", *PAIRS)


def converter(page: Page, code: str) -> dict[str, Any]:
    """What was asked, and the answer: None where a currency has no rate for the day. Raises Refused."""
    amount = _amount(page.asked.text("amount"))
    have, want = page.asked.word("of", CODES, "USD"), page.asked.word("in", CODES, code)
    today = datetime.now(UTC).date()
    day = page.asked.day("on")
    if day and day > today + timedelta(days=1):
        raise Refused(422, "on is in the future: what will be known then is not known now", "on")
    found = page.reader.rows("FROM conversion(?, ?, ?, ?)", [float(amount), have, want, day])
    answer = found[0] if found else None
    return {
        "amount": f"{amount:f}",
        "have": have,
        "want": want,
        "on": day,
        "codes": CODES,
        "answer": answer and {
            **answer,
            "amount": page.words.number(f"{amount:f}"),
            "converted": page.words.number(shown(answer["converted"])),
            "rate": page.words.number(shown(answer["rate"])),
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


def _amount(text: str | None) -> Decimal:
    if text is None:
        return Decimal(100)
    if not re.fullmatch(r"\d{1,15}([.,]\d{1,8})?", text, re.ASCII):
        raise Refused(
            422, "amount is a number of at most 15 digits before and 8 after the point, such as 2500.50", "amount"
        )
    return Decimal(text.replace(",", "."))
