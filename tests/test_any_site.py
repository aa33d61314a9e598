"""Scripts of any site may read what is public: with ranges, conditions and headers of their own, and see the ETag."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ratesvc.core import settings

ADDRESSES = (
    "/ticker.json",
    "/ticker.txt",
    "/api/rates?currency=KZT&limit=1",
    "/api/rates.csv?currency=KZT&limit=1",
    "/v1/latest?from=USD",
    "/v2/rates?base=USD",
    "/oxr/latest.json?app_id=x",
    "/data/latest.json",
    "/data/rates.parquet",
    "/data/{version}/rates.duckdb",
    "/data/{version}/rates.parquet",
)


@pytest.fixture(autouse=True)
def settings_of_the_client(data: Path, busy_year: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are sent from the folder of the settings."""
    monkeypatch.setenv("RATESVC_DATA", str(busy_year))
    settings.load.cache_clear()


def address(path: str, client: FlaskClient) -> str:
    return path.format(version=client.application.extensions["current"].reader.published.version)


@pytest.mark.parametrize("path", [*ADDRESSES, "/api/sql"])
def test_a_preflight_is_allowed_any_header(client: FlaskClient, path: str) -> None:
    asked = {
        "Origin": "https://news.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "range, if-none-match, x-team",
    }
    answer = client.options(address(path, client), headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
    assert ("POST" if path == "/api/sql" else "GET") in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_answer_and_its_headers_may_be_read(client: FlaskClient, path: str) -> None:
    with client.get(address(path, client), headers={"Origin": "https://news.example"}) as answer:
        assert answer.status_code in (200, 302)
        told = dict(answer.headers)
    assert (told["Access-Control-Allow-Origin"], told["Access-Control-Expose-Headers"]) == ("*", "*")
    if answer.status_code == 200:
        with client.get(address(path, client), headers={"If-None-Match": told["ETag"]}) as unchanged:
            assert unchanged.status_code == 304
            assert unchanged.headers["Access-Control-Allow-Origin"] == "*"
            assert unchanged.headers["Access-Control-Expose-Headers"] == "*"


def test_a_part_of_a_table_is_sent_uncompressed_as_readers_of_files_ask_for_it(client: FlaskClient) -> None:
    path = "/api/rates.csv?currency=KZT"
    whole = client.get(path)
    assert whole.headers["Accept-Ranges"] == "bytes"
    for first, last in ((0, 9), (100, 199), (len(whole.data) - 5, len(whole.data) - 1)):
        part = client.get(path, headers={"Range": f"bytes={first}-{last}", "Accept-Encoding": "gzip, br"})
        assert (part.status_code, part.data) == (206, whole.data[first : last + 1])
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole.data)}"
        assert (part.headers["ETag"], part.headers.get("Content-Encoding")) == (whole.headers["ETag"], None)
    beyond = client.get(path, headers={"Range": f"bytes={len(whole.data)}-"})
    assert (beyond.status_code, beyond.json["error"]["status"]) == (416, 416)  # type: ignore[index]
    another = client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (another.status_code, another.data) == (200, whole.data)
    head = client.head(path)
    assert (head.headers["Content-Length"], head.headers["Accept-Ranges"]) == (str(len(whole.data)), "bytes")


@pytest.mark.parametrize(
    "path", ["/api/rates?x=1", "/api/unknown", "/v1/nothing", "/oxr/nothing", "/data/20260101T000000000Z/rates.duckdb"]
)
def test_a_refusal_may_be_read_too_and_names_the_header_once(client: FlaskClient, path: str) -> None:
    for answer in (client.get(path), client.options(path)):
        assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]
        assert answer.headers.getlist("Access-Control-Expose-Headers") == ["*"]
