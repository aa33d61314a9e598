"""Whatever happens to one file of the data folder, it shows: nothing altered is served, and the command named helps.

Each trial copies a folder in which everything has happened, changes one file of it at random, and asks the readers,
the writer and the scrub.
"""

import json
import os
import random
import re
import shutil
import subprocess
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ratesvc import sources
from ratesvc.collect import backup, http, open_writer, snapshot
from ratesvc.collect.backfill import Span
from ratesvc.collect.backfill_queue import Order
from ratesvc.core import failures, settings
from ratesvc.core.errors import RatesvcError
from ratesvc.core.seals import sealed
from ratesvc.jobs import scrub
from ratesvc.publish import publish, reader
from ratesvc.store import decisions, fetch_log, raw_documents
from ratesvc.store.database import Store, writing
from ratesvc.web import create_app

from .conftest import Respond, answer
from .history import everything_happens, held, printed, quiet
from .test_restore import Run

pytestmark = pytest.mark.proof

MUTATIONS = int(os.environ.get("MUTATIONS", "2"))
"""`make soak` does it more often."""
SEED = int(os.environ.get("SEED", random.randrange(2**32)))
KINDS = os.environ.get("KINDS", "").split()
"""Only these kinds of files, such as `KINDS="store WAL log"`."""
VIEWS = ("rates", "corrections", "held")
QUESTIONS = ("/ticker.json", "/ticker.txt", "/api/rates")
Rows = dict[str, list[tuple[object, ...]]]


@dataclass
class Prepared:
    """A data folder as a killed writer leaves it, and what is true of it.

    older: the folder as it was two publications before. files: what each version really gave, by its name and the
    file's. answers: what it answers to the questions.
    """

    folder: Path
    older: Path
    target: Path
    rows: Rows
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    answers: dict[str, set[bytes]] = field(default_factory=dict)
    order: dict[str, Any] = field(default_factory=dict)
    decision: decisions.Decision | None = None


@dataclass(frozen=True)
class Mutation:
    """One change of one file. path: relative to the data folder."""

    kind: str
    path: Path
    how: str

    def __str__(self) -> str:
        return f"{self.how} {self.path}"


@pytest.fixture
def prepared(tmp_path: Path, serve: Callable[[Respond], str], monkeypatch: pytest.MonkeyPatch) -> Prepared:
    feed = json.dumps(
        {"date": f"{datetime.now(UTC):%Y-%m-%d}", "usd": {"kgs": 87.5, "kzt": 520, "tjs": 9.3, "uzs": 12000}}
    )

    def market(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == '"one"':
            return answer(handler, b"", 304)
        return answer(handler, feed.encode(), ETag='"one"')

    monkeypatch.setenv("RATESVC_SOURCES", "currency_api")
    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", serve(market))
    monkeypatch.setattr(http, "_free_at", {})
    for source in sources.load().values():
        monkeypatch.setattr(source, "PAUSE_SECONDS", 0)
    found = Prepared(tmp_path / "killed", tmp_path / "older", tmp_path / "backup", {})
    with data_folder(tmp_path / "live") as live, writing() as store:
        everything_happens(store)
        publish.publish(store)
        failures.report("backup", "the disk is full")
        Order(Span("nbk", date(2026, 9, 1), date(2026, 9, 2))).write()
        found.order = Order(Span("nbk", date(2026, 9, 1), date(2026, 9, 2))).note
        found.decision = decisions.Decision(
            rejection_id=held(store, "2026-11-20"), decision="rejected", decided_by="A", reason="a slip"
        )
        (live / "orders" / "7-0.decision").write_bytes(sealed(asdict(found.decision)))
        look_again(store)
        printed(store, "2026-11-23", "520.50", source="nbkr", currency="KGS", seen="2026-11-22 11:00")  # Held.
        copy(live, found.older)  # With a write-ahead log of its own.
        publish.publish(store)
        printed(store, "2026-10-09", "624.50", seen="2026-11-24 11:00")  # A correction.
        publish.publish(store)
        backup.back_up(found.target)
        printed(store, "2026-10-09", "624.75", seen="2026-11-25 11:00")  # Another,
        printed(store, "2026-11-26", "2400", seen="2026-11-25 12:00")  # and a held figure, in the write-ahead log.
        quiet(store)
        found.rows = views_of(store)
        copy(live, found.folder)
    assert all(len(rows) > 1 for rows in found.rows.values())
    assert (found.folder / "rates.duckdb.wal").stat().st_size
    assert (found.older / "rates.duckdb.wal").stat().st_size
    for version in reader.versions(found.folder / "published"):
        found.files[version.name] = {path.name: path.read_bytes() for path in version.iterdir()}
        alone = tmp_path / version.name
        shutil.copytree(version, alone / "published" / version.name)
        (alone / "published" / reader.POINTER).write_bytes(reader.verify(version).pointer)
        with application(alone) as client:
            for question in QUESTIONS:
                told = client.get(question)
                assert told.status_code == 200
                found.answers.setdefault(question, set()).add(told.data)
    assert len(found.files) == 3
    assert all(len(answers) == 3 for question, answers in found.answers.items() if question.endswith("json"))
    return found


@contextmanager
def data_folder(folder: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATESVC_DATA", str(folder))
        settings.load.cache_clear()
        try:
            yield folder
        finally:
            settings.load.cache_clear()


def copy(folder: Path, target: Path) -> Path:
    """Copies a folder with its hard links, by another process: reading the open store here would drop its lock."""
    subprocess.run(["cp", "-a", folder, target], check=True)
    return target


def look_again(store: Store) -> None:
    snapshot.take_snapshot(store, sources.select(("currency_api",)), "manual")


def views_of(store: Store) -> Rows:
    return {name: store.query(f"FROM {name} ORDER BY ALL") for name in VIEWS}


@contextmanager
def application(folder: Path) -> Iterator[FlaskClient]:
    with data_folder(folder):
        app = create_app(watch=False)
        yield app.test_client()
        if opened := app.extensions["current"].reader:
            opened.close()


def test_no_change_of_a_file_is_silent_and_what_is_named_brings_all_back(
    prepared: Prepared, tmp_path: Path, ratesvc: Run
) -> None:
    chance = random.Random(SEED)
    print(f"SEED={SEED}")
    kinds: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    failed = []
    for number in range(MUTATIONS):
        home = tmp_path / f"trial-{number}"
        home.mkdir()
        folder = copy(prepared.folder, home / "data")
        with application(folder) as opened:  # It has the newest version open when that is damaged.
            mutation = mutate(folder, prepared, chance)
            kinds[mutation.kind] += 1
            found: list[str] = []
            after = copy(folder, home / "scrubbed")
            opened.application.extensions["current"].poll()
            found += readers(opened, prepared)
        with application(folder) as client:
            found += readers(client, prepared)
        found += waiting(folder, mutation, prepared)
        try:
            outcome = writer(folder, prepared, ratesvc)
            found += outcome[1]
            outcomes[outcome[0]] += 1
            found += scrubbed(after, mutation, prepared)
        except Exception:  # noqa: BLE001 - of a trial among many
            found.append(traceback.format_exc())
        if found:
            failed.append(f"{number}: {mutation}: {'; '.join(found)}")
            print(failed[-1], flush=True)
        shutil.rmtree(home)
    print(f"{MUTATIONS} mutations, silent or without a way back: {len(failed)}; {dict(kinds)}; {dict(outcomes)}")
    assert failed == []


def mutate(folder: Path, prepared: Prepared, chance: random.Random) -> Mutation:
    """Changes one file at random; its bytes are others afterwards, or it is gone."""
    published = [path.relative_to(folder) for path in folder.glob("published/2*Z/*")]
    raw = [path.relative_to(folder) for path in folder.glob("raw/" + "?" * 64)]
    kinds: dict[str, list[Path]] = {
        "store": [Path("rates.duckdb")],
        "WAL": [Path("rates.duckdb.wal")],
        "document": raw,
        "log": [Path("raw/log.ndjson")],
        "pointer": [Path("published/latest.json")],
        "order": [path.relative_to(folder) for path in folder.glob("orders/*.json")],
        "decision": [path.relative_to(folder) for path in folder.glob("orders/*.decision")],
        "failure": [path.relative_to(folder) for path in folder.glob("failures/*.json")],
    }
    for path in published:
        kinds.setdefault(path.name, []).append(path)
    while True:
        kind = chance.choice(KINDS or sorted(kinds))
        path = chance.choice(sorted(kinds[kind]))
        how = chance.choice(["flip", "zero", "truncate", "delete", "append", "swap", "older"])
        file = folder / path
        before = file.read_bytes()
        if how == "swap":
            others = sorted({*kinds[kind], *(kinds["rates.duckdb"] if kind == "store" else ())} - {path})
            after = (folder / chance.choice(others)).read_bytes() if others else before
        elif how == "older":
            older = [each / path for each in (prepared.older, prepared.target) if (each / path).exists()]
            after = chance.choice(older).read_bytes() if older else before
        else:
            after = changed(before, how, chance)
        if after == before:
            continue
        if how == "delete":
            file.unlink()
        elif how in ("swap", "older"):
            file.unlink()
            file.write_bytes(after)
        else:
            with file.open("r+b") as there:  # In place, as a disk does it: the other names of the file have it too.
                there.write(after)
                there.truncate()
        return Mutation(kind, path, how)


def changed(content: bytes, how: str, chance: random.Random) -> bytes:
    place = chance.randrange(len(content))
    if how == "flip":
        return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]
    if how == "zero":
        return content[:place] + bytes(len(content[place : place + 512])) + content[place + 512 :]
    if how == "append":
        return content + chance.randbytes(chance.choice([1, 100, 5000]))
    return content[:place] if how == "truncate" else b""


def readers(client: FlaskClient, prepared: Prepared) -> list[str]:
    """What is wrong with the answers: each is one that a version really gave, or an error that says why."""
    wrong = []
    for question in QUESTIONS:
        told = client.get(question)
        if told.status_code == 200:
            if told.data not in prepared.answers[question]:
                wrong.append(f"SILENT: {question} is an answer that no version gave")
        else:
            wrong += unexplained(question, told)
    for version, files in prepared.files.items():
        for name, content in files.items():
            url = f"/data/{version}/{name}"
            with client.get(url) as file:
                if file.status_code != 200:
                    wrong += unexplained(url, file)
                elif file.data != content:
                    wrong.append(f"SILENT: {url} has other bytes under {file.headers['ETag']}")
    return wrong


def unexplained(question: str, told: Any) -> list[str]:
    explained = told.status_code in (404, 503) and told.data.strip() and not told.headers.get("ETag")
    return [] if explained else [f"{question}: {told.status_code} {told.data[:200]!r}"]


def waiting(folder: Path, mutation: Mutation, prepared: Prepared) -> list[str]:
    """What is wrong with the orders: each is what was ordered, or is refused."""
    if mutation.kind not in ("order", "decision") or mutation.how == "delete":
        return []
    try:
        if mutation.kind == "order":
            with data_folder(folder):
                same = Order.read(folder / mutation.path).note == prepared.order
        else:
            same = decisions.read(folder / mutation.path) == prepared.decision
    except RatesvcError:
        return []
    return [] if same else [f"SILENT: {mutation.path} is another order"]


def writer(folder: Path, prepared: Prepared, ratesvc: Run) -> tuple[str, list[str]]:
    """How the next start of the writer ended, and what is wrong with it."""
    with data_folder(folder):
        refusal = written(prepared)
        if refusal is None:
            return "went on", []
        if not isinstance(refusal, RatesvcError) or "\n" in str(refusal):
            return "refused", [f"{refusal!r} is no line that says what to do"]
        if str(refusal).startswith("SILENT"):
            return "silent", [str(refusal)]
        command = re.search(r"`ratesvc ([^`]+)`", str(refusal))
        if command is None:
            return "refused", [f"no way back is named: {refusal}"]
    words = command[1].replace("FOLDER", str(prepared.target)).split()
    done = ratesvc(*words, RATESVC_DATA=str(folder))
    if done.returncode:
        return "refused", [f"{refusal}: `{command[0]}` failed: {done.stderr}"]
    with data_folder(folder):
        again = written(prepared)
    return f"ratesvc {command[1]}", [f"{refusal}: after {command[0]}: {again}: {done.stdout}"] if again else []


def written(prepared: Prepared) -> Exception | None:
    """Takes a snapshot and publishes; returns why that was refused, or what is not as it was."""
    try:
        with open_writer.writer() as store:
            look_again(store)
            publish.publish_changes(store)
            found = views_of(store)
            store.read_everything()
        newest = reader.newest(settings.load().published)
        with closing(reader.Reader(newest)) as version:
            shown = {name: version.query(f"FROM {name} ORDER BY ALL").fetchall() for name in VIEWS}
    except Exception as refusal:  # noqa: BLE001 - whatever it is, the caller judges it
        return refusal
    if found != prepared.rows or shown != prepared.rows:
        lost = {name: len(set(prepared.rows[name]) ^ set(found[name])) for name in VIEWS}
        return RatesvcError(f"SILENT: not what was stored: {lost}, published the same: {found == shown}")
    return None


def scrubbed(folder: Path, mutation: Mutation, prepared: Prepared) -> list[str]:
    """What the scrub has not found of a change in what is kept."""
    if mutation.kind in ("order", "decision", "failure", "pointer"):
        return []
    named: list[str] = []
    with data_folder(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(scrub.log, "error", lambda _, *damage: named.extend(map(str, damage)))
        try:
            with open_writer.writer() as store:
                scrub.run()
                whole = views_of(store) == prepared.rows
                store.read_everything()
        except RatesvcError as refusal:
            named.append(str(refusal))
            whole = False
        logged = fetch_log.read(folder / "raw")
    if mutation.kind in ("store", "WAL"):
        return [] if whole or named else ["the scrub has not found it"]
    if mutation.kind == "log":
        expected = fetch_log.read(prepared.folder / "raw").lines
        if logged.damaged == 0 and {n: line.rows for n, line in logged.lines.items()} == {
            n: line.rows for n, line in expected.items()
        }:
            return []
        return [] if any("log" in each for each in named) else ["the scrub has not found it"]
    name = mutation.path.name if mutation.kind == "document" else mutation.path.parent.name
    if any(name in each for each in named):
        return []
    with data_folder(folder):
        if mutation.kind == "document" and raw_documents.read(name) is not None:
            return []
    return [f"the scrub has not found it; it says {named}"]
