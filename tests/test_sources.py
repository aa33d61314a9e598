"""Every source reads what its publisher prints, to the last digit, and nothing else.

The payloads beside this file are typed in the documented formats, with real figures. Recorded ones
are read where they are at hand; their figures stand here, copied by hand.
"""

import inspect
import re
import time
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ratesvc import sources
from ratesvc.core.currencies import BASES as ALL_BASES
from ratesvc.core.currencies import BY_CODE
from ratesvc.core.errors import SourceError
from ratesvc.core.observation import midnight
from ratesvc.core.publication_calendar import Rhythm
from ratesvc.core.reading import Reading, Unreadable
from ratesvc.sources import Source, load, named

PAYLOADS = Path(__file__).parent / "payloads"
RECORDED_FOLDER = Path(__file__).parents[2] / "shared" / "payloads"
where_recorded = pytest.mark.skipif(not RECORDED_FOLDER.exists(), reason="the recorded payloads are not at hand")

BASES = tuple(base.code for base in ALL_BASES)
Figures = list[tuple[str, str, str]]
"""Currency, day, digits."""


class Typed(NamedTuple):
    """A typed payload, what it says, and how its parts are printed. A part that its format lacks is empty."""

    file: str
    says: Figures
    root: bytes
    day: bytes
    day_otherwise: bytes
    dollar: bytes
    digits: bytes
    nominal: bytes


TYPED = {
    "cbr": Typed(
        "daily-2026-04-25.xml",
        [
            # Roubles for a dollar divided by roubles for a unit, with bc.
            ("KGS", "2026-04-25", "87.40321134"),
            ("KZT", "2026-04-25", "462.86924227"),
            ("TJS", "2026-04-25", "9.43070376"),
            ("UZS", "2026-04-25", "12020.4767619"),
            ("TMT", "2026-04-25", "3.50000463"),
        ],
        b"ValCurs",
        b"25.04.2026",
        b"2026-04-25",
        b"USD",
        b"75,5273",
        b"<Nominal>1<",
    ),
    "cbt": Typed(
        "2026-05-20.xml",
        [("TMT", "2026-05-20", "3.5")],
        b"cbt_currency_rate",
        b"20.05.2026",
        b"20/05/2026",
        b'"USD"',
        b"3.5",
        b"<multiplier>1<",
    ),
    "cbu": Typed(
        "all-2026-04-01.json",
        [("UZS", "2026-04-01", "12194.21"), ("TMT", "2026-04-01", "3.02010313")],
        b"",
        b"01.04.2026",
        b"2026-04-01",
        b'"USD"',
        b"12194.21",
        b'"Nominal":"1"',
    ),
    "currency_api": Typed(
        "usd-2025-12-30.json",
        [
            ("KGS", "2025-12-30", "87.45"),
            ("KZT", "2025-12-30", "472.31120455"),
            ("TJS", "2025-12-30", "9.345"),
            ("UZS", "2025-12-30", "12020.4768"),
            ("TMT", "2025-12-30", "3.50174832"),
        ],
        b"",
        b"2025-12-30",
        b"30.12.2025",
        b'"usd": {',
        b"12020.4768",
        b"",
    ),
    "nbk": Typed(
        "2026-04-01.xml",
        [("KZT", "2026-04-01", "478.77")],
        b"rates",
        b"01.04.2026",
        b"2026-04-01",
        b"USD",
        b"478.77",
        b"<quant>1<",
    ),
    "nbkr": Typed(
        "daily-2026-05-23.xml",
        [("KGS", "2026-05-23", "87.4500")],
        b"CurrencyRates",
        b"23.05.2026",
        b"2026-05-23",
        b'"USD"',
        b"87,4500",
        b"<Nominal>1<",
    ),
    "nbkr_archive": Typed(
        "usd-2005-06.html",
        [("KGS", "2005-06-25", "40.9614"), ("KGS", "2005-06-18", "41.0685")],
        b"",
        b"25.06.2005",
        b"2005-06-25",
        b"",
        b"40,9614",
        b"",
    ),
    "nbt": Typed(
        "2026-05-18.xml",
        [("TJS", "2026-05-18", "9.3450")],
        b"ValCurs",
        b"2026-05-18",
        b"18.05.2026",
        b"USD",
        b"9.3450",
        b"<Nominal>1<",
    ),
}
RECORDED: dict[str, tuple[str, Figures | str]] = {
    "cbr/daily-2026-04-25.xml": ("cbr", TYPED["cbr"].says),
    "cbr/dynamic-R01235-2026-03.xml": ("cbr", "series of one currency"),
    "cbr/dynamic-R01717-2026-03.xml": ("cbr", "series of one currency"),
    "cbt/2026-05-20.xml": ("cbt", [("TMT", "2026-05-20", "3.5")]),
    "cbu/all-2026-04-01.json": ("cbu", [("UZS", "2026-04-01", "12194.21"), ("TMT", "2026-04-01", "3.02010313")]),
    "cbu/all-2026-04-02.json": ("cbu", [("UZS", "2026-04-02", "12142.10"), ("TMT", "2026-04-02", "3.50000144")]),
    "currency_api/usd-2025.12.30.json": (
        "currency_api",
        [
            ("KGS", "2025-12-30", "87.45077912"),
            ("KZT", "2025-12-30", "501.56610476"),
            ("TJS", "2025-12-30", "9.20181755"),
            ("UZS", "2025-12-30", "12012.17458455"),
            ("TMT", "2025-12-30", "3.49867226"),
        ],
    ),
    "nbk/2026-04-01.xml": ("nbk", [("KZT", "2026-04-01", "478.77")]),
    "nbkr/archive-usd-2005-06.html": (
        "nbkr_archive",
        [
            ("KGS", "2005-06-25", "40.9614"),
            ("KGS", "2005-06-18", "41.0685"),
            ("KGS", "2005-06-11", "41.0511"),
            ("KGS", "2005-06-04", "40.9879"),
        ],
    ),
    "nbkr/daily-2026-05-23.xml": ("nbkr", [("KGS", "2026-05-23", "87.4500")]),
    "nbkr/weekly-2026-05-23.xml": ("nbkr", "no USD"),
    "nbt/2026-05-18.xml": ("nbt", [("TJS", "2026-05-18", "9.3450")]),
}
"""What each recorded file says: its figures, or a word of the complaint about it."""
COUNTED = {
    "cbr/daily-2026-04-25.xml": 54,
    "cbt/2026-05-20.xml": 48,
    "cbu/all-2026-04-01.json": 75,
    "currency_api/usd-2025.12.30.json": 16,
    "nbk/2026-04-01.xml": 39,
    "nbkr/daily-2026-05-23.xml": 5,
    "nbt/2026-05-18.xml": 36,
}
"""How many currencies each recorded document prices; of the market feed those that are read."""


def typed(name: str) -> bytes:
    return (PAYLOADS / name / TYPED[name].file).read_bytes()


def altered(payload: bytes, old: bytes, new: bytes, count: int = -1) -> bytes:
    assert old in payload
    return payload.replace(old, new, count)


def figures(reading: Reading) -> Figures:
    """The rates of the dollar in the currencies of Central Asia."""
    midnight_utc = "T00:00:00+00:00"
    assert all(each.observed_at.isoformat().endswith(midnight_utc) for each in reading.observations)
    return [
        (each.quote, each.observed_at.isoformat().removesuffix(midnight_utc), str(each.rate))
        for each in reading.observations
        if each.base == "USD" and each.quote not in BASES
    ]


def reasons(reading: Reading) -> dict[str, str]:
    """Why rates of the dollar in these currencies cannot be read."""
    return {each.quote: each.reason for each in reading.unreadable if each.base == "USD" and each.quote not in BASES}


def digits(prices: Mapping[str, Decimal]) -> dict[str, str]:
    return {code: str(price) for code, price in prices.items()}


def complaint(name: str, payload: bytes) -> str:
    """The one line with which a source refuses a document."""
    with pytest.raises((SourceError, ValueError)) as refused:
        named(name).parse(payload)
    [line] = str(refused.value).splitlines()
    return line


def complaint_about_figure(name: str, payload: bytes) -> str:
    """The same, or where the document has other figures, the one line with which the strange one is set aside."""
    try:
        found = named(name).parse(payload)
    except (SourceError, ValueError):
        return complaint(name, payload)
    assert name in ("currency_api", "nbkr_archive")
    assert [row for row in TYPED[name].says if row not in figures(found)] == [
        row for row in TYPED[name].says if row[2] == TYPED[name].digits.decode().replace(",", ".")
    ]
    [reason] = reasons(found).values()
    [line] = reason.splitlines()
    return line


@pytest.mark.parametrize("name", TYPED)
def test_the_printed_digits_arrive_unchanged_under_the_printed_day(name: str) -> None:
    found = named(name).parse(typed(name))
    assert figures(found) == TYPED[name].says
    # The archive's figures belong to the series of the bank's daily file.
    assert {each.source for each in found.observations} == {"nbkr" if name == "nbkr_archive" else name}
    assert {each.quote for each in found.observations} == set(named(name).CURRENCIES)
    assert found.unreadable == []


def test_every_source_has_a_typed_payload() -> None:
    assert set(TYPED) == set(load())


@pytest.mark.parametrize(
    ("name", "alterations"),
    [
        ("cbr", [(b"<Nominal>1<", b"<Nominal>10<"), (b"<Value>75,5273", b"<Value>755,2730")]),
        ("cbr", [(b"<Nominal>100<", b"<Nominal>1000<"), (b"<Value>16,3172", b"<Value>163,1720")]),
        ("cbt", [(b"<multiplier>1<", b"<multiplier>1000<"), (b"<rate_tmt>3.5<", b"<rate_tmt>3500<")]),
        ("cbu", [(b'"Nominal":"1"', b'"Nominal":"10"'), (b"12194.21", b"121942.10")]),
        ("nbk", [(b"<quant>1<", b"<quant>100<"), (b"478.77", b"47877")]),
        ("nbkr", [(b"<Nominal>1<", b"<Nominal>10<"), (b"87,4500", b"874,5000")]),
        ("nbt", [(b"<Nominal>1<", b"<Nominal>100<"), (b"9.3450", b"934.5000")]),
    ],
)
def test_a_value_for_many_dollars_is_divided(name: str, alterations: list[tuple[bytes, bytes]]) -> None:
    payload = typed(name)
    for old, new in alterations:
        payload = altered(payload, old, new, count=1)
    found = named(name).parse(payload)
    assert [Decimal(each) for *_, each in figures(found)] == [Decimal(digits) for *_, digits in TYPED[name].says]


def test_a_manat_for_ten_is_divided_too() -> None:
    payload = altered(typed("cbu"), b'"Nominal":"1","Rate":"4037.68"', b'"Nominal":"10","Rate":"40376.80"')
    assert figures(named("cbu").parse(payload)) == TYPED["cbu"].says


def test_a_document_known_to_mean_that_nothing_was_published_is_no_error() -> None:
    nothing = named("nbk").parse((PAYLOADS / "nbk" / "2026-04-05-nothing.xml").read_bytes())
    assert (nothing.observations, nothing.unreadable) == ((), ())


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("cbr", rb"<Valute .*</Valute>"),
        ("cbt", rb"<rate code.*</rate>"),
        ("cbu", rb"\{.*\}"),
        ("nbkr", rb"<Currency .*</Currency>"),
        ("nbkr_archive", rb"<!--date.*value-->"),
        ("nbt", rb"<Valute .*</Valute>"),
    ],
)
def test_a_document_without_its_rows_is_an_error_where_its_meaning_is_not_documented(name: str, rows: bytes) -> None:
    assert re.search("has no (rows|rates)", complaint(name, re.sub(rows, b"", typed(name), flags=re.DOTALL)))


def test_the_manat_of_the_uzbek_bank_is_what_it_prints_even_where_that_is_doubtful() -> None:
    next_day = (PAYLOADS / "cbu" / "all-2026-04-02.json").read_bytes()
    for payload, manat in ((typed("cbu"), "3.0201"), (next_day, "3.5000")):
        [found] = [
            each.rate for each in named("cbu").parse(payload).observations if each.base == "USD" and each.quote == "TMT"
        ]
        assert f"{found:.4f}" == manat


def test_a_manat_of_another_day_is_not_crossed_with_the_dollar() -> None:
    before, _, after = typed("cbu").rpartition(b"01.04.2026")
    found = named("cbu").parse(before + b"31.03.2026" + after)
    assert figures(found) == [("UZS", "2026-04-01", "12194.21")]
    assert reasons(found) == {"TMT": "it is for 2026-03-31, and the dollar for 2026-04-01"}
    assert "TMT" not in found.prices


def test_the_turkmen_bank_printed_its_days_in_two_ways() -> None:
    older = altered(typed("cbt"), b"20.05.2026", b"2023-05-20")
    assert figures(named("cbt").parse(older)) == [("TMT", "2023-05-20", "3.5")]


def test_the_tajik_bank_is_read_by_code_and_not_by_number() -> None:
    swapped = altered(altered(typed("nbt"), b'"840"', b'"998"'), b'"810"', b'"840"')
    assert figures(named("nbt").parse(swapped)) == [("TJS", "2026-05-18", "9.3450")]


def test_titles_outside_the_items_are_not_read() -> None:
    payload = altered(typed("nbk"), b"<title>Official exchange rates", b"<title>USD", count=1)
    assert figures(named("nbk").parse(payload)) == TYPED["nbk"].says


CASES = {
    "an empty figure": (
        "cbu",
        [("UZS", "2026-11-26", "12030.55")],
        {"TMT": "it has no Rate"},
        b"""[{"Ccy": "USD", "Nominal": "1", "Rate": "12030.55", "Diff": "0", "Date": "26.11.2026"},
        {"Ccy": "TMT", "Nominal": "1", "Rate": "", "Diff": "0", "Date": "26.11.2026"}]""",
    ),
    "a dash, beside a row that is not dated": (
        "cbu",
        [("UZS", "2026-11-26", "12030.55")],
        {"TMT": "'-' is not a number with a decimal point"},
        b"""[{"Ccy": "USD", "Nominal": "1", "Rate": "12030.55", "Diff": "0", "Date": "26.11.2026"},
        {"Ccy": "TMT", "Nominal": "1", "Rate": "-", "Diff": "0", "Date": "26.11.2026"}, {"Ccy": "EUR"}]""",
    ),
    "a price beside which a dollar is worth nothing": (
        "cbu",
        [("UZS", "2026-11-26", "12030.55")],
        {"TMT": "0 is not a positive number"},
        b"""[{"Ccy": "USD", "Nominal": "1", "Rate": "12030.55", "Diff": "0", "Date": "26.11.2026"},
        {"Ccy": "TMT", "Nominal": "1", "Rate": "99999999999999999", "Diff": "0", "Date": "26.11.2026"}]""",
    ),
    "a missing code": (
        "cbu",
        [("UZS", "2026-11-26", "12030.55")],
        {"TMT": "it is not in the document"},
        b'[{"Ccy": "USD", "Nominal": "1", "Rate": "12030.55", "Diff": "0", "Date": "26.11.2026"}]',
    ),
    "zero, null, text and less than zero": (
        "currency_api",
        [("UZS", "2026-11-26", "12030.55")],
        {
            "KGS": "0 is not a positive number",
            "KZT": "it has no figure",
            "TJS": "'9.35' is not a number",
            "TMT": "-3.5 is not a positive number",
        },
        b'{"date": "2026-11-26", "usd": {"kgs": 0, "kzt": null, "tjs": "9.35", "uzs": 12030.55, "tmt": -3.5}}',
    ),
    "figures that nobody would print": (
        "currency_api",
        [("TJS", "2026-11-26", "9.35"), ("UZS", "2026-11-26", "12030.55")],
        {
            "KGS": "'NaN' is not a number",
            "KZT": "'1e999999999' is not a number",
            "TMT": "'3.500000000000000000...' is not a number",
        },
        b"""{"date": "2026-11-26", "usd": {"kgs": NaN, "kzt": 1e999999999, "tjs": 9.35, "uzs": 12030.55,
        "tmt": 3.5000000000000000000000, "shib": 1e-999999}}""",
    ),
    "a figure of the archive": (
        "nbkr_archive",
        [("KGS", "2005-06-18", "41.0685")],
        {"KGS": "'' is not a number with a decimal comma"},
        b"""<!--date-->25.06.2005<!--date--><!--value--><!--value-->
        <!--date-->18.06.2005<!--date--><!--value-->41,0685<!--value-->""",
    ),
}
"""A document, what can be read of it, and what cannot."""


@pytest.mark.parametrize(("name", "says", "aside", "payload"), CASES.values(), ids=CASES.keys())
def test_one_bad_currency_costs_only_itself(name: str, says: Figures, aside: dict[str, str], payload: bytes) -> None:
    found = named(name).parse(payload)
    assert figures(found) == says
    assert reasons(found) == aside
    assert set(found.prices).isdisjoint(aside)


def test_an_unreadable_figure_has_the_day_of_its_document() -> None:
    found = named("cbu").parse(altered(typed("cbu"), b"4037.68", b""))
    at = midnight("2026-04-01")
    assert found.unreadable == [
        Unreadable(base=base, quote="TMT", reason="it has no Rate", observed_at=at) for base in ("USD", "EUR", "RUB")
    ]


def test_a_currency_that_is_legible_in_one_of_two_rows_only_is_not_read() -> None:
    row = b'{"Ccy":"TMT","Nominal":"1","Rate":"","Diff":"0","Date":"01.04.2026"}]'
    found = named("cbu").parse(typed("cbu").rstrip().removesuffix(b"]") + b"," + row)
    assert figures(found) == TYPED["cbu"].says[:1]
    assert reasons(found) == {"TMT": "it has no Rate"}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("cbr", b"88,2826</Value>", b"</Value>"),
        ("cbt", b">0.7424<", b">?<"),
        ("cbu", b'"13984.32"', b"null"),
        ("currency_api", b"0.85210034", b"-1"),
        ("nbk", b">EUR<", b"><"),
        ("nbkr", b"101,5076", b"101.5076"),
        ("nbt", b">0.1277<", b">0<"),
    ],
)
def test_an_unreadable_neighbour_is_left_out(name: str, old: bytes, new: bytes) -> None:
    whole, found = named(name).parse(typed(name)), named(name).parse(altered(typed(name), old, new))
    assert figures(found) == TYPED[name].says
    assert reasons(found) == {}
    assert len(set(whole.prices) - set(found.prices)) == 1


@pytest.mark.parametrize("name", ["cbr", "cbt", "nbk", "nbkr", "nbt"])
@pytest.mark.parametrize("before", [b"\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n ", b"\n\xef\xbb\xbf"])
def test_white_space_and_a_byte_order_mark_before_the_prolog_are_passed_over(name: str, before: bytes) -> None:
    assert figures(named(name).parse(before + typed(name))) == TYPED[name].says


def test_the_older_documents_of_the_bank_of_russia_have_no_value_of_a_unit() -> None:
    older = re.sub(rb"<VunitRate>.*?</VunitRate>", b"", typed("cbr"))
    found, whole = named("cbr").parse(older), named("cbr").parse(typed("cbr"))
    assert figures(found) == TYPED["cbr"].says
    assert found.prices == whole.prices


@pytest.mark.parametrize(
    ("right", "printed", "code"),
    [
        (b"0,864125", b"0,864124", "KGS"),  # By one unit of the last digit.
        (b"0,864125", b"0,865", "KGS"),
        (b"0,163172", b"0,16", "KZT"),
        (b"8,00866", b"8", "TJS"),
        (b"0,00628322", b"10,00628322", "UZS"),
        (b"0,00628322", b"", "UZS"),
        (b"21,5792", b"21,5793", "TMT"),
    ],
)
def test_a_unit_that_disagrees_with_its_value_is_set_aside(right: bytes, printed: bytes, code: str) -> None:
    element = b"<VunitRate>%s</VunitRate>"
    found = named("cbr").parse(altered(typed("cbr"), element % right, element % printed))
    assert figures(found) == [row for row in TYPED["cbr"].says if row[0] != code]
    assert "VunitRate" in reasons(found)[code]


@pytest.mark.parametrize("rounded", [b"0,0062832", b"0,006283", b"0,0063"])
def test_a_unit_that_is_rounded_agrees_and_the_finer_figure_is_read(rounded: bytes) -> None:
    found = named("cbr").parse(altered(typed("cbr"), b"<VunitRate>0,00628322<", b"<VunitRate>" + rounded + b"<"))
    assert figures(found) == TYPED["cbr"].says


def test_a_finer_unit_agrees_with_a_value_that_is_rounded() -> None:
    found = named("cbr").parse(altered(typed("cbr"), b"<VunitRate>21,5792<", b"<VunitRate>21,57916<"))
    assert figures(found)[-1] == ("TMT", "2026-04-25", "3.50001112")
    assert figures(found)[:-1] == TYPED["cbr"].says[:-1]


def test_a_dollar_of_which_the_unit_disagrees_is_nothing_to_divide_by() -> None:
    payload = altered(typed("cbr"), b"<VunitRate>75,5273", b"<VunitRate>175,5273")
    assert re.match("USD: .* VunitRate", complaint("cbr", payload))


def test_the_archive_of_another_currency_is_refused() -> None:
    euro = altered(typed("nbkr_archive"), b'"15" selected', b'"15"')
    assert "is none, not 15" in complaint("nbkr_archive", euro)
    assert "is '20', not 15" in complaint("nbkr_archive", altered(euro, b'value="20"', b'value="20" SELECTED'))


def test_a_series_of_one_currency_is_an_error() -> None:
    # Both kinds have the root ValCurs; the series has an ID.
    series = b'<ValCurs ID="R01235" DateRange1="01.03.2026" DateRange2="05.03.2026"></ValCurs>'
    assert "series of one currency" in complaint("cbr", series)
    assert "series of one currency" in complaint("cbr", altered(typed("cbr"), b"<ValCurs ", b'<ValCurs ID="R01235" '))


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("cbt", rb"<rate code.*?</rate>"),
        ("cbu", rb'\{"id":69.*?\},'),
        ("nbk", rb"<item>.*?</item>"),
        ("nbkr", rb"<Currency .*?</Currency>"),
        ("nbt", rb"<Valute .*?</Valute>"),
    ],
)
def test_a_dollar_printed_twice_is_handed_on_twice(name: str, row: bytes) -> None:
    """Which one is right is for validate to ask."""
    twice = re.sub(row, rb"\g<0>\g<0>", typed(name), count=1, flags=re.DOTALL)
    found = named(name).parse(twice)
    assert figures(found) == TYPED[name].says[:1] * 2
    assert set(reasons(found).values()) <= {"the document quotes USD 2 times"}
    assert "USD" not in found.prices
    assert "USD" not in found.steps


def test_a_dollar_printed_twice_is_nothing_to_divide_by() -> None:
    twice = re.sub(rb"<Valute .*?</Valute>", rb"\g<0>\g<0>", typed("cbr"), count=1)
    assert set(reasons(named("cbr").parse(twice)).values()) == {"the document quotes USD 2 times"}


def strange_figures(digits: bytes) -> Iterator[tuple[str, bytes]]:
    mark, other = (b",", b".") if b"," in digits else (b".", b",")
    yield "zero", b"0"
    yield "negative", b"-" + digits
    yield "no figure", b""
    yield "not available", b"N/A"
    yield "another decimal mark", digits.replace(mark, other)
    yield "a thousands separator", b"1" + other + b"0" + digits
    yield "a thousands space", b"1 0" + digits
    yield "an apostrophe for thousands", b"1'0" + digits


def strange_documents(part: Typed, whole: bytes) -> Iterator[tuple[str, bytes]]:
    """What is strange, and a document."""
    yield "empty", b""
    yield "blank", b" \n"
    yield "no text", bytes(range(256))
    yield "an HTML page", b"<!DOCTYPE html>\n<html><head><title>503</title></head>\n<body>Try later</body></html>"
    yield "XHTML", b"<html><body><p>Access denied</p></body></html>"
    yield "truncated", whole[: whole.index(part.digits) + 2]
    yield "no date", whole.replace(b"Date", b"Then").replace(b"date", b"then")
    yield "an empty date", altered(whole, part.day, b"")
    yield "another layout of the date", altered(whole, part.day, part.day_otherwise)
    yield "more than a date", altered(whole, part.day, part.day + b" 12:00")
    yield "a thirteenth month", altered(whole, part.day, re.sub(rb"0[456]|12", b"13", part.day))
    for what, figure in strange_figures(part.digits):
        yield what, altered(whole, part.digits, figure)
    if part.root:
        yield "another root", altered(whole, part.root, b"Other")
    if whole[:1] in b"[{":
        yield "another root", b'{"answer": ' + whole + b"}"
        yield "a list around it", b"[" + whole + b"]"
        yield "a string", b'"error"'
        yield "null", b"null"
        yield "deep nesting", b"[" * 100_000
        # Parsers keep the last of two members with one name, and say nothing.
        yield "a member twice", altered(whole, b'"', b'"strange": 1, "strange": 2, "', count=1)
    if part.dollar:
        euro = part.dollar.replace(b"USD", b"EUR").replace(b"usd", b"eur")
        yield "no dollar", altered(whole, part.dollar, euro)
    if part.nominal:
        for nominal in (b"0", b"-1", b"", b"N/A"):
            payload = altered(whole, part.nominal, part.nominal.replace(b"1", nominal), count=1)
            yield f"the nominal '{nominal.decode()}'", payload


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        pytest.param(name, payload, id=f"{name}: {what}")
        for name in TYPED
        for what, payload in strange_documents(TYPED[name], typed(name))
    ],
)
def test_a_strange_document_is_an_error_in_one_line(name: str, payload: bytes) -> None:
    assert complaint_about_figure(name, payload)


@given(some.sampled_from(sorted(TYPED)), some.integers(min_value=0, max_value=2000), some.binary(max_size=4))
def test_a_damaged_document_is_read_or_refused_in_one_line(name: str, place: int, damage: bytes) -> None:
    whole = typed(name)
    place %= len(whole)
    try:
        named(name).parse(whole[:place] + damage + whole[place + len(damage) :])
    except (SourceError, ValueError) as refused:
        assert len(str(refused).splitlines()) == 1


def declaring(name: str, entities: str, reference: bytes) -> bytes:
    """A typed payload that declares entities and has one in the place of its figure."""
    payload = altered(typed(name), TYPED[name].digits, reference)
    doctype = f"<!DOCTYPE document [{entities}]>".encode()
    prolog, end, document = payload.rpartition(b"?>")
    return prolog + end + doctype + document


@pytest.mark.parametrize("name", TYPED)
def test_an_entity_bomb_does_not_go_off(name: str) -> None:
    # 10 ** 10 letters, were it expanded.
    bomb = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {letter} "{f"&{before};" * 10}">' for before, letter in zip("abcdefghi", "bcdefghij", strict=True)
    )
    began = time.perf_counter()
    assert len(complaint_about_figure(name, declaring(name, bomb, b"&j;"))) < 1000
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("name", TYPED)
def test_a_file_of_this_machine_is_not_read_into_a_document(name: str, tmp_path: Path) -> None:
    # It holds the right figure: whoever read it would find nothing strange.
    secret = tmp_path / "secret"
    secret.write_bytes(TYPED[name].digits)
    document = declaring(name, f'<!ENTITY secret SYSTEM "{secret.as_uri()}">', b"&secret;")
    assert TYPED[name].digits.decode() not in complaint_about_figure(name, document)


@pytest.mark.parametrize("name", ["cbr", "cbt", "nbk", "nbkr", "nbt"])
def test_the_prolog_picks_the_encoding(name: str) -> None:
    prolog, end, document = re.sub(rb"[^\0-\x7f]", b"?", typed(name)).partition(b"?>")
    letters = prolog + end + "<!-- Доллар -->".encode("windows-1251") + document
    right, wrong = (
        re.sub(rb'encoding="[^"]+"', b'encoding="%s"' % each, letters) for each in (b"windows-1251", b"utf-8")
    )
    assert figures(named(name).parse(right)) == TYPED[name].says
    assert "no XML" in complaint(name, wrong)


@pytest.mark.parametrize(("name", "word"), [("cbu", b"US Dollar"), ("currency_api", b"eur")])
def test_json_is_utf_8(name: str, word: bytes) -> None:
    assert complaint(name, altered(typed(name), word, "доллар".encode("windows-1251")))


def nbkr_page(first: str, last: str) -> str:
    (a, b, c), (x, y, z) = first.split("-"), last.split("-")
    return (
        "https://www.nbkr.kg/index1.jsp?item=1562&lang=ENG&valuta_id=15"
        f"&beg_day={c}&beg_month={b}&beg_year={a}&end_day={z}&end_month={y}&end_year={x}"
    )


@pytest.mark.parametrize(
    ("name", "newest", "of_day"),
    [
        (
            "cbr",
            ["https://www.cbr.ru/scripts/XML_daily.asp?date_req=05/05/2026"],
            ["https://www.cbr.ru/scripts/XML_daily.asp?date_req=04/05/2026"],
        ),
        (
            "cbt",
            [
                "https://cbt.tm/kurs/2026/05052026.xml",
                "https://cbt.tm/kurs/2026/04052026.xml",
                "https://cbt.tm/kurs/2026/03052026.xml",
            ],
            ["https://cbt.tm/kurs/2026/04052026.xml"],
        ),
        (
            "cbu",
            ["https://cbu.uz/en/arkhiv-kursov-valyut/json/"],
            ["https://cbu.uz/en/arkhiv-kursov-valyut/json/all/2026-05-04/"],
        ),
        (
            "currency_api",
            [
                "https://cdn.jsdelivr.net/npm/@fawazahmed0/currency-api@latest/v1/currencies/usd.json",
                "https://latest.currency-api.pages.dev/v1/currencies/usd.json",
                "npm:@fawazahmed0/currency-api@latest#package/v1/currencies/usd.json",
            ],
            [
                "https://cdn.jsdelivr.net/npm/@fawazahmed0/currency-api@2026-05-04/v1/currencies/usd.json",
                "https://2026-05-04.currency-api.pages.dev/v1/currencies/usd.json",
                "npm:@fawazahmed0/currency-api@2026.5.4#package/v1/currencies/usd.json",
            ],
        ),
        (
            "nbk",
            [
                "https://nationalbank.kz/rss/get_rates.cfm?fdate=05.05.2026",
                "https://nationalbank.kz/rss/get_rates.cfm?fdate=04.05.2026",
            ],
            ["https://nationalbank.kz/rss/get_rates.cfm?fdate=04.05.2026"],
        ),
        ("nbkr", ["https://www.nbkr.kg/XML/daily.xml"], []),
        ("nbkr_archive", [nbkr_page("2026-04-24", "2026-05-04")], [nbkr_page("2025-05-04", "2026-05-04")]),
        (
            "nbt",
            ["https://www.nbt.tj/en/kurs/export_xml.php?date=2026-05-04&export=xmlout"],
            ["https://www.nbt.tj/en/kurs/export_xml.php?date=2026-05-04&export=xmlout"],
        ),
    ],
)
def test_where_to_ask_on_the_fourth_of_may(name: str, newest: list[str], of_day: list[str]) -> None:
    assert named(name).newest(date(2026, 5, 4)) == newest
    assert named(name).of_day(date(2026, 5, 4)) == of_day


@pytest.mark.parametrize("name", load())
def test_a_source_offers_what_every_source_offers(name: str) -> None:
    source = named(name)
    assert [constant for constant in inspect.get_annotations(Source) if not hasattr(source, constant)] == []
    for function, promised in vars(Source).items():
        if isinstance(promised, staticmethod):
            assert len(inspect.signature(getattr(source, function)).parameters) == 1, function
    assert source.TITLE
    assert source.TERMS
    assert source.SITE.startswith("https://")
    assert source.KIND in ("official", "market")
    assert source.CURRENCIES
    assert set(source.CURRENCIES) <= set(BY_CODE)
    assert isinstance(source.RHYTHM, Rhythm)
    assert source.PAUSE_SECONDS > 0
    assert source.SPAN_DAYS >= 1
    ways = source.newest(date(2026, 5, 24))
    assert ways
    assert [way for way in ways if not way.startswith(("https://", "npm:"))] == []
    assert bool(source.of_day(date(2026, 5, 24))) == (source.FIRST_DAY is not None)


@pytest.mark.parametrize("name", load())
def test_the_first_line_of_a_source_names_who_publishes(name: str) -> None:
    first_line = (inspect.getdoc(named(name)) or "").splitlines()[0]
    assert " ".join(named(name).TITLE.split()[:2]) in first_line


PRICES = {
    "cbr": (
        "RUB",
        {
            "USD": "75.5273",
            "EUR": "88.2826",
            "IRR": "0.0000539256",
            "KZT": "0.163172",
            "KGS": "0.864125",
            "TJS": "8.00866",
            "TMT": "21.5792",
            "UZS": "0.00628322",
        },
    ),
    "cbt": ("TMT", {"USD": "3.5", "KZT": "0.007424", "UZS": "0.0002913"}),
    "cbu": ("UZS", {"USD": "12194.21", "EUR": "13984.32", "RUB": "149.97", "KGS": "139.40", "TMT": "4037.68"}),
    "nbk": ("KZT", {"USD": "478.77", "IRR": "0.0004", "UZS": "0.0393", "EUR": "548.62", "RUB": "5.87"}),
    "nbkr": ("KGS", {"USD": "87.4500", "EUR": "101.5076", "KZT": "0.1859"}),
    "nbkr_archive": ("KGS", {}),
    "nbt": ("TJS", {"USD": "9.3450", "RUB": "0.1277", "UZS": "0.000780"}),
}
"""What one unit costs in the typed documents, in the money of each bank."""
STEPS = {
    "cbu": (
        {"USD": "-16.5", "EUR": "-51.89", "RUB": "-0.39"},
        {"USD": "12210.71", "EUR": "14036.21", "RUB": "150.36", "KGS": "139.59", "TMT": "3929.43"},
    ),
    "nbk": (
        {"USD": "-2.77", "EUR": "-4.62", "RUB": "-0.06"},
        {"USD": "481.54", "IRR": "0.0004", "UZS": "0.0395", "EUR": "553.24", "RUB": "5.93"},
    ),
}
"""The steps of the rates, and the prices of the publication before."""


@pytest.mark.parametrize("name", PRICES)
def test_what_else_a_bank_prints(name: str) -> None:
    found = named(name).parse(typed(name))
    money, prices = PRICES[name]
    assert (found.money, found.prices) == (money, {code: Decimal(price) for code, price in prices.items()})
    steps, earlier = STEPS.get(name, ({}, {}))
    assert digits(found.steps) == steps
    assert found.earlier_prices == {code: Decimal(price) for code, price in earlier.items()}


def test_what_else_the_market_feed_prints() -> None:
    payload = altered(typed("currency_api"), b'"usd": 1,', b'"usd": 1, "btc": 0.00001135, "xau": 0.00023, "aed": 4,')
    found = named("currency_api").parse(payload)
    assert (found.money, dict(found.steps), dict(found.earlier_prices)) == ("USD", {}, {})
    assert set(found.prices) == {"USD", "EUR", "RUB", "CNY", "AED", "KGS", "KZT", "TJS", "UZS", "TMT"}
    assert (found.prices["USD"], found.prices["AED"]) == (Decimal(1), Decimal("0.25"))
    assert found.prices["EUR"] == 1 / Decimal("0.85210034")


def test_a_step_and_a_price_are_for_one_unit() -> None:
    payload = typed("nbk")
    for old, new in ((b"<quant>1<", b"<quant>10<"), (b">478.77<", b">4787.7<"), (b">-2.77<", b">+27.70<")):
        payload = altered(payload, old, new, count=1)
    found = named("nbk").parse(payload)
    assert found.steps["USD"] == Decimal("2.77")
    assert (found.prices["USD"], found.earlier_prices["USD"]) == (Decimal("478.77"), Decimal("476"))


@pytest.mark.parametrize("step", [b"", b"0,5", b"--1", b"+-1", b"N/A", b"-"])
def test_an_unreadable_step_is_left_out(step: bytes) -> None:
    for name, printed in (("nbk", b"-2.77"), ("cbu", b"-16.5")):
        found = named(name).parse(altered(typed(name), printed, step))
        assert figures(found) == TYPED[name].says
        assert "USD" not in found.steps
        assert set(found.prices) - set(found.earlier_prices) == {"USD"}


def test_a_step_as_large_as_the_price_leaves_no_earlier_one() -> None:
    found = named("nbk").parse(altered(typed("nbk"), b"-2.77", b"478.77"))
    assert found.steps["USD"] == Decimal("478.77")
    assert "USD" not in found.earlier_prices


def test_a_rate_minus_its_step_is_the_publication_before() -> None:
    first, second = (named("cbu").parse((PAYLOADS / "cbu" / f"all-2026-04-0{day}.json").read_bytes()) for day in (1, 2))
    assert len(first.prices) == 5
    assert second.earlier_prices == first.prices


@where_recorded
def test_a_rate_minus_its_step_is_the_publication_before_in_all_recorded_rows() -> None:
    first, second = (
        named("cbu").parse((RECORDED_FOLDER / "cbu" / f"all-2026-04-0{day}.json").read_bytes()) for day in (1, 2)
    )
    assert len(first.prices) == 75
    assert second.earlier_prices == first.prices
    tenge = named("nbk").parse((RECORDED_FOLDER / "nbk" / "2026-04-01.xml").read_bytes())
    assert len(tenge.prices) == len(tenge.earlier_prices) == 39


@where_recorded
@pytest.mark.parametrize(("file", "count"), COUNTED.items())
def test_every_price_of_a_recorded_document_is_read(file: str, count: int) -> None:
    payload = (RECORDED_FOLDER / file).read_bytes()
    found = named(RECORDED[file][0]).parse(payload)
    assert len(found.prices) == count
    assert found.unreadable == []


@where_recorded
def test_every_recorded_document_has_its_figures_here() -> None:
    at_hand = {str(path.relative_to(RECORDED_FOLDER)) for path in RECORDED_FOLDER.rglob("*") if path.is_file()}
    assert at_hand == set(RECORDED)


@where_recorded
@pytest.mark.parametrize("file", RECORDED)
def test_a_recorded_document_is_read(file: str) -> None:
    name, says = RECORDED[file]
    payload = (RECORDED_FOLDER / file).read_bytes()
    if isinstance(says, str):
        assert says in complaint(name, payload)
    else:
        assert figures(named(name).parse(payload)) == says


@where_recorded
def test_the_bank_of_russia_agrees_with_the_figures_worked_out_from_its_document() -> None:
    found = named("cbr").parse((RECORDED_FOLDER / "cbr" / "daily-2026-04-25.xml").read_bytes())
    dollar = [each for each in found.observations if each.base == "USD" and each.quote != "RUB"]
    assert {each.quote: f"{each.rate:.4f}" for each in dollar} == {
        "KGS": "87.4032",
        "KZT": "462.8692",
        "TJS": "9.4307",
        "UZS": "12020.4768",
        "TMT": "3.5000",
    }


def table_of_the_guide() -> dict[str, dict[str, str]]:
    """The rows of the table in the folder's README, by source."""
    guide = Path(sources.__path__[0], "README.md").read_text(encoding="utf-8")
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in guide.splitlines() if line.startswith("|")]
    columns, _, *rows = lines
    return {row[0].strip("`"): dict(zip(columns, row, strict=True)) for row in rows}


def test_the_guide_has_a_row_for_every_source() -> None:
    assert set(table_of_the_guide()) == set(load())


@pytest.mark.parametrize("name", load())
def test_the_guide_says_what_a_source_says(name: str) -> None:
    source, row = named(name), table_of_the_guide()[name]
    days = list(source.RHYTHM.days(date(2026, 6, 15), date(2026, 6, 21)))  # A week without a holiday.
    out = timedelta(0) + source.RHYTHM.due
    truth = {
        "currencies": ", ".join(source.CURRENCIES),
        "new rates are for": "every day" if len(days) == 7 else f"{days[0]:%a} to {days[-1]:%a}",
        "out by (UTC)": f"{midnight('2026-05-18') + out:%H:%M}"
        + {-1: ", the day before", 0: "", 1: ", the day after"}[out.days],
        "first day": str(source.FIRST_DAY or "only the newest"),
        "pause": f"{source.PAUSE_SECONDS} s",
        "by default": "on" if source.BY_DEFAULT else "off",
        "terms": source.TERMS,
    }
    assert {column: row[column] for column in truth} == truth


@pytest.mark.parametrize("name", load())
def test_the_examples_of_the_guide_are_in_the_typed_payloads(name: str) -> None:
    examples = re.findall("`([^`]+)`", table_of_the_guide()[name]["prints"])
    assert len(examples) >= 2
    assert [example for example in examples if example.encode() not in typed(name)] == []
    assert table_of_the_guide()[name]["decimal mark"] == ("comma" if b"," in TYPED[name].digits else "point")
