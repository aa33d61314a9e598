"""A page of another site reads our files with DuckDB-Wasm, hyparquet and D3.

`make third-party` fetches them; the page and they come from an origin of their own.
"""

import mimetypes
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page

from ratesvc.publish import reader
from ratesvc.publish.reader import Reader

from ..conftest import answer

pytestmark = [pytest.mark.browser, pytest.mark.third_party]

MODULES = Path(__file__).parents[1] / "third_party" / "node_modules"
PAGE = b"""<!doctype html><html lang="en"><head><title>News</title>
<script type="importmap">{"imports": {
    "@duckdb/duckdb-wasm": "/@duckdb/duckdb-wasm/dist/duckdb-browser.mjs",
    "apache-arrow": "/apache-arrow/Arrow.dom.mjs",
    "tslib": "/tslib/tslib.es6.mjs",
    "flatbuffers": "/flatbuffers/mjs/flatbuffers.js",
    "hyparquet": "/hyparquet/src/index.js",
    "d3-dsv": "/d3-dsv/dist/d3-dsv.mjs",
    "d3-fetch": "/d3-fetch/dist/d3-fetch.mjs"
}}</script></head></html>"""


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (MODULES / name).is_dir(), reason=f"{name} is missing: make third-party")


@pytest.fixture
def page(browser: Browser, serve: Callable[..., str]) -> Iterator[Page]:
    """An empty page of another site, which has the npm packages."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        file = MODULES / handler.path.lstrip("/")
        if handler.path == "/":
            answer(handler, PAGE, Content_Type="text/html; charset=utf-8")
        elif file.is_file():
            kind = "text/javascript" if file.suffix in (".js", ".mjs") else mimetypes.guess_type(file)[0]
            answer(handler, file.read_bytes(), Content_Type=kind or "application/octet-stream")
        else:
            answer(handler, b"", 404)

    page = browser.new_page()
    page.goto(serve(respond))
    yield page
    page.close()


@pytest.fixture(scope="session")
def expected(archive: Path) -> tuple[int, Decimal]:
    """How many rates there are, and one of them."""
    version = Reader(reader.newest(archive / "published"))
    [(rows,)] = version.query("SELECT count(*) FROM rates").fetchall()
    [(rate,)] = version.query(
        "SELECT rate FROM rates WHERE source = 'currency_api' AND pair = 'USD/KZT' AND observed_on = '2026-09-25'"
    ).fetchall()
    return rows, rate


ASK_DUCKDB = """async ([attach, select]) => {
    const duckdb = await import('@duckdb/duckdb-wasm');
    const dist = location.origin + '/@duckdb/duckdb-wasm/dist/';
    const worker = new Worker(dist + 'duckdb-browser-eh.worker.js');
    try {
        const database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
        await database.instantiate(dist + 'duckdb-eh.wasm');
        const connection = await database.connect();
        await connection.query(attach);
        const [row] = (await connection.query(select)).toArray();
        return [row.rows, row.rate];
    } finally {
        worker.terminate();
    }
}"""
ROWS_AND_RATE = """SELECT count(*)::INTEGER AS rows, any_value(rate) FILTER (
    source = 'currency_api' AND pair = 'USD/KZT' AND observed_on = DATE '2026-09-25'
)::VARCHAR AS rate
FROM """


@needs("@duckdb/duckdb-wasm")
def test_duckdb_wasm_attaches_the_database_and_calls_its_macros(
    page: Page, site: str, expected: tuple[int, Decimal]
) -> None:
    attach = f"ATTACH '{site}/data/rates.duckdb' AS r (READ_ONLY)"
    rows, rate = page.evaluate(ASK_DUCKDB, [attach, f"{ROWS_AND_RATE} r.rates"])
    assert (rows, Decimal(rate)) == expected
    called = "SELECT 1 AS rows, r.rate_on('USD', 'KZT', DATE '2026-09-25', of_kind := 'market')::VARCHAR AS rate"
    [_, rate] = page.evaluate(ASK_DUCKDB, [f"{attach}; SET search_path = 'r,memory'", called])
    assert Decimal(rate) == expected[1]


@needs("@duckdb/duckdb-wasm")
def test_duckdb_wasm_reads_the_parquet_file(page: Page, site: str, expected: tuple[int, Decimal]) -> None:
    try:
        rows, rate = page.evaluate(ASK_DUCKDB, ["LOAD parquet", f"{ROWS_AND_RATE} '{site}/data/rates.parquet'"])
    except Error as failure:
        if "parquet.duckdb_extension.wasm" in str(failure):
            pytest.skip("DuckDB's own site, from which DuckDB-Wasm loads its Parquet reader, is out of reach")
        raise
    assert (rows, Decimal(rate)) == expected


@needs("hyparquet")
def test_hyparquet_reads_the_parquet_file_in_ranges(page: Page, site: str, expected: tuple[int, Decimal]) -> None:
    answers = []
    page.on("response", lambda response: answers.append((response.request.method, response.status)))
    rows, rate = page.evaluate(
        """async (url) => {
            const {asyncBufferFromUrl, parquetReadObjects} = await import('hyparquet');
            const file = await asyncBufferFromUrl({url});
            const rows = await parquetReadObjects({file, columns: ['source', 'pair', 'observed_on', 'rate']});
            const day = Date.parse('2026-09-25');
            const row = rows.find((row) =>
                row.source === 'currency_api' && row.pair === 'USD/KZT' && row.observed_on.getTime() === day);
            return [rows.length, row.rate];
        }""",
        f"{site}/data/rates.parquet",
    )
    assert rows == expected[0]
    assert rate == pytest.approx(float(expected[1]), rel=1e-12)
    assert ("GET", 206) in answers


@needs("d3-fetch")
def test_d3_reads_csv(page: Page, site: str, expected: tuple[int, Decimal]) -> None:
    rate = page.evaluate(
        """async (url) => {
            const {csv} = await import('d3-fetch');
            const rows = await csv(url);
            return rows.find((row) => row.observed_on === '2026-09-25').close;
        }""",
        f"{site}/api/rates.csv?pairs=USD/KZT&source=currency_api&from=2026-09-01&to=2026-09-29",
    )
    assert Decimal(rate) == expected[1]
