"""Everything that the public sees, written to files, to compare before and after a change of the inside.

    python -m tests.outputs store DATA              a data folder with all sources replayed
    python -m tests.outputs record DATA FOLDER      every command, view, macro and address, one file each
    python -m tests.outputs compare BEFORE AFTER    names what differs; exit code 1 where something does

It knows the command line and the addresses only, so that any version of the program can be recorded. The clock
stands at one morning (it needs `faketime`), and what changes from run to run is replaced by a word.
"""

import difflib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOW = "2026-11-27 09:00:00"
CODES = ("KGS", "KZT", "TJS", "UZS", "TMT")
RECORDED_HEADERS = (
    "Content-Type", "Cache-Control", "Content-Security-Policy", "X-Source", "X-Computed", "Access-Control-Allow-Origin",
    "Link", "Location", "Content-Disposition", "Vary", "X-Content-Type-Options",
)  # fmt: skip
VOLATILE = (
    (r"2\d{7}T\d{9}Z", "VERSION"),
    (r"2026-11-27([T ])09:\d\d:\d\d(\.\d+)?", r"2026-11-27\1NOW"),
    (r"(27 Nov(ember)? 2026, )09:\d\d", r"\1NOW"),
    (r"127\.0\.0\.1(:|%3A)\d{4,5}", "HOST"),
    (r"sha384-[A-Za-z0-9+/=]{64}", "INTEGRITY"),
    (r"\b[0-9a-f]{32,64}\b", "HASH"),
    (r"-[0-9a-f]{12}\.(js|css|svg|woff2)", r"-HASH.\1"),
    (r"/assets/[0-9a-f]{12}/", "/assets/HASH/"),
    (r"Fri, 27 Nov 2026 09:\d\d:\d\d GMT", "NOW"),
    (r"20261127T0900\d\dZ", "NOW"),
    (r"title=\"HASH\">[0-9a-f]{12}", 'title="HASH">HASH'),
    (r"(?m)^(ratesvc_\S+) [\d.e+-]+$", r"\1 NUMBER"),
    (r"max-age=\d{1,4}\b", "max-age=SECONDS"),
)
COMMANDS = (
    *("-h", "held", "ticker", "status", "jobs --list", "publish", "rebuild", "reparse --help"),
    *("held accept --help", "sql --help", "backfill --help", "snapshot --help", "run --help", "web --help"),
    *(
        "try nbk --help",
        "sql-server --help",
        "held accept 999 --because x --by y",
        "backfill nowhere --from 2026-01-01",
    ),
    *(
        "ticker --help",
        "status --help",
        "sql FROM_nowhere",
        "backfill nowhere --from 2026-01-01",
        "jobs --help",
        "rebuild --help",
    ),
)
MACROS = (
    "SELECT rate_on('USD', 'KZT', DATE '2026-11-20')",
    "SELECT rate_on('USD', 'KZT', DATE '2026-11-20', of_source := 'currency_api')",
    "SELECT rate_on('USD', 'TMT', DATE '2026-11-20'), rate_on('USD', 'UZS', DATE '2026-11-20', of_kind := 'market')",
    "SELECT convert(100, 'KZT', 'KGS', DATE '2026-11-20'), convert(1, 'USD', 'UZS', DATE '2026-11-20')",
    "SELECT change_between('KZT', 'USD', DATE '2026-01-05', DATE '2026-11-20')",
    "FROM conversion(100, 'KZT', 'KGS', DATE '2026-11-20')",
    "FROM cross_rates('KGS', ['KZT', 'USD'], DATE '2026-10-01', DATE '2026-11-20')",
    "FROM side_by_side('USD', ['KZT', 'KGS'], DATE '2026-10-01', DATE '2026-11-20')",
    "FROM ohlc('week') ORDER BY ALL LIMIT 30",
)
ADDRESSES = (
    *("/ticker.json", "/ticker.txt", "/ticker.html", "/ticker.json?lang=ru&per=auto&sign=always&digits=precise"),
    *("/ticker.txt?pairs=KZT,KGS&unconfirmed=show", "/ticker.html?lang=kk&pairs=UZS", "/ticker.json?x=1"),
    *("/ticker.json?at=2026-11-27T08:00:00Z", "/ticker.json?at=2030-01-01T00:00:00Z", "/ticker.json?pairs=XXX"),
    *(f"{page}{query}" for page in ("/", "/sources", "/spread", "/compare") for query in ("", "?lang=ru&theme=dark")),
    *(f"/currency/{code}{query}" for code in CODES for query in ("", "?lang=ky", "?range=1m&scale=log")),
    *("/compare?currencies=KGS,KZT&measure=percent", "/?amount_text=1000&from=USD&to=KZT", "/nowhere", "/currency/XXX"),
    *("/dashboards", "/dashboards/gap?lang=ru", "/dashboards/line?currency=KGS"),
    *("/?lang=xx", "/sql", "/docs", "/api", "/embed", "/embed?lang=ru&per=auto&pair=UZS/USD", "/embed/demo"),
    *("/embed/ticker", "/embed/ticker?lang=tg&theme=dark&speed=80", "/embed/ticker?speed=1"),
    *(f"/embed/chart/{code}?range={span}" for code in CODES for span in ("1m", "1y", "5y")),
    *("/embed/sentence?pair=KZT", "/embed/sentence?pair=TJS&lang=uz&on=2026-08-20", "/embed/sentence"),
    *("/embed/value.json?pair=KZT", "/embed/value.json?pair=KGS&on=2026-11-01&lang=ru", "/embed/value.json?pair=X"),
    *("/card/KZT.svg", "/card/TJS.svg?size=sparkline&lang=ru", "/card/KGS.svg?theme=dark"),
    *("/card/all.svg", "/card/all.svg?lang=ru&direction=local", "/card/XXX.svg"),
    *("/oembed?url=http://ORIGIN/embed/ticker", "/oembed?url=http://ORIGIN/embed/chart/KZT&format=xml", "/oembed"),
    *("/feeds/moves.atom", "/feeds/moves.atom?threshold=5", "/feeds/publications.ics", "/feeds/moves.atom?threshold=0"),
    *("/openapi.json", "/healthz", "/readyz", "/data/", "/data/latest.json", "/data/nowhere/rates.duckdb"),
    *(f"/api/{name}{form}" for name in ("ticker", "currencies", "sources", "held", "corrections", "events")
      for form in ("", ".csv", ".ndjson")),
    *("/api/rates?currency=KZT&limit=20", "/api/rates.csv?currency=KZT,KGS&from=2026-11-01", "/api/rates?currency=TMT"),
    *("/api/rates?currency=KZT&per=month", "/api/rates?currency=UZS&source=currency_api&limit=5", "/api/rates?limit=0"),
    *("/api/rates?currency=KZT/USD&limit=2", "/api/rates?x=1", "/api/rates?currency=KZT&kind=market&limit=3"),
    *("/api/changes?currency=KZT&limit=20", "/api/changes.csv?currency=TJS&period=month&limit=20", "/api/changes"),
    *("/api/convert?amount=100&from=KZT&to=KGS", "/api/convert?from=USD&to=UZS&on=2026-08-20", "/api/convert?from=XXX"),
    *("/api/convert?amount=100&from=KZT&to=USD&kind=market", "/api/snapshots?limit=5", "/api/snapshots.csv?limit=3"),
    *("/api/why/KZT/2026-11-20", "/api/why/TMT/2026-11-20", "/api/why/KGS/2026-11-28", "/api/why/KZT/1990-01-01"),
    *("/api/rates?currency=KZT&limit=3&as_known_at=2026-11-27T08:00:00Z", "/api/sql"),
    *("/v1/latest", "/v1/latest?base=KZT", "/v1/2026-11-20", "/v1/2026-11-20..2026-11-27?symbols=KZT"),
    *("/v1/latest?symbols=kzt,eur", "/v1/current", "/v1/latest.csv", "/v1/history.csv", "/v1/nowhere"),
    *("/v1/2026-11-20?kind=market", "/v1/currencies", "/v1/latest?x=1", "/v2/rates", "/v2/rates.csv?quotes=KZT,KGS"),
    *("/v2/rates?date=2026-11-20&base=KZT", "/v2/rates.ndjson?from=2026-11-20&quotes=KZT"),
    *("/v2/currencies", "/v2/currencies.csv", "/v2/currency/KZT"),
    *("/v2/currency/XXX", "/v2/providers", "/v2/providers.ndjson", "/v2/rates?providers=nbk", "/v2/rates?group=month"),
    *("/oxr/latest.json", "/oxr/latest.json?base=KZT&symbols=RUB,usd", "/oxr/historical/2026-11-20.json"),
    *("/oxr/historical/1950-01-01.json", "/oxr/latest.json?base=X", "/oxr/currencies.json", "/oxr/nowhere"),
    *(f"/dashboards/{name}.{form}?currency=KZT" for name in
      ("candles", "distribution", "drawdown", "gap", "line", "side_by_side")
      for form in ("json", "csv")),
    *("/dashboards/nowhere.json", "/metrics"),
)  # fmt: skip


def main() -> None:
    """Does what the first word says."""
    match sys.argv[1:]:
        case ["store", data]:
            store(Path(data))
        case ["record", data, folder]:
            record(Path(data), Path(folder))
        case ["compare", before, after]:
            sys.exit(compare(Path(before), Path(after)))
        case _:
            sys.exit(__doc__)


def store(data: Path) -> None:
    """An invented year, and then the recorded documents of all sources, asked for over HTTP."""
    if os.environ.get("FAKETIME") is None:
        command = [sys.executable, "-m", "tests.outputs", "store", str(data)]
        sys.exit(subprocess.run(command, env={**os.environ, **_settings(data)}, check=False).returncode)
    from ratesvc.store.database import writing

    from .serving import publish_a_busy_year

    with writing() as opened:
        publish_a_busy_year(opened)
    with _replayed() as origins:
        for arguments in (["snapshot"], ["backfill", "nbk", "--from", "2026-03-30", "--to", "2026-04-02"]):
            _command(data, arguments, origins)


@contextmanager
def _replayed() -> Iterator[dict[str, str]]:
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    from .replay import PATHS, Replay

    replay = Replay()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            replay(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {f"RATESVC_ORIGIN_{name.upper()}": f"http://127.0.0.1:{server.server_port}" for name in PATHS}
    server.shutdown()


def record(data: Path, folder: Path) -> None:
    """Writes one file for each command, relation and address."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "data"
        shutil.copytree(data, copy)
        for command in COMMANDS:
            _write(folder, f"$ ratesvc {command}", _command(copy, command.split()), copy)
        listed = _command(
            copy, ["sql", "--format", "csv", "SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"]
        )
        views = listed.splitlines()[1:]
        columns = "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() ORDER BY ALL"
        functions = "SELECT function_name, parameters, comment FROM duckdb_functions() WHERE NOT internal ORDER BY ALL"
        relations = [f"FROM {view} ORDER BY ALL" for view in views if re.fullmatch(r"[a-z_]+", view)]
        for query in (columns, functions, *relations, *MACROS):
            _write(folder, f"sql {query}", _command(copy, ["sql", "--format", "csv", query]), copy)
        with _web(copy) as origin:
            for address in ADDRESSES:
                _write(folder, f"GET {address}", _get(origin, address), copy)


def _settings(data: Path) -> dict[str, str]:
    # The library itself, because the command `faketime` leaves its child behind when it is ended. Only the clock on the
    # wall is set: a process that waits must not wait for a clock that is not there.
    [library] = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    clock = {"LD_PRELOAD": str(library), "FAKETIME": f"@{NOW}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    return {"RATESVC_DATA": str(data), "NO_COLOR": "1", **clock}


def _command(data: Path, arguments: list[str], more: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-m", "ratesvc", *arguments]
    environment = {**os.environ, **_settings(data), **(more or {}), "COLUMNS": "120"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    errors = f"--- stderr\n{done.stderr}" if done.stderr else ""
    return f"{done.stdout}{errors}" + (f"--- exit code {done.returncode}\n" if done.returncode else "")


@contextmanager
def _web(data: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, **_settings(data), "RATESVC_PORT": str(port), "RATESVC_WORKERS": "1"}
    command = [sys.executable, "-m", "ratesvc", "web"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as web:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"127.0.0.1:{port}"
        web.terminate()


def _get(origin: str, address: str) -> str:
    url = f"http://{origin}{address.replace('ORIGIN', origin)}"
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            status, headers, body = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        status, headers, body = refused.code, refused.headers, refused.read()
    lines = [str(status), *(f"{name}: {headers[name]}" for name in RECORDED_HEADERS if headers[name]), ""]
    return "\n".join(lines) + "\n" + str(body, "utf-8", "replace")


def _write(folder: Path, name: str, text: str, data: Path) -> None:
    text = text.replace(str(data), "DATA")
    for pattern, word in VOLATILE:
        text = re.sub(pattern, word, text)
    file = re.sub(r"[^\w.=&?,-]+", "_", name)[:150]
    (folder / file).write_text(f"{name}\n{text}", encoding="utf-8")


def compare(before: Path, after: Path) -> int:
    """Prints the first lines of each difference."""
    names = sorted({path.name for folder in (before, after) for path in folder.iterdir()})
    different = 0
    for name in names:
        old, new = _lines(before / name), _lines(after / name)
        if old != new:
            different += 1
            print(f"\n== {name}")
            for line in list(difflib.unified_diff(old, new, lineterm="", n=0))[2:14]:
                print(line[:300])
    print(f"\n{len(names)} outputs, {different} different")
    return 1 if different else 0


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
