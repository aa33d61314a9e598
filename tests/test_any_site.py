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
