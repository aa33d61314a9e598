"""What other sites put into their pages: numbers, sentences, charts and cards; live, for a day, and pinned."""

import json
import re
import shutil
import struct
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import resvg_py
from flask.testing import FlaskClient
from lxml import etree, html

from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.core.currencies import CODES
from ratesvc.publish import publish
from ratesvc.render import i18n
from ratesvc.render.i18n import LANGUAGES, Words
from ratesvc.store.database import Store
from ratesvc.web import create_app
from ratesvc.web.embed import cards, chart, scripts
from ratesvc.web.embed.builder import MORE_PAIRS
from ratesvc.web.http import assets
from ratesvc.web.http.params import TICKER_PAIRS

from .conftest import See
from .serving import TODAY, publish_every_state
from .test_ticker import HOSTILE


@pytest.fixture(scope="module")
def client(every_state: Path) -> Iterator[FlaskClient]:
    """A row of each state, for tests that change nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATESVC_DATA", str(every_state))
        settings.load.cache_clear()
        yield create_app().test_client()


def value(client: FlaskClient, query: str) -> dict[str, object]:
    answer = client.get(f"/embed/value.json?{query}")
    assert answer.status_code == 200, answer.text
    [row] = json.loads(answer.data)["rows"]
    assert isinstance(row, dict)
    return row


# Numbers -----------------------------------------------------------------------------------------


def test_a_number_is_the_tickers(client: FlaskClient) -> None:
    ticker = {row["pair"]: row for row in json.loads(client.get("/ticker.json?lang=ru&per=auto").data)["rows"]}
    for pair, row in ticker.items():
        assert value(client, f"pair={pair}&lang=ru&per=auto") == row
    assert ticker["KZT/USD"]["units"] == "517,30"
    assert ticker["TJS/USD"]["units"] == "9,3450"
    assert ticker["UZS/USD"]["units"] == "11\xa0792,22"


def test_a_number_of_a_day_is_the_last_one_up_to_it(client: FlaskClient) -> None:
    row = value(client, "pair=UZS&on=2026-08-20&digits=precise")
    assert (row["observed_on"], row["source"], row["fallback"]) == ("2026-08-20", "currency_api", True)
    weekend = value(client, f"pair=KZT&on={TODAY}")
    assert (weekend["rate"], weekend["change"], weekend["observed_on"]) == ("0.00193", "0.31%", str(TODAY))
    assert weekend["sourced"] == f"National Bank of Kazakhstan, {Words('en').day(TODAY)}"
    assert value(client, "pair=TMT&on=2016-02-29")["units"] == "3.50"
    # Somebody in Almaty is in tomorrow already; and what is stale is stale for its day too.
    assert value(client, f"pair=KZT&on={TODAY + timedelta(days=1)}") == value(client, "pair=KZT")
    assert value(client, "pair=UZS&on=2026-09-30")["stale"] is True


def test_a_day_without_a_rate_is_refused(client: FlaskClient) -> None:
    answer = client.get("/embed/value.json?pair=KZT&on=1999-09-01")
    assert answer.status_code == 404
    assert "there is no rate of KZT/USD for 1999-09-01 or the ten days before it" in answer.text
    late = datetime.now(UTC).date() + timedelta(days=2)
    assert client.get(f"/embed/value.json?pair=KZT&on={late}").status_code == 422


@pytest.mark.soak
def test_every_day_of_the_archive_has_the_rate_and_the_change_of_the_views(store: Store) -> None:
    snapshot.load_archive(store)
    truth = {
        (currency, day): (units, shown, previous)
        for currency, day, units, shown, previous in store.query(
            "SELECT rates.quote, rates.observed_on, rates.rate, inverse_change_shown, previous_on"
            " FROM rates LEFT JOIN (FROM changes WHERE period = 'previous') AS changes"
            " ON changes.source = rates.source AND changes.pair = rates.pair"
            " AND changes.observed_on = rates.observed_on"
            " WHERE rates.source = 'currency_api' AND rates.base = 'USD'"
        )
    }
    days = sorted({day for _, day in truth})
    assert len(days) == 203
    for day in days:
        rows = store.query(
            "SELECT pair, printed, change, observed_on, previous_on FROM ticker_on(?) WHERE source <> 'peg'",
            [day],
        )
        assert len(rows) == 4
        for pair, units, change, observed_on, previous_on in rows:
            expected = truth[pair[:3], observed_on]
            shown = "—" if expected[1] is None else f"{expected[1]:f}".rstrip("0").rstrip(".") + "%"
            assert observed_on == day
            assert (float(units), change, previous_on) == (float(expected[0]), shown, expected[2])


# Pins --------------------------------------------------------------------------------------------


def test_what_is_pinned_stays_when_rates_are_corrected_and_files_are_gone(store: Store, see: See, data: Path) -> None:
    publish_every_state(store)
    client = create_app().test_client()
    version = json.loads(client.get("/ticker.json").data)["version"]
    pinned = [
        f"/embed/value.json?pair=KZT&pin={version}",
        f"/embed/value.json?pair=KZT&on={TODAY}&pin={version}",
        f"/embed/sentence?pair=KZT&pin={version}&lang=ru",
        f"/card/KZT.svg?pin={version}",
        f"/card/KZT.png?pin={version}&size=sparkline",
        f"/card/all.svg?pin={version}",
        f"/embed/chart/KZT?pin={version}&range=1m",
    ]
    before = [client.get(path) for path in pinned]
    live = [client.get(re.sub(r"pin=\w+&?", "", path)).data for path in pinned]
    assert all(answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"] for answer in before)
    see("KZT", str(TODAY), "600.00", source="nbk")
    publish.publish(store)
    shutil.rmtree(data / "published" / version)
    later = create_app().test_client()
    assert [later.get(path).data for path in pinned] == [answer.data for answer in before]
    changed = [later.get(re.sub(r"pin=\w+&?", "", path)).data for path in pinned]
    assert all(now != then for now, then in zip(changed, live, strict=True))


def test_a_pin_goes_on_preferring_what_its_version_preferred(store: Store, see: See) -> None:
    publish_every_state(store)
    see("KZT", str(TODAY), "515.00")  # By the market.
    version = publish.publish(store)
    address = f"/embed/value.json?pair=KZT&on={TODAY - timedelta(days=1)}"
    before = create_app().test_client().get(f"{address}&pin={version}")
    with store.transaction() as connection:
        connection.execute("UPDATE pairs SET preferred_kind = 'market'")
    see("KZT", str(TODAY - timedelta(days=1)), "514.00")
    publish.publish(store)
    later = create_app().test_client()
    assert later.get(f"{address}&pin={version}").data == before.data
    assert b'"printed":"518.92"' in before.data
    assert b'"printed":"514"' in later.get(address).data


def test_there_is_nothing_to_pin_in_a_version_that_never_was(client: FlaskClient) -> None:
    for path in ("/embed/value.json?pair=KZT&", "/embed/sentence?pair=KZT&", "/card/KZT.svg?", "/embed/chart/KZT?"):
        answer = client.get(f"{path}pin=20200101T000000000Z")
        assert (answer.status_code, json.loads(answer.data)["error"]["parameter"]) == (404, "pin")


# Sentences ---------------------------------------------------------------------------------------

SENTENCES = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))
OTHERS = {
    "en": (
        "was last quoted at 11,792.22",
        "has been pegged at 3.50 per dollar since 1 January 2015",
        "There is no rate",
    ),
    "ru": ("последний курс 11\xa0792,22", "привязан к доллару: 3,50 за доллар с 1 января 2015", "курса пока нет"),
    "ky": ("акыркы алынган курс", "долларга бекитилген: бир доллар — 3,50", "курс азырынча жок"),
    "kk": ("соңғы алынған бағам", "долларға бекітілген: бір доллар — 3,50", "бағам әзірге жоқ"),
    "tg": ("қурби охирини гирифташуда", "ба доллар вобаста аст: як доллар — 3,50", "қурб ҳоло нест"),
    "uz": ("so‘nggi olingan kurs", "dollarga bog‘langan: bir dollar — 3,50", "kurs hozircha yo‘q"),
    "tk": ("soňky alnan kurs", "dollara berkidilen: bir dollar — 3,50", "kurs heniz ýok"),
}
"""Stale, pegged, and no rate at all."""


def test_each_state_has_its_sentence_in_each_language(store: Store, see: See) -> None:
    assert set(SENTENCES) == set(OTHERS) == set(LANGUAGES)
    # One day after the other: no rate before, up, down, flat.
    for day, units in (
        ("2024-12-14", "517.30"),
        ("2023-12-13", "518.92"), ("2023-12-14", "517.30"),
        ("2022-12-13", "517.30"), ("2022-12-14", "518.92"),
        ("2021-12-13", "517.30"), ("2021-12-14", "517.30"),
    ):  # fmt: skip
        see("KZT", day, units, source="nbk")
    publish.publish(store)
    later = create_app().test_client()
    for language, expected in SENTENCES.items():
        for year, kind in ((2023, "up"), (2022, "down"), (2021, "flat"), (2024, "unknown")):
            said = later.get(f"/embed/sentence?pair=KZT/USD&lang={language}&on={year}-12-14")
            assert said.headers["Content-Type"].startswith("text/plain")
            assert said.text == expected[kind].format(day=expected["day"].replace("2024", str(year))) + "\n"


def test_stale_pegged_and_missing_rates_have_sentences_of_their_own(client: FlaskClient) -> None:
    for language, (stale, pegged, _) in OTHERS.items():
        assert stale in client.get(f"/embed/sentence?pair=UZS&lang={language}").text
        assert pegged in client.get(f"/embed/sentence?pair=TMT&lang={language}").text


def test_where_nothing_is_known_every_form_says_so(store: Store) -> None:
    publish.publish(store)
    client = create_app().test_client()
    for language, (*_, missing) in OTHERS.items():
        assert missing in client.get(f"/embed/sentence?pair=KZT&lang={language}").text
        assert missing in client.get(f"/embed/chart/KZT?lang={language}").text
        assert missing in client.get(f"/card/KZT.svg?lang={language}").text
    assert client.get("/card/KZT.png").data.startswith(b"\x89PNG")
    assert value(client, "pair=KZT")["units"] is None


# Cards -------------------------------------------------------------------------------------------


def test_a_card_is_a_picture_with_letters_in_it(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for size, pixels in cards.SIZES.items():
        for theme in ("light", "dark"):
            answer = client.get(f"/card/KZT.png?size={size}&theme={theme}&lang=kk")
            assert answer.headers["Content-Type"] == "image/png"
            assert struct.unpack(">II", answer.data[16:24]) == pixels
            svg = client.get(f"/card/KZT.svg?size={size}&theme={theme}&lang=kk")
            assert svg.headers["Content-Type"].startswith("image/svg+xml")
            root = etree.fromstring(svg.data)
            words = " ".join(root.itertext())
            assert "0,00193311" in words
            assert "Қазақстан Ұлттық Банкі" in words
            for text in root.findall(".//{*}text"):
                root.remove(text)
            empty = cards._png(etree.tostring(root, encoding="unicode"))
            assert len(answer.data) > 1.5 * len(empty)


def test_a_card_has_the_colours_of_the_pages() -> None:
    style = (assets.FOLDER / "site.css").read_text(encoding="utf-8")
    names = {"back": "page", "ink": "ink", "soft": "soft", "line": "line", "mark": "link", "up": "up", "down": "down"}
    light, dark = re.findall(r"--page: .*?--warn: #\w+;", style, re.DOTALL)[:2]
    for theme, block in (("light", light), ("dark", dark)):
        for name, variable in {**names, "warn": "warn"}.items():
            assert f"--{variable}: {cards.PAINT[theme][name]};" in block, (theme, name)


def test_a_card_draws_official_rates_in_steps_and_marks_the_last(client: FlaskClient) -> None:
    official, market = (etree.fromstring(client.get(f"/card/{code}.svg").data) for code in ("KZT", "UZS"))
    for card, steps in ((official, True), (market, False)):
        [line] = card.xpath("//*[@fill='none' and @stroke-linecap]")
        assert ("V" in line.get("d")) is steps
        [last] = card.findall("{*}circle")
        assert line.get("d").endswith(f"V{last.get('cy')}" if steps else f"{last.get('cx')} {last.get('cy')}")


def test_a_card_as_people_quote_says_the_other_way_round_too(client: FlaskClient) -> None:
    said = " ".join(etree.fromstring(client.get("/card/KZT.svg?direction=local").data).itertext())
    assert "517.30" in said
    assert "1 KZT = 0.00193311 USD" in said
    # The change is the tenge's, so its code stands beside the arrow; KZT/USD needs none.
    for path, named in (
        ("/card/KZT.svg", ">KZT</text>"),
        ("/card/KZT.svg?size=sparkline", ">KZT</text>"),
        ("/embed/chart/KZT", '>KZT <span class="arrow">'),
        ("/currency/KZT", '<span class="moved up">KZT</span>'),
    ):
        address = path + ("&" if "?" in path else "?")
        assert named in client.get(f"{address}direction=local").text
        assert named not in client.get(f"{address}direction=unit").text


def test_the_card_of_all_says_what_the_ticker_says(client: FlaskClient) -> None:
    for query in ("", "lang=ru", "direction=local", "base=EUR"):
        svg = client.get(f"/card/all.svg?{query}")
        pairs = ",".join(
            f"{base}/{code}" if "local" in query else f"{code}/{base}"
            for code in CODES
            for base in ("EUR" if "EUR" in query else "USD",)
        )
        language = "ru" if "ru" in query else "en"
        answer = client.get(f"/ticker.json?pairs={pairs}&digits=precise&lang={language}")
        rows = json.loads(answer.data)["rows"]
        turned = pairs if "local" not in query else ",".join(f"{code}/USD" for code in CODES)
        own_rows = json.loads(client.get(f"/ticker.json?pairs={turned}&digits=precise&lang={language}").data)["rows"]
        texts = [str(text.xpath("string()")) for text in etree.fromstring(svg.data).findall("{*}text")]
        title = str(etree.fromstring(svg.data).findtext("{*}title")).split("; ")
        for row, own in zip(rows, own_rows, strict=True):
            rate = (row["rate"] if row["inverted"] else row["units"]) if row["printed"] else "—"
            # The change is the currency's own, and an arrow stands for its sign. Its code stands beside another base.
            said, code = title.pop(0), own["base"]
            assert said.startswith(f"{row['pair']} = {rate}")
            assert (f"{code} " if not row["inverted"] else "") + own["change"] in said
            moved = own["direction"] in ("up", "down")
            assert (code in texts) is (moved and not row["inverted"])
            assert {rate, own["change"].lstrip("-"), Words("en").capital(row["name"])} <= set(texts)
            [beneath] = [text for text in texts if text.startswith(row["pair"])]
            label = own["label"] or ""
            assert label.replace(own.get("unconfirmed_rate") or "-", row.get("unconfirmed_rate") or "-") in beneath
        banks = json.loads(answer.data)["words"]["credit"].split(" · ") if rows[0]["printed"] else []
        assert all(any(bank in text for text in texts) for bank in banks)
    assert struct.unpack(">II", client.get("/card/all.png?theme=dark").data[16:24]) == (1200, 630)


def test_the_font_has_every_letter_of_every_language() -> None:
    files = i18n.LOCALE.rglob("*.po")
    from_the_words = set("".join(path.read_text(encoding="utf-8") for path in files))
    named = {
        letter
        for language in LANGUAGES
        for code in ("KGS", "KZT", "TJS", "UZS", "TMT")
        for month in range(1, 13)
        for letter in Words(language).currency(code) + Words(language).day(TODAY.replace(month=month, day=1))
    }
    needed = {letter for letter in from_the_words if letter.isalpha()} | named | set("0123456789,.-+—−–%·:/=()«»“”‘’")
    assert len(cards._FONTS) == 3
    for font in cards._FONTS:
        covered = _characters(Path(font).read_bytes())
        assert {letter for letter in needed if letter > " "} <= covered
    assert sum(Path(font).stat().st_size for font in cards._FONTS) < 200_000


def test_resvg_finds_each_font_by_its_name(capfd: pytest.CaptureFixture[str]) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text font-family="{}">0</text></svg>'
    for family, found in (("Inter", True), ("'Source Serif 4'", True), ("DejaVu Sans", False)):
        resvg_py.svg_to_bytes(
            svg_string=svg.format(family), skip_system_fonts=True, font_files=cards._FONTS, log_information=True
        )
        assert ("No match" not in capfd.readouterr().out) is found


def _characters(font: bytes) -> set[str]:
    """The characters of a TrueType font, from its table cmap, format 4."""
    tables = {
        font[at : at + 4]: struct.unpack(">II", font[at + 8 : at + 16]) for at in range(12, 12 + 16 * font[5], 16)
    }
    start, _ = tables[b"cmap"]
    (count,) = struct.unpack(">H", font[start + 2 : start + 4])
    for table in range(count):
        (offset,) = struct.unpack(">I", font[start + 8 + 8 * table : start + 12 + 8 * table])
        at = start + offset
        if struct.unpack(">H", font[at : at + 2]) != (4,):
            continue
        segments = struct.unpack(">H", font[at + 6 : at + 8])[0] // 2
        ends = struct.unpack(f">{segments}H", font[at + 14 : at + 14 + 2 * segments])
        starts = struct.unpack(f">{segments}H", font[at + 16 + 2 * segments : at + 16 + 4 * segments])
        return {chr(code) for first, last in zip(starts, ends, strict=True) for code in range(first, last + 1)}
    raise AssertionError("no table of format 4")


def test_a_script_in_a_page_of_any_language_gets_an_answer(client: FlaskClient) -> None:
    for path in ("/ticker.json?", "/embed/value.json?pair=KZT&"):
        told = [json.loads(client.get(f"{path}lang={language}").data) for language in ("ru", "fr", "en")]
        assert [each["language"] for each in told] == ["ru", "en", "en"]
        assert told[1] == told[2]


# Charts ------------------------------------------------------------------------------------------


def test_a_chart_draws_official_rates_in_steps_and_says_the_last_at_its_end(client: FlaskClient) -> None:
    for path, steps, last in (
        ("/embed/chart/KZT", True, "0.00193311"),
        ("/embed/chart/KZT?direction=local", True, "517.30"),
        ("/embed/chart/UZS?range=3m", False, "0.0000848016"),
    ):
        page = html.fromstring(client.get(path).text)
        [line] = page.xpath("//div[@class='drawing']//path/@d")
        assert ("V" in line) is steps
        [end] = page.xpath("//b[@class='last']")
        assert end.text_content() == last
        assert len(page.xpath("//span[@class='value']")) <= 4


def test_a_chart_has_the_letters_and_colours_of_the_pages(client: FlaskClient) -> None:
    style = (assets.FOLDER / "site.css").read_text(encoding="utf-8")
    page = client.get("/embed/chart/KZT").text
    for part, letters in re.findall(r'sans-([\w-]+)\.woff2"\); unicode-range: ([^;]+);', style):
        assert set(letters.split(", ")) <= set(chart.LETTERS[part].split(", "))
    for name in ("ink", "soft", "line", "up", "down", "warn"):
        for value in set(re.findall(rf"--{name}: (#\w+);", style)):
            assert f"--{name}: {value};" in page


# Strictness --------------------------------------------------------------------------------------

TAKES = {
    "/embed/value.json?pair=KZT": ("on", "pin", "digits", "per", "sign", "lang", "unconfirmed"),
    "/embed/value.json?": ("pair",),
    "/embed/sentence?pair=KZT": ("on", "pin", "lang"),
    "/embed/sentence?": ("pair",),
    "/embed/chart/KZT?": ("range", "theme", "lang", "pin"),
    "/embed/ticker?": (
        "pairs",
        "digits",
        "per",
        "sign",
        "lang",
        "unconfirmed",
        "theme",
        "speed",
        "direction",
        "labels",
        "fontsize",
        "sources",
    ),
    "/card/KZT.svg?": ("size", "theme", "lang", "pin"),
    "/card/KZT.png?": ("size", "theme", "lang", "pin"),
    "/card/all.svg?": ("theme", "lang", "pin", "base", "direction"),
}


OPENED = ("/embed", "/embed/demo", "/embed/ticker", "/embed/chart/KZT", "/ticker.html")
"""What people open, by addresses to which others add parameters of their own."""


@pytest.mark.parametrize("path", OPENED)
@pytest.mark.parametrize("foreign", ["fbclid", "ysclid", "utm_source", "a[b]"])
def test_a_page_passes_over_what_others_add_to_its_address(client: FlaskClient, path: str, foreign: str) -> None:
    plain = client.get(path)
    for query in ({foreign: "x"}, [(foreign, "x"), (foreign, "<script>")]):
        answer = client.get(path, query_string=query)
        assert answer.status_code == 200
        assert answer.data == plain.data
    if path not in ("/embed/demo", "/embed"):
        assert client.get(path, query_string={foreign: "x", "lang": "xxx"}).status_code == 422
        assert client.get(path, query_string={foreign: "x", "lang": "ru"}).data == client.get(f"{path}?lang=ru").data


@pytest.mark.parametrize("path", TAKES)
def test_what_makes_no_sense_is_refused_and_not_repeated(client: FlaskClient, path: str) -> None:
    page, _, query = path.partition("?")
    given = dict([query.split("=")]) if query else {}
    for name in TAKES[path]:
        for hostile in HOSTILE:
            answer = client.get(page, query_string={**given, name: hostile})
            assert answer.status_code == 422, (name, hostile)
            assert json.loads(answer.data)["error"]["parameter"] == name
            assert hostile not in answer.text
    assert client.get(page, query_string={"pair": "KZT", **given, "callback": "x"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/embed/chart/XXX", "/card/XXX.svg", "/card/KZT.gif", "/embed/chart/kzt", "/embed/nothing"]
)
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_frames_may_be_framed_and_talk_to_nobody_else(client: FlaskClient) -> None:
    for path in ("/embed/ticker", "/embed/chart/KZT", "/embed/chart/TMT?range=5y"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "frame-ancestors *" in policy
        assert "default-src 'none'" in policy
    for path in ("/", "/card/KZT.svg", "/embed/sentence?pair=KZT"):
        assert "frame-ancestors 'none'" in client.get(path).headers["Content-Security-Policy"]


def test_before_the_first_version_everything_says_so(data: Path) -> None:
    client = create_app().test_client()
    for path in ("/embed/ticker", "/embed/chart/KZT", "/embed/value.json?pair=KZT", "/card/KZT.png"):
        assert client.get(path).status_code == 503


# oEmbed ------------------------------------------------------------------------------------------


def discovered(client: FlaskClient, path: str) -> dict[str, str]:
    """The addresses by which a page says how it is embedded."""
    page = html.fromstring(client.get(path).text)
    return {str(link.get("type")): str(link.get("href")) for link in page.findall(".//link[@rel='alternate']")}


@pytest.mark.parametrize(
    "path",
    ["/embed/ticker", "/embed/ticker?pairs=KZT/USD,KGS&lang=ru&per=auto", "/embed/chart/KZT?range=1m&theme=dark"],
)
def test_every_page_says_how_it_is_embedded(client: FlaskClient, path: str) -> None:
    found = discovered(client, path)
    answer = client.get(found["application/json+oembed"])
    told = json.loads(answer.data)
    assert answer.headers["Content-Type"] == "application/json"
    assert (told["version"], told["type"]) == ("1.0", "rich")
    frame = html.fragment_fromstring(told["html"])
    assert frame.tag == "iframe"
    assert (frame.get("width"), frame.get("height"), frame.get("style")) == ("100%", str(told["height"]), None)
    assert told["provider_name"] == settings.load().site_name
    assert frame.get("title") == told["title"]
    source = str(frame.get("src"))
    assert source.startswith("http://127.0.0.1:8000/embed/")
    assert client.get(source).data == client.get(path).data
    xml = client.get(found["text/xml+oembed"])
    assert xml.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert {child.tag: child.text for child in etree.fromstring(xml.data)} == {
        name: str(text) for name, text in told.items()
    }


def test_what_others_added_to_a_pasted_address_is_left_out(client: FlaskClient) -> None:
    pasted = "http://127.0.0.1:8000/embed/ticker?ysclid=x&lang=ru&utm_source=letter"
    told = json.loads(client.get("/oembed", query_string={"url": pasted}).data)
    assert 'src="http://127.0.0.1:8000/embed/ticker?lang=ru"' in told["html"]


def test_an_embed_is_no_larger_than_there_is_room(client: FlaskClient) -> None:
    address = "/oembed?url=http://127.0.0.1:8000/embed/chart/KZT"
    for asked, size in (
        ("", (640, 320)), ("&maxwidth=300", (300, 320)), ("&maxwidth=900", (900, 320)),
        ("&maxwidth=9999&maxheight=200", (1200, 200)),
    ):  # fmt: skip
        told = json.loads(client.get(address + asked).data)
        assert (told["width"], told["height"]) == size
        assert f'width="100%" height="{size[1]}"' in told["html"]
        assert (f'style="max-width:{size[0]}px"' in told["html"]) is ("maxwidth" in asked)
    # WordPress sends this, and others send more.
    assert client.get(f"{address}&dnt=1").status_code == 200


@pytest.mark.parametrize(
    ("page", "frame"),
    [
        ("", "/embed/ticker?direction=local"),
        ("/", "/embed/ticker?direction=local"),
        ("/?lang=ru&theme=dark&utm_source=x", "/embed/ticker?lang=ru&theme=dark&direction=local"),
        ("/?direction=unit", "/embed/ticker"),
        ("/?base=EUR", "/embed/ticker?pairs=EUR%2FKGS%2CEUR%2FKZT%2CEUR%2FTJS%2CEUR%2FUZS%2CEUR%2FTMT"),
        ("/?base=eur&direction=unit&lang=kk",
         "/embed/ticker?lang=kk&pairs=KGS%2FEUR%2CKZT%2FEUR%2CTJS%2FEUR%2CUZS%2FEUR%2CTMT%2FEUR"),
        ("/currency/KZT", "/embed/chart/KZT?direction=local"),
        ("/currency/kzt?direction=unit&range=3m&lang=ru", "/embed/chart/KZT?direction=unit&lang=ru&range=3m"),
        ("/currency/KZT?base=RUB&range=all", "/embed/chart/KZT?base=RUB&direction=local"),
        ("/pair/EUR/KZT?lang=ru", "/embed/chart/KZT?base=EUR&direction=local&lang=ru"),
        ("/pair/kzt/usd", "/embed/chart/KZT?base=USD&direction=unit"),
    ],
)  # fmt: skip
def test_a_page_for_readers_is_embedded_as_its_frame(client: FlaskClient, page: str, frame: str) -> None:
    told = json.loads(client.get("/oembed", query_string={"url": f"http://127.0.0.1:8000{page}"}).data)
    source = urlsplit(str(html.fragment_fromstring(told["html"]).get("src")))
    assert (source.path, sorted(parse_qsl(source.query))) == (
        urlsplit(frame).path,
        sorted(parse_qsl(urlsplit(frame).query)),
    )
    assert client.get(source.geturl().removeprefix("http://127.0.0.1:8000")).status_code == 200
    assert told["height"] == (320 if "chart" in frame else 44)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("url=", 422),
        ("url=/embed/ticker", 422),
        ("url=javascript:alert(1)", 422),
        ("url=http://127.0.0.1:8000/embed/ticker%0d%0aX:1", 422),
        ("url=http://127.0.0.1:8000/embed/ticker%22%3E%3Cscript%3E", 404),
        ("url=http://127.0.0.1:8000/embed/ticker?pairs=%22%3E%3Cscript%3E", 404),
        ("url=http://elsewhere.example/embed/ticker", 404),
        ("url=http://127.0.0.1:8000@elsewhere.example/embed/ticker", 404),
        ("url=http://127.0.0.1:8000.elsewhere.example/embed/ticker", 404),
        ("url=http://127.0.0.1:8000/sources", 404),
        ("url=http://127.0.0.1:8000/?lang=xxx", 404),
        ("url=http://127.0.0.1:8000/?base=XXX", 404),
        ("url=http://127.0.0.1:8000/currency/USD", 404),
        ("url=http://127.0.0.1:8000/pair/USD/EUR", 404),
        ("url=http://127.0.0.1:8000/pair/KZT/KGS", 404),
        ("url=http://127.0.0.1:8000/embed/chart/XXX", 404),
        ("url=http://127.0.0.1:8000/embed/chart/KZT?pin=1", 404),
        ("url=http://127.0.0.1:8000/embed/chart/KZT?pin=20200101T000000000Z", 404),
        ("url=http://127.0.0.1:8000/embed/ticker&format=yaml", 501),
        ("url=http://127.0.0.1:8000/embed/ticker&maxwidth=0", 422),
        ("url=http://127.0.0.1:8000/embed/ticker&maxheight=%D9%A1", 422),
        ("url=http://127.0.0.1:8000/embed/ticker&url=http://127.0.0.1:8000/embed/ticker", 404),
    ],
)
def test_what_cannot_be_embedded_is_refused(client: FlaskClient, query: str, status: int) -> None:
    answer = client.get(f"/oembed?{query}")
    assert answer.status_code == status, answer.text
    assert "<script" not in answer.text


def test_a_forged_host_is_not_believed(client: FlaskClient) -> None:
    for path in ("/embed", "/embed/demo", "/embed/ticker", "/embed/chart/KZT", "/ticker.html"):
        assert "evil.example" not in client.get(path, headers={"Host": "evil.example"}).text


def test_addresses_are_those_by_which_readers_come(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_every_state(store)
    monkeypatch.setenv("RATESVC_PUBLIC_URL", "https://rates.example.org")
    settings.load.cache_clear()
    client = create_app().test_client()
    told = json.loads(client.get("/oembed?url=https://rates.example.org/embed/ticker?lang=ru").data)
    assert 'src="https://rates.example.org/embed/ticker?lang=ru"' in told["html"]
    assert "127.0.0.1" not in client.get("/embed").text
    assert "https://rates.example.org/card/KZT.png" in client.get("/embed/chart/KZT").text


# The builder -------------------------------------------------------------------------------------


def lines(client: FlaskClient, query: str = "") -> dict[str, str]:
    """What the builder offers to copy, by its English title."""
    plain, found = (
        html.fromstring(client.get(f"/embed?{asked}").text).findall(".//section[@class='line']")
        for asked in ("", query)
    )
    return {
        str(english.findtext("h3")): str(line.findtext(".//code")) for english, line in zip(plain, found, strict=True)
    }


def test_the_builder_speaks_the_language_of_the_browser(client: FlaskClient) -> None:
    page = html.fromstring(client.get("/embed", headers={"Accept-Language": "ru-RU, en;q=0.5"}).text)
    assert (page.get("lang"), page.findtext(".//h1")) == ("ru", "Встроить курсы")
    assert page.xpath("string(//select[@name='lang']/option[@selected]/@value)") == "ru"
    for text in page.xpath("//main//h2 | //main//h3 | //main//label | //main//legend | //main//option"):
        said = "".join(text.itertext()).strip()
        assert re.search("[а-яё]", said) or re.fullmatch(
            r"[A-Z/]+|Iframe|AMP|\d\w|[^а-яА-Я]*[^\x00-\x7f].*|English", said
        ), said


def test_the_builder_writes_what_was_chosen(client: FlaskClient) -> None:
    plain = lines(client)
    assert plain["Script"] == (
        '<script async src="http://127.0.0.1:8000/embed/ticker.js"></script>'
        '<rates-ticker style="display:block;min-height:44px">'
        '<a href="http://127.0.0.1:8000/ticker.html">Exchange rates</a></rates-ticker>'
    )
    assert plain["WordPress, Ghost and others"] == "http://127.0.0.1:8000/embed/ticker"
    assert "?" not in plain["Iframe"]
    chosen = lines(client, "pairs=KZT/USD&pairs=UZS/USD&lang=ru&per=auto&digits=site&theme=dark&on=&speed=80")
    assert '<rates-ticker pairs="KZT/USD,UZS/USD" per="auto" lang="ru" theme="dark" speed="80"' in chosen["Script"]
    assert scripts.newest()["ticker"].integrity in chosen["Script that never changes"]
    [image] = re.findall(r"http://127.0.0.1:8000(/card/all[^\"]*)", chosen["Image for mail and messengers"])
    assert image == "/card/all.png?lang=ru&amp;theme=dark"
    assert client.get(image.replace("&amp;", "&")).status_code == 200
    # Readers without scripts get the same rates behind the link, and mail those that the card of all can show.
    [link] = re.findall(r"http://127.0.0.1:8000(/ticker.html[^\"]*)", chosen["Script"])
    assert link == "/ticker.html?pairs=KZT%2FUSD%2CUZS%2FUSD&amp;per=auto&amp;lang=ru"
    assert "UZS/USD = 0,08480" in client.get(link.replace("&amp;", "&")).text
    for query, address, whole in (
        ("direction=local", "?direction=local", True),
        ("pairs=EUR/KZT,EUR/KGS&lang=ru", "?base=EUR&amp;direction=local&amp;lang=ru", True),
        ("pairs=KZT/EUR", "?base=EUR", True),
        ("pairs=USD/KZT&theme=auto", "?direction=local", True),
        ("pairs=KZT/USD,USD/KZT", "", False),
        ("pairs=EUR/USD", "", False),
    ):
        assert f'/card/all.png{address}"' in lines(client, query)["Image for mail and messengers"]
        assert ("not the pairs chosen above" in client.get(f"/embed?{query}&ui=en").text) is not whole
    for title in ("Iframe", "WordPress, Ghost and others", "AMP"):
        [address] = re.findall(r"http://127.0.0.1:8000(/embed/ticker[^\"]*)", chosen[title].replace("&amp;", "&"))
        assert client.get(address).status_code == 200
        assert "lang=ru" in address
    for title in ("Plain rows, PHP", "Plain rows, JavaScript"):
        [address] = re.findall(r"http://127.0.0.1:8000(/ticker.json[^'\"]*)", chosen[title])
        assert [row["pair"] for row in json.loads(client.get(address).data)["rows"]] == ["KZT/USD", "UZS/USD"]
        assert "amp;" not in chosen[title]


def test_the_builder_keeps_the_order_of_pairs_and_has_a_box_for_each(client: FlaskClient) -> None:
    offered = {pair for boxes in (TICKER_PAIRS, *MORE_PAIRS.values()) for pair in boxes}
    for pairs in ("KZT/RUB,USD/KZT", "USD/EUR,EUR/RUB", "UZS/USD,KGS/USD", ""):
        boxes = html.fromstring(client.get(f"/embed?pairs={pairs}").text).findall(".//input[@name='pairs']")
        chosen = pairs.split(",") if pairs else list(TICKER_PAIRS)
        assert [box.get("value") for box in boxes if box.get("checked") is not None] == chosen
        assert [box.get("value") for box in boxes[: len(chosen)]] == chosen
        assert sorted(str(box.get("value")) for box in boxes) == sorted(offered | set(chosen))


def test_the_builder_offers_names_a_size_and_the_place_of_the_sources(client: FlaskClient) -> None:
    named = {"labels": 'KGS:Сом "A" & <b>', "fontsize": "20", "sources": "info", "per": "auto"}
    page = client.get("/embed", query_string=named)
    offered = {
        str(line.findtext("h3")): str(line.findtext(".//code"))
        for line in html.fromstring(page.text).findall(".//section[@class='line']")
    }
    for title, height in (("Script", "min-height:52px"), ("Iframe", 'height="52"'), ("AMP", 'height="52"')):
        assert height in offered[title]
    element = html.fragment_fromstring(f"<div>{offered['Script']}</div>").find(".//rates-ticker")
    assert element is not None
    assert {name: element.get(name) for name in named} == named
    frame = html.fragment_fromstring(offered["Iframe"])
    inside = client.get(str(frame.get("src")).removeprefix("http://127.0.0.1:8000")).text
    assert "Сом &#34;A&#34; &amp; &lt;b&gt; = 0.01144" in inside
    assert "height: 52px; --rates-wrap: nowrap; --rates-font-size: 20px; --rates-height: 52px;" in inside
    told = json.loads(client.get("/oembed", query_string={"url": str(frame.get("src"))}).data)
    assert told["height"] == 52
    form = html.fromstring(page.text)
    assert form.xpath("string(//input[@name='labels']/@value)") == named["labels"]
    assert form.xpath("//select[@name='direction']/option/@value")[0] == "local"
    assert form.xpath("//select[@name='per']/option/@value") == ["1", "100", "1000", "auto"]
    assert "labels" not in lines(client, "labels=&fontsize=15&sources=line")["Script"]


def test_the_lines_for_an_article_say_what_was_chosen(client: FlaskClient) -> None:
    version = json.loads(client.get("/ticker.json").data)["version"]
    offered = lines(client, "pair=UZS/USD&on=2026-08-20&keep=1&lang=uz")
    chosen = f'<rates-value pair="UZS/USD" on="2026-08-20" pin="{version}" lang="uz" source="http://127.0.0.1:8000">'
    assert f"{chosen}0,00009</rates-value>" in offered["Number"]
    for title in ("Chart", "Card for social media", "Strip", "Sentence"):
        [address] = re.findall(r"http://127.0.0.1:8000([^\"]+)", offered[title])
        answer = client.get(address.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_the_builder_tells_of_rates_with_too_few_digits(client: FlaskClient) -> None:
    hint = "//p[contains(@class, 'hint')]"
    assert "UZS/USD" in html.fromstring(client.get("/embed").text).xpath(hint)[0].text_content()
    for query in ("per=auto", "digits=precise", "pairs=TJS/USD"):
        assert html.fromstring(client.get(f"/embed?{query}").text).xpath(hint)[0].text_content() == ""


def test_a_number_in_an_article_follows_what_was_chosen(client: FlaskClient) -> None:
    offered = lines(client, "pair=UZS/USD&per=auto&show=units&lang=ru&range=3m&theme=dark")
    chosen = '<rates-value pair="UZS/USD" per="auto" show="units" lang="ru" theme="dark"'
    assert f'{chosen} source="http://127.0.0.1:8000">11\xa0792,22<' in offered["Number"]
    assert "range=3m" in offered["Chart"]
    assert ">0.08480 per 1,000 UZS<" in lines(client, "pair=UZS/USD&per=auto")["Number"]


def test_a_page_that_there_is_not_is_said_in_a_page(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text


def test_the_builder_refuses_nonsense(client: FlaskClient) -> None:
    for name in (*TAKES["/embed/ticker?"], "pair", "on"):
        for hostile in HOSTILE:
            answer = client.get("/embed", query_string={name: hostile})
            assert answer.status_code == 422, (name, hostile)
            assert hostile not in answer.text
    for query in ("show=nothing", "range=2y"):
        assert client.get(f"/embed?{query}").status_code == 422
