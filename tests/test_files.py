"""The published files over HTTP: immutable, in part, and consistent for DuckDB while new versions come."""

import hashlib
import json
import os
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import duckdb
import duckdb_extension_httpfs
import pytest
from flask.testing import FlaskClient

from ratesvc.core import settings
from ratesvc.publish import publish
from ratesvc.store.database import Store
from ratesvc.web import create_app

from .conftest import See
from .serving import free_port, publish_every_state, serving

pytestmark = pytest.mark.process

[EXTENSION] = Path(duckdb_extension_httpfs.__path__[0]).rglob("httpfs.duckdb_extension")
READS = int(os.environ.get("READS", "15"))
"""`make soak` reads 500 times."""


@pytest.fixture
def client(store: Store) -> FlaskClient:
    publish_every_state(store)
    return create_app().test_client()


def test_the_manifest_tells_the_truth_of_every_file(client: FlaskClient) -> None:
    manifest = json.loads(client.get("/data/latest.json").data)
    assert set(manifest["files"]) >= {"rates.duckdb", "rates.parquet", "observations.parquet", "ticker.json"}
    for name, facts in manifest["files"].items():
        answer = client.get(f"/data/{manifest['version']}/{name}", buffered=True)
        assert (len(answer.data), hashlib.sha256(answer.data).hexdigest()) == (facts["bytes"], facts["sha256"])
        assert answer.headers["ETag"] == f'"{facts["sha256"]}"'
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_part_is_a_part(client: FlaskClient) -> None:
    version = json.loads(client.get("/data/latest.json").data)["version"]
    address = f"/data/{version}/rates.duckdb"
    whole = client.get(address, buffered=True)
    head = client.head(address, buffered=True)
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(whole.data)))
    assert head.headers["Accept-Ranges"] == "bytes"
    part = client.get(address, headers={"Range": "bytes=4096-8191"}, buffered=True)
    assert (part.status_code, part.data) == (206, whole.data[4096:8192])
    assert part.headers["Content-Range"] == f"bytes 4096-8191/{len(whole.data)}"
    assert client.get(address, headers={"Range": "bytes=999999999-"}, buffered=True).status_code == 416
    assert client.get(address, headers={"If-None-Match": whole.headers["ETag"]}, buffered=True).status_code == 304


def test_stable_names_lead_to_the_newest(client: FlaskClient, store: Store) -> None:
    version = publish.publish(store)
    later = create_app().test_client()
    for name in ("rates.duckdb", "rates.parquet", "observations.parquet"):
        answer = later.get(f"/data/{name}")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/data/{version}/{name}")
        assert "immutable" not in answer.headers["Cache-Control"]
    page = later.get("/data/")
    assert f"/data/{version}/rates.duckdb" in page.text


def test_nothing_else_is_a_file(client: FlaskClient) -> None:
    version = json.loads(client.get("/data/latest.json").data)["version"]
    for path in ("20200101T000000000Z/rates.duckdb", "published/latest.json", "../rates.duckdb", "%2e%2e/rates.duckdb",
                 f"{version}/..%2Flatest.json", f"{version}/nothing.txt"):  # fmt: skip
        assert client.get(f"/data/{path}").status_code == 404, path


def test_the_folder_of_the_data_may_be_relative(store: Store, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is when nobody sets anything."""
    publish.publish(store)
    monkeypatch.setenv("RATESVC_DATA", "data")
    settings.load.cache_clear()
    assert settings.load().published.absolute() == data / "published"
    client = create_app().test_client()
    links = re.findall(r'href="(/data/[^"]+)"', client.get("/data/").text)
    assert len(links) >= 10
    for link in links:
        with client.get(link, follow_redirects=True) as answer:
            assert answer.status_code == 200, link


def attached(address: str) -> duckdb.DuckDBPyConnection:
    """A session of somebody elsewhere, on one version."""
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{EXTENSION}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"ATTACH '{address}/rates.duckdb' AS r (READ_ONLY)")
    connection.execute("USE r")
    return connection


def lines(address: str) -> list[str]:
    with urllib.request.urlopen(f"{address}/ticker.json") as answer:  # noqa: S310 - our own server
        return [row["text"] for row in json.loads(answer.read())["rows"]]


@pytest.fixture
def publishing(store: Store, see: See) -> Iterator[str]:
    """A server whose data change every second while it is read."""
    publish_every_state(store)
    over = threading.Event()

    def publish_on() -> None:
        number = 0
        while not over.wait(1):
            number += 1
            see("UZS", "2026-10-02", f"{11800 + number}")
            publish.publish(store)

    port = free_port()
    with serving(port) as address:
        writer = threading.Thread(target=publish_on)
        writer.start()
        yield address
        over.set()
        writer.join()


def test_duckdb_reads_one_version_over_http_while_new_ones_come(publishing: str) -> None:
    versions: set[str] = set()
    reads, late = 0, time.monotonic() + 60
    while reads < READS or (len(versions) < 3 and time.monotonic() < late):  # Reading is faster than publishing.
        reads += 1
        with urllib.request.urlopen(f"{publishing}/data/latest.json") as answer:  # noqa: S310 - our own server
            version = json.loads(answer.read())["version"]
        versions.add(version)
        address = f"{publishing}/data/{version}"
        with attached(address) as connection:
            read = [line for (line,) in connection.execute("SELECT text FROM ticker").fetchall()]
        assert read == lines(address), version
    assert len(versions) >= 3
