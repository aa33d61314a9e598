"""Documents in the formats of the publishers, with any figures: what a source would print on a day."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

Prices = Mapping[str, Decimal]
"""What one unit of each currency costs in the money of the document; for the market feed, units per dollar."""


def printed(source: str, day: date, prices: Prices, before: Prices | None = None) -> bytes:
    """The document of a source for a day. before: the prices of the publication before; None: no steps are printed."""
    return _FORMATS[source](day, prices, before)


def _nbk(day: date, prices: Prices, before: Prices | None) -> bytes:
    items = "".join(
        f"<item><fullname>{code}</fullname><title>{code}</title><description>{price:f}</description>"
        f"<quant>1</quant><index></index><change>{_step(code, price, before)}</change></item>"
        for code, price in prices.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rates><title>x</title><description>y</description>'
        f"<date>{day:%d.%m.%Y}</date>{items}</rates>"
    ).encode()


def _nbkr(day: date, prices: Prices, _before: Prices | None) -> bytes:
    rows = "".join(
        f'<Currency ISOCode="{code}"><Nominal>1</Nominal><Value>{_comma(price)}</Value></Currency>'
        for code, price in prices.items()
    )
    head = f'<?xml version="1.0" encoding="windows-1251"?><CurrencyRates Name="Daily" Date="{day:%d.%m.%Y}">'
    return f"{head}{rows}</CurrencyRates>".encode("cp1251")


def _nbt(day: date, prices: Prices, _before: Prices | None) -> bytes:
    rows = "".join(
        f'<Valute ID="1"><CharCode>{code}</CharCode><Nominal>1</Nominal><Name>x</Name><Value>{price:f}</Value></Valute>'
        for code, price in prices.items()
    )
    return f'<?xml version="1.0" encoding="utf-8"?><ValCurs Date="{day}" name="x">{rows}</ValCurs>'.encode()


def _cbu(day: date, prices: Prices, before: Prices | None) -> bytes:
    rows = [
        {
            "id": 1,
            "Code": "000",
            "Ccy": code,
            "Nominal": "1",
            "Rate": f"{price:f}",
            "Diff": _step(code, price, before),
            "Date": f"{day:%d.%m.%Y}",
        }
        for code, price in prices.items()
    ]
    return json.dumps(rows).encode()


def _cbr(day: date, prices: Prices, _before: Prices | None) -> bytes:
    rows = "".join(
        f'<Valute ID="R"><NumCode>000</NumCode><CharCode>{code}</CharCode><Nominal>1</Nominal><Name>x</Name>'
        f"<Value>{_comma(price)}</Value><VunitRate>{_comma(price)}</VunitRate></Valute>"
        for code, price in prices.items()
    )
    head = (
        f'<?xml version="1.0" encoding="windows-1251"?><ValCurs Date="{day:%d.%m.%Y}" name="Foreign Currency Market">'
    )
    return f"{head}{rows}</ValCurs>".encode("cp1251")


def _market(day: date, units: Prices, _before: Prices | None) -> bytes:
    quotes = ", ".join(f'"{code.lower()}": {each:f}' for code, each in units.items())
    return f'{{"date": "{day}", "usd": {{{quotes}}}}}'.encode()


def _step(code: str, price: Decimal, before: Prices | None) -> str:
    return f"{price - before[code]:+f}" if before and code in before else ""


def _comma(price: Decimal) -> str:
    return f"{price:f}".replace(".", ",")


_FORMATS = {"nbk": _nbk, "nbkr": _nbkr, "nbt": _nbt, "cbu": _cbu, "cbr": _cbr, "currency_api": _market}
