"""Whatever a document or a server says, what is stored and shown of it has a size; and each reason is given once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import cast

import pytest

from ratesvc.collect import http, snapshot
from ratesvc.collect.backfill_queue import Order
from ratesvc.collect.http import Client, FetchError, Payload
from ratesvc.core.errors import RatesvcError, SourceError
from ratesvc.core.observation import Observation, midnight
from ratesvc.core.quoting import LONGEST, LONGEST_LINE, LONGEST_MESSAGE, by_reason, in_short, quoted
from ratesvc.core.reading import Reading, Unreadable
from ratesvc.core.seals import sealed
from ratesvc.sources import named
from ratesvc.store.database import Store
from ratesvc.store.decisions import take_up
from ratesvc.store.write import record
from ratesvc.validation.fetch_result import Answer

from .replay import document
from .test_ingest import Serve
from .test_sources import PAYLOADS, TYPED

MILLIONS = 3_000_000
LONG = 20_000
VALUES = re.compile(rb'>([^<>\s][^<>]*)<|="([^"]+)"|"([^"{}\[\],:]+)"|:\s*([0-9.]+)|-->([0-9,.]+)<!')
"""Texts of elements and attributes; members and values of JSON; figures of an HTML page."""


@dataclass
class Fixed:
    """A client that has one answer."""

    content: bytes

    async def get(self, url: str, **_: object) -> Payload:
        return Payload(url, self.content, 200)


def asked(name: str, content: bytes) -> Answer:
    """The answer of a source whose document has these bytes, as a snapshot gets it."""
    source = named(name)
    return snapshot.run(snapshot.ask(cast(Client, Fixed(content)), name, source, ["https://bank.example/"], {}))


def stored_texts(store: Store) -> Iterator[tuple[str, str, str]]:
    """Every text in the tables of the log: table, column, text."""
    columns = store.query(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'ratesvc'"
        " AND table_name IN ('fetches', 'rejections', 'decisions', 'observations') AND data_type = 'VARCHAR'"
    )
    for table, column in columns:
        yield from ((table, column, text) for (text,) in store.query(f"SELECT {column} FROM {table}") if text)


def with_each_value_replaced(whole: bytes, huge: bytes) -> Iterator[bytes]:
    for found in VALUES.finditer(whole):
        group = found.lastindex
        assert group
        yield whole[: found.start(group)] + huge + whole[found.end(group) :]


def test_the_typed_payloads_have_values_to_replace() -> None:
    count = {name: len(VALUES.findall((PAYLOADS / name / TYPED[name].file).read_bytes())) for name in TYPED}
    assert min(count.values()) >= 4, count


@pytest.mark.parametrize("huge", [b"9" * LONG, b"<" + b"x" * LONG, b"7." + b"0" * LONG + b"1"], ids=["9", "x", "7.0"])
@pytest.mark.parametrize("name", sorted(TYPED))
def test_a_huge_value_anywhere_leaves_only_short_texts(store: Store, name: str, huge: bytes) -> None:
    whole = (PAYLOADS / name / TYPED[name].file).read_bytes()
    answers = [asked(name, damaged) for damaged in with_each_value_replaced(whole, huge)]
    said = [fetch.sentence for fetch in record(store, "schedule", answers)]
    assert any(answer.failed for answer in answers)  # So that there is something to be long.
    assert max(map(len, said)) <= LONGEST_LINE + 200
    bounds = {"error": LONGEST_LINE, "rate": LONGEST, "reason": LONGEST_MESSAGE}
    for table, column, text in stored_texts(store):
        assert len(text) <= bounds.get(column, LONGEST), (table, column)
        assert len(text.splitlines()) == 1


@pytest.mark.parametrize("name", ["cbr", "cbt", "cbu", "nbk", "nbkr", "nbt"])
def test_a_figure_of_millions_of_digits_is_quoted_in_eighty_characters(store: Store, name: str) -> None:
    [fetch] = record(store, "schedule", [asked(name, document(name).replace(TYPED[name].digits, b"9" * MILLIONS, 1))])
    assert fetch.failed
    assert fetch.error is not None
    assert f"'{'9' * (LONGEST - 4)}... is not a number" in fetch.error
    assert store.query("SELECT error FROM fetches") == [(fetch.error,)]


def test_a_document_of_another_kind_is_named_in_eighty_characters() -> None:
    series = b'<ValCurs ID="' + b"R" * 1_000_000 + b'"/>'
    with pytest.raises(SourceError, match="is a series of one currency") as refused:
        named("cbr").parse(series)
    assert len(str(refused.value)) < LONGEST + 100


def test_a_fault_keeps_its_printed_digits_up_to_eighty(store: Store) -> None:
    printed = [Decimal("1E-90"), Decimal("99999999999999999999.125")]
    now = datetime(2026, 5, 24, 12, tzinfo=UTC)
    seen = [
        Observation(source="nbk", base="USD", quote="KZT", observed_at=midnight("2026-05-24"), rate=each)
        for each in printed
    ]
    for each in seen:
        reading = Reading(observations=[each])
        record(
            store, "schedule", [Answer(source="nbk", url="npm:test", started_at=now, finished_at=now, reading=reading)]
        )
    assert store.query("SELECT rate FROM rejections ORDER BY rejection_id") == [
        (f"0.{'0' * (LONGEST - 5)}...",),
        ("99999999999999999999.125",),
    ]


def test_a_document_of_too_many_rows_is_refused_as_a_whole() -> None:
    row = re.search(rb"<item>.*?</item>", document("nbk"), re.DOTALL)
    assert row
    many = document("nbk").replace(row[0], row[0] * 1001)
    with pytest.raises(SourceError, match=r"has 1,0\d\d rows, and no price list has more than 1,000"):
        named("nbk").parse(many)
    pairs = b"<!--date-->25.06.2005<!--date--><!--value-->40,9614<!--value-->" * 733
    with pytest.raises(SourceError, match="the page has 733 rates, and 366 days were requested"):
        named("nbkr_archive").parse(pairs)


def test_rows_of_another_form_are_no_day_without_a_publication() -> None:
    renamed = document("nbk").replace(b"item>", b"entry>")
    with pytest.raises(SourceError, match="has rows, and none of them is an <item>"):
        named("nbk").parse(renamed)


def test_an_archive_without_rows_or_with_a_huge_field_is_refused() -> None:
    with pytest.raises(ValueError, match="it has no rates"):
        snapshot.parse_archive("nbk", b"date,currency,units_per_usd\n")
    for row in ("2026-05-24,KZT,", "2026-05-24,", ""):
        with pytest.raises(ValueError, match="line ") as refused:
            snapshot.parse_archive("nbk", f"date,currency,units_per_usd\n{row}{'x' * MILLIONS}\n".encode())
        assert len(str(refused.value)) <= LONGEST + 20


def test_a_servers_own_words_are_cut(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACK_OFF_SECONDS", 0.01)

    def talkative(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(403, "no " * 1000)
        handler.end_headers()

    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", f"https://{'a' * 5000}/")
        handler.end_headers()

    def tagging(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("ETag", f'"{"e" * 5000}"')
        handler.end_headers()

    async def fetched(url: str) -> Payload:
        async with Client() as client:
            return await client.get(url)

    for respond in (talkative, elsewhere):
        with pytest.raises(FetchError) as refused:
            snapshot.run(fetched(serve(respond)))
        assert 40 < len(str(refused.value)) <= LONGEST + 80
    assert snapshot.run(fetched(serve(tagging))).etag is None
    assert len(str(FetchError("x" * MILLIONS))) == LONGEST_MESSAGE


def test_an_error_of_a_parser_itself_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(payload: bytes) -> Reading:
        raise KeyError(payload.decode())

    monkeypatch.setattr("ratesvc.sources.nbk.parse", broken)
    answer = asked("nbk", b"x" * MILLIONS)
    assert answer.failed
    assert len(answer.error or "") == LONGEST_MESSAGE


def test_one_complaint_about_many_currencies_is_made_once() -> None:
    same = [(f"C{number:02}", "it is not in the document") for number in range(40)]
    assert by_reason(same) == "C00, C01, C02, C03, C04 and 35 more: it is not in the document"
    assert by_reason([("KGS", "a"), ("KZT", "b"), ("KGS", "a"), ("TJS", "a")]) == "KGS (2 times), TJS: a; KZT: b"
    assert by_reason([("KGS", "a"), ("KZT", "b"), ("TJS", "b")], 1) == "KGS: a; and 2 more"
    assert by_reason([]) == ""


def test_the_error_of_a_fetch_names_a_reason_once(store: Store) -> None:
    now = datetime(2026, 5, 24, 12, tzinfo=UTC)
    nowhere = [
        Unreadable(base="USD", quote=code, reason="it is not in the document") for code in ("KGS", "TJS", "UZS", "TMT")
    ]
    kept = [Observation(source="cbr", base="USD", quote="KZT", observed_at=midnight("2026-05-24"), rate=Decimal(480))]
    reading = Reading(observations=kept, unreadable=nowhere)
    answer = Answer(source="cbr", url="npm:test", started_at=now, finished_at=now, reading=reading)
    [fetch] = record(store, "schedule", [answer])
    assert fetch.error == (
        "USD/KZT: 480 is the first figure, with nothing to compare it with;"
        " USD/KGS, USD/TJS, USD/UZS, USD/TMT: it is not in the document"
    )


def test_a_held_figure_that_is_printed_again_is_held_for_the_same_reason(store: Store) -> None:
    now = datetime(2026, 5, 24, 12, tzinfo=UTC)
    held = [
        Observation(source="nbk", base="USD", quote="KZT", observed_at=midnight("2026-05-24"), rate=Decimal("480.10"))
    ]
    answer = Answer(source="nbk", url="npm:test", started_at=now, finished_at=now, reading=Reading(observations=held))
    for _ in range(3):
        [fetch] = record(store, "schedule", [answer])
        assert fetch.error == "USD/KZT: 480.10 is the first figure, with nothing to compare it with"
    assert store.query("SELECT count(*) FROM rejections") == [(1,)]


def test_a_quotation_is_one_short_line_whatever_it_quotes() -> None:
    nested: object = 1
    for _ in range(900):
        nested = [nested]
    for strange in ("x" * MILLIONS, "a\nb\x1b[31m\0", nested, {"a": "x" * MILLIONS}, None, Decimal("1.5"), True):
        assert len(quoted(strange)) <= LONGEST
        assert quoted(strange).isprintable()
    assert quoted("12,5") == "'12,5'"
    assert quoted("x" * LONGEST) == f"'{'x' * (LONGEST - 4)}..."
    assert in_short("one\ntwo\x1b[31m  three") == "one two [31m three"


def test_a_file_of_orders_with_huge_names_is_refused_in_a_short_line(store: Store, tmp_path: Path) -> None:
    order, decision = tmp_path / "x.json", tmp_path / "x.decision"
    order.write_bytes(sealed({"source": "x" * LONG, "first": "2026-01-01", "last": "2026-01-01"}))
    decision.write_bytes(sealed({"x" * LONG: 1}))
    with pytest.raises(RatesvcError) as no_order:
        Order.read(order)
    with pytest.raises(RatesvcError) as no_decision:
        take_up(store, decision)
    for refused in (no_order, no_decision):
        assert len(str(refused.value)) <= LONGEST + len(str(tmp_path)) + 50
