"""Every source is asked over HTTP and plays its real document; then each goes wrong in every known way.

Whatever one source does, the others' rates are stored and published, nothing wrong enters, and the
reason stands in `ratesvc status` and in SQL.
"""

import re
import ssl
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import pytest
import trustme
from click.testing import CliRunner

from ratesvc import sources
from ratesvc.__main__ import cli
from ratesvc.collect import backfill, http, snapshot
from ratesvc.collect.backfill import Span
from ratesvc.core import settings
from ratesvc.core.observation import midnight
from ratesvc.publish import publish
from ratesvc.publish.reader import Reader, newest
from ratesvc.store.database import Store
from ratesvc.validation.fetch_result import Fetch

from .conftest import Respond, See
from .replay import PATHS, Replay, a_bomb, a_drip, a_hang, a_reset, document, recorded, recorded_says, says, sending
from .test_sources import Figures, altered, where_recorded

Serve = Callable[..., str]
NOW = datetime(2026, 5, 24, 12, tzinfo=UTC)
HTML = b"<!DOCTYPE html><html><head><title>Attention</title></head><body>Your request was blocked</body></html>"


class World:
    """The service in a test: it asks the replay server, stores, and publishes."""

    def __init__(self, store: Store, replay: Replay, at: Callable[[str], None]) -> None:
        self.store, self.replay, self._at = store, replay, at
        self.now = NOW
        self.at(NOW)

    def at(self, moment: datetime) -> None:
        """What time it is, for the service and for the views."""
        self.now = moment
        self._at(f"{moment:%Y-%m-%d %H:%M}")

    def snapshot(self) -> dict[str, Fetch]:
        fetches = self.fetched()
        publish.publish(self.store)
        return fetches

    def fetched(self) -> dict[str, Fetch]:
        return {each.source: each for each in snapshot.take_snapshot(self.store, sources.select(), "schedule")}

    @property
    def published(self) -> Reader:
        return Reader(newest(settings.load().published))

    def figures(self, source: str) -> Figures:
        """What analysts find of a source, without trailing zeros."""
        rows = self.published.rows(
            "SELECT quote, observed_on::VARCHAR AS day, trimmed(rate) AS units FROM rates"
            f" WHERE source = '{source}' ORDER BY observed_on"
        )
        return [(row["quote"], row["day"], row["units"]) for row in rows]

    def ticker(self) -> dict[str, tuple[str, str, str]]:
        rows = self.published.rows("FROM ticker")
        return {row["pair"]: (row["rate"], row["source"], str(row["observed_on"])) for row in rows}

    def status(self) -> str:
        return CliRunner().invoke(cli, ["status"], catch_exceptions=False).output

    def told_of(self, source: str, told: str) -> bool:
        """Whether a line of the status says so of a source."""
        return any(line.startswith(f"{source}: ") and told in line for line in self.status().splitlines())

    def complaints(self) -> str:
        """What SQL says about what went wrong."""
        rows = self.published.rows(
            "SELECT source || ': ' || error AS told FROM fetches WHERE error IS NOT NULL"
            " UNION ALL SELECT source || ': ' || quote || ': ' || reason FROM rejections"
        )
        return "\n".join(row["told"] for row in rows)


@pytest.fixture
def world(store: Store, see: See, serve: Serve, at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> World:
    """All sources answer from one loopback server; it is the day after the newest of their documents.

    The figures of these are known for the day before already, because a first figure is held.
    """
    monkeypatch.setenv("RATESVC_BASES", "USD")
    settings.load.cache_clear()
    for name in PATHS:
        for currency, day, units in day_before(name):
            see(currency, day, units, source=name)
    replay = Replay()
    origin = serve(replay)
    for name in PATHS:
        monkeypatch.setenv(f"RATESVC_ORIGIN_{name.upper()}", origin)
        monkeypatch.setattr(sources.named(name), "PAUSE_SECONDS", 0)
    monkeypatch.setattr(http, "BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr(http, "_free_at", {})
    settings.load.cache_clear()
    world = World(store, replay, at)
    monkeypatch.setattr(snapshot, "now", lambda: world.now)
    return world


def trimmed(figures: Figures) -> Figures:
    return [(currency, day, f"{Decimal(units).normalize():f}") for currency, day, units in figures]


def believed(name: str, figures: Callable[[str], Figures] = says) -> Figures:
    """What the document of a source brings into the store; the Uzbek bank's manat of 1 April is bad."""
    return [row for row in trimmed(figures(name)) if (name, row[0]) != ("cbu", "TMT")]


def day_before(
    name: str, documents: Callable[[str], bytes] = document, figures: Callable[[str], Figures] = says
) -> Figures:
    """The figures for the day before the one of a source's document, to which its printed steps lead back."""
    steps = sources.named(name).parse(documents(name)).steps
    return [
        (
            currency,
            f"{midnight(day) - timedelta(days=1):%Y-%m-%d}",
            f"{(Decimal(units) - (0 if currency == 'TMT' else steps.get('USD', 0))).normalize():f}",
        )
        for currency, day, units in believed(name, figures)
    ]


def test_the_default_sources_are_the_ones_that_are_played() -> None:
    assert set(sources.select()) == set(PATHS)


@pytest.mark.parametrize(
    ("documents", "figures"),
    [
        pytest.param(document, says, id="typed"),
        pytest.param(recorded, recorded_says, id="recorded", marks=where_recorded),
    ],
)
def test_a_whole_snapshot_carries_the_official_rates(
    world: World, see: See, documents: Callable[[str], bytes], figures: Callable[[str], Figures]
) -> None:
    for name in PATHS:
        for currency, day, units in day_before(name, documents, figures):
            see(currency, day, units, source=name)
    world.replay.plays = {name: sending(documents(name)) for name in PATHS}
    fetches = world.snapshot()
    assert {name: each.outcome for name, each in fetches.items()} == dict.fromkeys(PATHS, "new")
    for name in PATHS:
        assert sorted(world.figures(name)) == sorted([*day_before(name, documents, figures), *believed(name, figures)])
    ticker = world.ticker()
    assert ticker == {
        "KGS/USD": ("0.01144", "nbkr", "2026-05-23"),  # 1 / 87.4500
        "KZT/USD": ("0.00209", "nbk", "2026-04-01"),  # 1 / 478.77
        "TJS/USD": ("0.10701", "nbt", "2026-05-18"),  # 1 / 9.3450
        "UZS/USD": ("0.00008", "cbu", "2026-04-01"),  # 1 / 12194.21
        "TMT/USD": ("0.28571", "peg", "2026-05-24"),
    }
    again = world.snapshot()
    assert {each.outcome for each in again.values()} == {"unchanged"}


class Fault(NamedTuple):
    """How a source goes wrong, what is told about it, and what of its document is right all the same."""

    source: str
    plays: Respond
    told: str
    right: Figures = []  # noqa: RUF012 - never changed


def printed(name: str, old: bytes, new: bytes) -> Respond:
    """The document with one thing in it changed."""
    return sending(altered(document(name), old, new, 1))


def entities(declared: str, used: bytes) -> Respond:
    whole = document("nbt")
    prolog, rest = whole.split(b"?>", 1)
    bad = altered(rest, b"9.3450", used, 1)
    return sending(prolog + b"?>\n<!DOCTYPE ValCurs [" + declared.encode() + b"]>" + bad)


def laughs() -> str:
    levels = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return '<!ENTITY a0 "9.3450">' + "".join(levels)


def without(name: str, first: bytes, last: bytes) -> Respond:
    """The document with everything from one place to another left out."""
    whole = document(name)
    start = whole.index(first)
    return sending(whole[:start] + whole[whole.index(last, start) + len(last) :])


def for_a_hundred_dollars() -> Respond:
    """The Kazakh document, in which the value of a dollar is said to be that of a hundred."""
    before, dollar, after = document("nbk").partition(b"<title>USD</title>")
    return sending(before + dollar + altered(after, b"<quant>1</quant>", b"<quant>100</quant>", 1))


FAULTS = {
    "500": Fault("nbkr", sending(b"", 500), "127.0.0.1 answered 500 Internal Server Error"),
    "404": Fault("nbk", sending(HTML, 404), "127.0.0.1 answered 404 Not Found"),
    "403": Fault("cbu", sending(HTML, 403), "127.0.0.1 answered 403 Forbidden"),
    "429 with Retry-After": Fault(
        "nbt",
        sending(b"", 429, Retry_After="3600"),
        "127.0.0.1 answered 429 Too Many Requests and asks for no requests before 20",
    ),
    "redirect to an HTML error page": Fault(
        "nbkr", sending(b"", 302, Location="/error.html"), "the document is <html>, not <CurrencyRates>"
    ),
    "redirect to another host": Fault(
        "cbr", sending(b"", 302, Location="http://localhost:1/"), "redirects to http://localhost, which is not followed"
    ),
    "a firewall's HTML": Fault("cbu", sending(HTML), "the answer is no JSON: it begins '<!DOCTYPE html><html>"),
    "empty body": Fault("nbk", sending(b""), "the answer is no XML: it is empty"),
    "truncated XML": Fault("nbkr", sending(document("nbkr")[:200]), "the answer is no XML: it begins '<?xml"),
    "wrong encoding prolog": Fault(
        "cbr", printed("cbr", b"windows-1251", b"UTF-8"), "the answer is no XML: it begins '<?xml"
    ),
    "XML entity bomb": Fault("nbt", entities(laughs(), b"&a9;"), "the answer is no XML: it begins"),
    "external entity": Fault(
        "nbt", entities('<!ENTITY x SYSTEM "file:///etc/hostname">', b"&x;"), "the document declares a DOCTYPE"
    ),
    "gzip bomb": Fault("currency_api", a_bomb(), "127.0.0.1 sent more than 8,000,000 bytes"),
    "a drip": Fault("nbk", a_drip, "127.0.0.1 did not finish within 1 s"),
    "a hang": Fault("cbr", a_hang, "127.0.0.1 was silent for 0.5 s"),
    "a reset": Fault("nbkr", a_reset, "127.0.0.1 broke off"),
    "a date years ahead": Fault(
        "nbt", printed("nbt", b"2026-05-18", b"2036-05-18"), "TJS: its date 2036-05-18 is more than 10 days ahead"
    ),
    "nominal changed from 1 to 100": Fault(
        "nbk",
        for_a_hundred_dollars(),
        "KZT: 4.7877 is outside the plausible band 50 to 5000: it is 1/100.6 of the 481.54",
    ),
    "inverted rate": Fault(
        "nbkr",
        printed("nbkr", b"87,4500", b"0,011435"),
        "KGS: 0.011435 is outside the plausible band 15 to 800: it is the inverse of the 87.45",
    ),
    "ten times the rate, outside the band": Fault(
        "nbkr",
        printed("nbkr", b"87,4500", b"874,500"),
        "KGS: 874.500 is outside the plausible band 15 to 800: it is 10.0 times the 87.45",
    ),
    "ten times the rate, inside the band": Fault(
        "nbt",
        printed("nbt", b"9.3450", b"93.450"),
        "held: USD/TJS for 2026-05-18: 93.450 is 10.0 times the 9.345 of 2026-05-17",
    ),
    "zero": Fault("nbkr", printed("nbkr", b"87,4500", b"0,0000"), "USD: 0.0000 is not a positive number"),
    "negative": Fault("nbt", printed("nbt", b"9.3450", b"-9.3450"), "'-9.3450' is not a number with a decimal point"),
    "empty": Fault("nbk", printed("nbk", b">478.77<", b"><"), "<item> has no description"),
    "N/A": Fault("cbu", printed("cbu", b'"12194.21"', b'"N/A"'), "'N/A' is not a number with a decimal point"),
    "decimal comma for point": Fault(
        "nbt", printed("nbt", b"9.3450", b"9,3450"), "'9,3450' is not a number with a decimal point"
    ),
    "the one currency missing": Fault(
        "nbkr", without("nbkr", b'<Currency ISOCode="USD">', b"</Currency>"), "the document quotes no USD"
    ),
    "one currency of five missing": Fault(
        "cbr",
        printed("cbr", b"<CharCode>KGS</CharCode>", b"<CharCode>KGX</CharCode>"),
        "KGS: it is not in the document",
        [row for row in believed("cbr") if row[0] != "KGS"],
    ),
    "duplicated currency": Fault(
        "nbkr",
        printed(
            "nbkr",
            b"</CurrencyRates>",
            b'<Currency ISOCode="USD"><Nominal>1</Nominal><Value>88,1</Value></Currency></CurrencyRates>',
        ),
        "it is in the document 2 times",
    ),
    "duplicated member of JSON": Fault(
        "currency_api", printed("currency_api", b'"kgs"', b'"kgs": 8.745, "kgs"'), "'kgs' is in one object 2 times"
    ),
    "the recorded row of the Uzbek bank of 1 April 2026": Fault(
        "cbu",
        sending(document("cbu")),
        "held: USD/TMT for 2026-04-01: 3.02010313 is 0.863 times the peg of 3.5",
        believed("cbu"),
    ),
}


ALWAYS = {
    "a drip",
    "one currency of five missing",
    "ten times the rate, inside the band",
    "the recorded row of the Uzbek bank of 1 April 2026",
}
"""Faults that `make test` tries: of the connection, the document, a figure, and one figure among right ones."""
OTHERS = [name for name in FAULTS if name not in ALWAYS]
LEVELS = dict.fromkeys(OTHERS, pytest.mark.soak) | dict.fromkeys(OTHERS[::3], pytest.mark.proof)


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=name, marks=LEVELS.get(name, ())) for name, fault in FAULTS.items()],
)
def test_a_fault_is_its_sources_own(world: World, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(http, "WHOLE_SECONDS", 1)
    world.replay.plays[fault.source] = fault.plays
    a_day_after_all_was_well(world, fault)


def test_a_certificate_that_nobody_vouches_for_is_its_sources_own(
    world: World, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(certificate)
    monkeypatch.setenv("RATESVC_ORIGIN_NBT", serve(world.replay, certificate))
    settings.load.cache_clear()
    a_day_after_all_was_well(
        world, Fault("nbt", world.replay, "127.0.0.1 shows a TLS certificate that cannot be trusted")
    )


def a_day_after_all_was_well(world: World, fault: Fault) -> None:
    """Nothing wrong enters, all others are stored and published, and the reason is told in two places."""
    world.snapshot()
    for other in PATHS:
        right = fault.right if other == fault.source else believed(other)
        assert sorted(world.figures(other)) == sorted([*day_before(other), *right])
    assert world.told_of(fault.source, fault.told)
    held = re.fullmatch(r"held: USD/(\w+) for \S+: (.*)", fault.told)
    assert (f"{held[1]}: {held[2]}" if held else fault.told) in world.complaints()


def test_the_date_of_tomorrow_is_no_fault(world: World) -> None:
    world.replay.plays["nbkr"] = sending(daily("25.05.2026", "87,4600"))
    assert world.snapshot()["nbkr"].error is None
    assert world.figures("nbkr") == [*day_before("nbkr"), ("KGS", "2026-05-25", "87.46")]
    assert world.ticker()["KGS/USD"] == ("0.01143", "nbkr", "2026-05-25")


def test_todays_page_for_any_day_of_the_past_brings_nothing(world: World) -> None:
    world.snapshot()
    span = Span("nbt", date(2026, 4, 1), date(2026, 4, 3))
    assert backfill.fill(world.store, span, lambda _: None).failed == 3
    assert world.figures("nbt") == [*day_before("nbt"), ("TJS", "2026-05-18", "9.345")]
    reason = "TJS: asked for 2026-04-03, the source answered with a document for 2026-05-18"
    assert reason in world.complaints()
    assert world.told_of("nbt", f"3 past days not received: USD/{reason}")


@pytest.mark.process
def test_a_source_that_hangs_keeps_nobody_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATESVC_DEADLINE", "8")
    settings.load.cache_clear()
    world.replay.plays["nbk"] = a_hang
    began = time.monotonic()
    fetches = world.fetched()
    assert 8 < time.monotonic() - began < 10
    publish.publish(world.store)
    assert {name for name, each in fetches.items() if each.outcome == "new"} == set(PATHS) - {"nbk"}
    assert [pair for pair, row in world.ticker().items() if row[1] in ("nbkr", "nbt", "cbu")] == [
        "KGS/USD",
        "TJS/USD",
        "UZS/USD",
    ]
    assert world.told_of("nbk", "there was no answer within 8 s, with all tries")


def test_a_source_that_recovers_is_complained_of_no_more(world: World) -> None:
    good, world.replay.plays["nbk"] = world.replay.plays["nbk"], sending(HTML, 404)
    world.snapshot()
    assert world.told_of("nbk", "404 Not Found")
    world.replay.plays["nbk"] = good
    assert world.snapshot()["nbk"].outcome == "new"
    assert not world.told_of("nbk", "404 Not Found")
    assert "404 Not Found" in world.complaints()  # It is not forgotten.


def test_a_devaluation_waits_for_the_next_publication(world: World) -> None:
    world.snapshot()
    world.replay.plays["nbkr"] = sending(daily("25.05.2026", "118,0000"))
    world.snapshot()
    assert world.told_of("nbkr", "held: USD/KGS for 2026-05-25: 118.0000 is 1.349 times the 87.45 of 2026-05-23")
    assert world.ticker()["KGS/USD"] == ("0.01144", "nbkr", "2026-05-23")
    world.at(NOW + timedelta(days=2))
    world.replay.plays["nbkr"] = sending(daily("26.05.2026", "118,5000"))
    assert "1 confirmed that were held" in world.snapshot()["nbkr"].sentence
    assert world.figures("nbkr")[2:] == [("KGS", "2026-05-25", "118"), ("KGS", "2026-05-26", "118.5")]
    assert world.ticker()["KGS/USD"] == ("0.00844", "nbkr", "2026-05-26")
    assert not world.told_of("nbkr", "held")


def test_the_market_stands_in_for_a_dead_bank_and_steps_back(world: World) -> None:
    world.replay.plays["currency_api"] = printed("currency_api", b"2025-12-30", b"2026-05-24")
    world.snapshot()
    ticker = "SELECT source, kind, change, previous_on, note FROM ticker WHERE pair = 'KZT/USD'"
    [row] = world.published.rows(ticker)
    why = "market rate: National Bank of Kazakhstan: we have received nothing newer than 2026-04-01"
    assert (row["source"], row["kind"], row["change"], row["previous_on"]) == ("currency_api", "market", "—", None)
    assert why in row["note"]
    assert f"USD/KZT: {why}" in world.status()
    world.at(NOW + timedelta(days=2))
    for day, rate, step in (("25.05.2026", b"480.00", b"+1.23"), ("26.05.2026", b"482.40", b"+2.40")):
        body = altered(document("nbk"), b"01.04.2026", day.encode(), 1).replace(b">478.77<", b">" + rate + b"<")
        body = altered(body, b"<change>-2.77<", b"<change>" + step + b"<", 1)
        world.replay.plays["nbk"] = sending(body)
        world.snapshot()
    [row] = world.published.rows(ticker)
    assert (row["source"], row["kind"], row["change"], row["note"]) == ("nbk", "official", "-0.5%", None)
    assert "KZT/USD" not in world.status()


def daily(day: str, rate: str) -> bytes:
    """The Kyrgyz bank's document for another day, without the other currencies, which would contradict the rate."""
    dollar, _, end = document("nbkr").partition(b'<Currency ISOCode="EUR">')
    alone = dollar + end[end.rindex(b"</CurrencyRates>") :]
    return altered(altered(alone, b"23.05.2026", day.encode(), 1), b"87,4500", rate.encode(), 1)
