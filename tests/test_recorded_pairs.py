"""Every figure of the dollar, the euro, the rouble and the yuan in the recorded documents is read digit for digit.

The tables were copied from the documents by hand: the digits of the figure and the units of the base that it is for.
"""

from decimal import Decimal, localcontext

import pytest

from ratesvc.sources import named
from ratesvc.store.database import Store

from .evenings import Document, enter
from .test_sources import RECORDED_FOLDER, where_recorded

PRINTED = {
    "cbt/2026-05-20.xml": {
        "USD/TMT": ("3.5", 1),
        "EUR/TMT": ("4.0649", 1),
        "RUB/TMT": ("4.9088", 100),
        "CNY/TMT": ("0.5142", 1),
    },
    "cbu/all-2026-04-01.json": {
        "USD/UZS": ("12194.21", 1),
        "EUR/UZS": ("13984.32", 1),
        "RUB/UZS": ("149.97", 1),
        "CNY/UZS": ("1765.33", 1),
    },
    "cbu/all-2026-04-02.json": {
        "USD/UZS": ("12142.10", 1),
        "EUR/UZS": ("14079.98", 1),
        "RUB/UZS": ("150.53", 1),
        "CNY/UZS": ("1766.20", 1),
    },
    "nbk/2026-04-01.xml": {
        "USD/KZT": ("478.77", 1),
        "EUR/KZT": ("548.62", 1),
        "RUB/KZT": ("5.87", 1),
        "CNY/KZT": ("69.31", 1),
    },
    "nbkr/daily-2026-05-23.xml": {
        "USD/KGS": ("87.4500", 1),
        "EUR/KGS": ("101.5076", 1),
        "RUB/KGS": ("1.2263", 1),
        "CNY/KGS": ("12.8707", 1),
    },
    "nbt/2026-05-18.xml": {
        "USD/TJS": ("9.3450", 1),
        "EUR/TJS": ("10.8757", 1),
        "RUB/TJS": ("0.1277", 1),
        "CNY/TJS": ("1.3724", 1),
    },
    "cbr/daily-2026-04-25.xml": {
        "USD/RUB": ("75.5273", 1),
        "EUR/RUB": ("88.2826", 1),
        "CNY/RUB": ("11.0270", 1),
    },
    "currency_api/usd-2025.12.30.json": {
        "USD/KGS": ("87.45077912", 1),
        "USD/KZT": ("501.56610476", 1),
        "USD/TJS": ("9.20181755", 1),
        "USD/UZS": ("12012.17458455", 1),
        "USD/TMT": ("3.49867226", 1),
        "USD/EUR": ("0.84923459", 1),
        "USD/RUB": ("78.50326077", 1),
        "USD/CNY": ("7.00268762", 1),
    },
}
MANAT_IN_SUMS = {"cbu/all-2026-04-01.json": Decimal("4037.68"), "cbu/all-2026-04-02.json": Decimal("3469.17")}
ROUBLES_FOR = {
    "KGS": Decimal("0.864125"),
    "KZT": Decimal("0.163172"),
    "TJS": Decimal("8.00866"),
    "UZS": Decimal("0.00628322"),
    "TMT": Decimal("21.5792"),
}
"""Of cbr/daily-2026-04-25.xml, each divided by its nominal: 100, 100, 10, 10,000 and 1."""


def crossed(of_base: Decimal, of_quote: Decimal, base: str) -> Decimal:
    """To 12 significant digits; of the dollar to 8 decimals at most, as it has always been stored."""
    with localcontext(prec=12):
        quotient = of_base / of_quote
    return round(quotient, 8) if base == "USD" else quotient


def expected(file: str) -> dict[str, Decimal]:
    printed = {pair: Decimal(digits) / units for pair, (digits, units) in PRINTED[file].items()}
    crosses = {}
    if manat := MANAT_IN_SUMS.get(file):
        for pair, sums in printed.items():
            base, _ = pair.split("/")
            crosses[f"{base}/TMT"] = crossed(sums, manat, base)
    elif file.startswith("cbr/"):
        roubles = {"RUB": Decimal(1), **{pair[:3]: price for pair, price in printed.items()}}
        for base, of_base in roubles.items():
            for quote, of_quote in ROUBLES_FOR.items():
                crosses[f"{base}/{quote}"] = crossed(of_base, of_quote, base)
    elif file.startswith("currency_api/"):
        for base in ("EUR", "RUB", "CNY"):
            for quote in (*ROUBLES_FOR, "RUB"):
                if quote != base:
                    crosses[f"{base}/{quote}"] = crossed(printed[f"USD/{quote}"], printed[f"USD/{base}"], base)
    return printed | crosses


@where_recorded
@pytest.mark.parametrize("file", PRINTED)
def test_every_figure_of_four_bases_is_read_to_the_last_digit(file: str) -> None:
    source = named(file.partition("/")[0])
    read = source.parse((RECORDED_FOLDER / file).read_bytes())
    assert {each.pair: each.rate for each in read.observations} == expected(file)
    assert read.unreadable == []


@where_recorded
@pytest.mark.parametrize("file", PRINTED)
def test_every_figure_of_four_bases_is_stored_to_the_last_digit(file: str, store: Store) -> None:
    name, content = file.partition("/")[0], (RECORDED_FOLDER / file).read_bytes()
    [day] = {each.observed_at for each in named(name).parse(content).observations}
    enter(store, Document(source=name, at=day, content=content))
    stored = store.query(
        """
        SELECT base || '/' || quote, rate, is_computed(base, quote, kind, money)
        FROM (FROM observations SELECT source, base, quote, rate UNION ALL
              FROM waiting SELECT source, base, quote, rate::DECIMAL(22, 13))
        JOIN sources USING (source)
        """
    )
    assert {pair: rate for pair, rate, _ in stored} == expected(file)
    assert {pair for pair, _, computed in stored if not computed} == {*PRINTED[file]}


@where_recorded
def test_the_weekly_file_of_the_kyrgyz_bank_has_none_of_the_bases() -> None:
    weekly = (RECORDED_FOLDER / "nbkr" / "weekly-2026-05-23.xml").read_bytes()
    assert not [base for base in (b"USD", b"EUR", b"RUB", b"CNY") if b'ISOCode="%s"' % base in weekly]
