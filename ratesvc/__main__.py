"""The command line. `ratesvc --help` lists the commands; each one's `--help` is its manual.

Each command imports what it needs when it runs, so that small commands start fast.
"""

import getpass
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal, cast

import click
import duckdb

from ratesvc.core import settings
from ratesvc.core.errors import BusyError, RatesvcError, UsageError
from ratesvc.core.logs import log_to_stderr
from ratesvc.publish import reader
from ratesvc.render import formats

if TYPE_CHECKING:
    from ratesvc.core.observation import Observation
    from ratesvc.validation.rules import Rejection

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="ratesvc")
@click.pass_context
def cli(context: click.Context) -> None:
    """Exchange rates of Central Asia: take snapshots, publish them, serve them.

    All data is in the folder RATESVC_DATA (default: data). Exit codes: 0 success, 1 failure,
    2 usage error, 3 a part of the web server was killed; errors are one line on stderr.
    """
    if context.invoked_subcommand != "web":
        # DuckDB asks of every value that it binds whether it is the NaT of pandas: 0.3 s and 30 MB, for charts alone.
        sys.modules.setdefault("pandas", cast(ModuleType, None))


@cli.command()
@click.option("--standby", is_flag=True, help="Write only while no other machine does: see `ratesvc jobs --help`.")
def run(standby: bool) -> None:
    """Take snapshots and serve them, all on this machine.

    Starts `ratesvc jobs` and `ratesvc web`, restarts either if it dies, and stops both on Ctrl-C or SIGTERM.
    """
    from ratesvc import sources

    sources.select(settings.load().sources)
    # Becomes a process that holds nothing but the supervisor: this one has 30 MB of libraries.
    options = ["--standby"] if standby else []
    os.execv(sys.executable, [sys.executable, "-P", "-m", "ratesvc.run.supervisor", *options])  # noqa: S606 - no shell


@cli.command()
@click.option("--list", "only_list", is_flag=True, help="Print the timetable and exit.")
@click.option("--run", "name", metavar="NAME", help="Run one job now and exit.")
@click.option("--standby", is_flag=True, help="Wait until no other machine writes, and follow it meanwhile.")
def jobs(only_list: bool, name: str | None, standby: bool) -> None:
    """Run the jobs in jobs/ on their schedules (UTC) until stopped.

    This process is the only writer of the store: a second one ends with exit code 1.

    With --standby any number of machines can run this command, and one of them writes. RATESVC_LEADER is the
    PostgreSQL database by which they agree which one (with RATESVC_STORE it is the lake's), RATESVC_PUBLISH_TO the
    object store through which they follow it. If it is gone, another one takes over within seconds.
    """
    from ratesvc.collect import open_writer
    from ratesvc.run import scheduler
    from ratesvc.store import database

    if only_list:
        formats.print_table(
            ("job", "schedule (UTC)", "what it does"),
            [(name, job.SCHEDULE, (job.__doc__ or "").splitlines()[0]) for name, job in scheduler.load().items()],
        )
        return
    run = scheduler.named(name).run if name else scheduler.run_all
    log_to_stderr()
    if standby:
        from ratesvc.collect.standby import wait_and_lead

        wait_and_lead()
    with open_writer.writer():
        logging.getLogger("ratesvc").info("writing %s", database.place())
        run()


@cli.command()
def web() -> None:
    """Serve the published versions on RATESVC_HOST and RATESVC_PORT (default: 127.0.0.1:8000).

    With RATESVC_FOLLOW they are those of another machine, which are fetched as soon as they are published.
    """
    from ratesvc.run import web_server

    log_to_stderr()
    web_server.serve()


@cli.command()
@click.argument("url", required=False)
@click.option("--once", is_flag=True, help="Fetch the newest version, if it is not here, and exit.")
def follow(url: str | None, once: bool) -> None:
    """Fetch each new version that the ratesvc at URL publishes, as soon as it does, and verify it.

    URL is the address of a ratesvc or of a CDN in front of it (https://rates.example.org), or of the object store
    to which it publishes (s3://bucket/prefix); default: RATESVC_FOLLOW. A version appears here only when it is
    complete; a download that was cut off is continued. With RATESVC_FOLLOW set, `ratesvc web` does this by itself.
    """
    from ratesvc.publish import follow

    url = url or settings.load().follow
    if not url:
        raise UsageError("give the address to follow, or set RATESVC_FOLLOW")
    if once:
        click.echo(f"fetched {version}" if (version := follow.once(url)) else "nothing is new")
        return
    log_to_stderr()
    follow.follow(url)


@cli.command()
@click.option("--source", "names", metavar="NAME", multiple=True, help="Fetch only this source; may be repeated.")
def snapshot(names: tuple[str, ...]) -> None:
    """Fetch all sources now, store new rates, and publish what has changed.

    Prints one line per source. Ends with exit code 1 if no source answered.
    """
    from ratesvc import sources
    from ratesvc.collect import open_writer
    from ratesvc.collect.snapshot import nobody_reached, take_snapshot
    from ratesvc.publish import publish

    selection = sources.select(names or settings.load().sources)
    with open_writer.writer() as store:
        fetches = take_snapshot(store, selection, "manual")
        for fetch in fetches:
            click.echo(fetch.sentence)
        version = publish.publish_changes(store)
        click.echo(f"published {version}" if version else "nothing has changed since the last version")
    if all(fetch.failed for fetch in fetches):
        ours = ", so the problem is probably on our side" if nobody_reached(fetches) else ""
        raise RatesvcError(f"no source answered{ours}; the published rates have not changed")


@cli.command()
@click.argument("source")
@click.option("--from", "first", metavar="DAY", type=_DAY, required=True, help="The first day, as YYYY-MM-DD.")
@click.option("--to", "last", metavar="DAY", type=_DAY, help="The last day; default: today.")
def backfill(source: str, first: datetime, last: datetime | None) -> None:
    """Fill in history: request every missing day of a span from SOURCE, and publish.

    Requests are made one at a time, with the source's pause between them; decades may take hours. Interrupt it
    at any time: the same command continues from there. While the jobs process is running, it takes over the
    work within a minute and this command shows its progress; Ctrl-C then does not stop the work. To cancel it,
    remove its file from the folder `orders` of the data.

    For example: ratesvc backfill nbk --from 2015-01-01 --to 2015-12-31
    """
    from ratesvc.collect import backfill, backfill_queue, open_writer
    from ratesvc.core import progress

    span = backfill.Span(source, first.date(), last.date() if last else datetime.now(UTC).date())
    with progress.display(str(span), "days") as update:

        def report(now: backfill.Progress) -> None:
            update(now.done, now.total)

        order, result = backfill_queue.Order(span), None
        while not result:
            try:
                with open_writer.writer() as store:
                    order.remove()
                    result = backfill.fill(store, span, report)
            except BusyError:
                click.echo("another process is the writer; handing the work over to it", err=True)
                result = backfill_queue.follow(order, report)
    click.echo(f"{span}: {result}")
    if result.failed:
        raise RatesvcError(f"{result.failed} requests failed; run the same command again to repeat them")


@cli.command()
def publish() -> None:
    """Publish the store as a new version, for example after a version's folder was damaged."""
    from ratesvc.collect import open_writer
    from ratesvc.publish import publish

    with open_writer.writer() as store:
        click.echo(f"published {publish.publish(store)}")


@cli.command("try")
@click.argument("source")
@click.option(
    "--file",
    "path",
    metavar="PAYLOAD",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read this document instead of fetching one.",
)
def try_source(source: str, path: Path | None) -> None:
    """Show the rates that SOURCE returns and the result of their validation. Stores nothing.

    Figures are compared with the latest published version, if there is one. Ends with exit code 1 if the
    source failed or its document is refused; a document without a publication is not an error.
    """
    from ratesvc.collect.snapshot import ask_one, read_file
    from ratesvc.validation import validate_fetch
    from ratesvc.validation.fetch_result import Fetch

    answer = read_file(source, path) if path else ask_one(source)
    try:
        known = _newest().cursor()
    except RatesvcError:
        known = None  # Nothing is published yet, so there are no rates to compare with.
    fetch = Fetch(answer=answer, verdict=validate_fetch.validate_fetch(known, answer))
    verdicts: list[tuple[str, Observation | Rejection]] = [
        *(("good", each) for each in fetch.verdict.kept),
        *((each.verdict, each) for each in fetch.verdict.set_aside),
    ]
    formats.print_table(
        ("source", "pair", "day", "rate", "verdict"),
        [
            (each.source, each.pair, each.observed_at and each.observed_at.date(), each.rate, verdict)
            for verdict, each in verdicts
        ],
    )
    click.echo(f"from {answer.url}" + ("" if answer.observations else ": nothing is published there"))
    if fetch.failed:
        raise RatesvcError(f"nothing would be stored: {fetch.error}")


@cli.command()
@click.option("--source", "names", metavar="NAME", multiple=True, help="Only this source; may be repeated.")
def reparse(names: tuple[str, ...]) -> None:
    """Parse the documents kept in the folder `raw` again, after a parser was fixed, and publish.

    A rate that differs becomes a new sighting; nothing is overwritten.
    """
    from ratesvc import sources
    from ratesvc.collect import open_writer, reparse
    from ratesvc.publish import publish

    selection = {name: sources.named(name) for name in names or sources.load()}
    with open_writer.writer() as store:
        for name, outcome in reparse.reparse(store, selection).items():
            if names or outcome.documents or outcome.lost:
                click.echo(f"{name}: {outcome}")
        click.echo(f"published {publish.publish(store)}")


@cli.command()
def rebuild() -> None:
    """Rebuild the table `daily` from the observations, and publish."""
    from ratesvc.collect import open_writer
    from ratesvc.publish import publish
    from ratesvc.store import write

    with open_writer.writer() as store:
        click.echo(f"rebuilt {write.rebuild(store)} days")
        click.echo(f"published {publish.publish(store)}")


@cli.command()
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
def backup(target: Path) -> None:
    """Bring the backup in the folder TARGET up to date, also while the service is running.

    It holds the newest whole version, all documents and the log of what became of each, under the same names as the
    data folder; only what is new is copied, and everything is verified. `ratesvc restore --from TARGET` brings the
    store back from it. A backup of another store is never overwritten.
    """
    from ratesvc.collect import backup
    from ratesvc.core import failures

    try:
        done = backup.back_up(target)
    except RatesvcError as failure:
        failures.report("backup", str(failure))
        raise
    failures.clear("backup")
    for note in (*done.passed_over, *done.damaged):
        click.echo(f"left out: {note}", err=True)
    click.echo(done)


@cli.command()
@click.option(
    "--from", "source", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path), help="Restore this backup."
)
@click.option("--from-raw", "raw_only", is_flag=True, help="Use the log in the folder `raw` alone, no version.")
@click.option("--replace", is_flag=True, help="Restore even if there is a store that can be read; it is kept aside.")
def restore(source: Path | None, raw_only: bool, replace: bool) -> None:
    """Bring back a store that is missing or damaged, and publish.

    Without options it is made from the newest whole version here, and from the log in the folder `raw`, which has what
    was stored since. Rates, corrections, held figures and decisions return as they were, with their times.

    With --from-raw it is made from the log alone: fetches that brought nothing new, and the tickers of earlier
    versions, are not in it.
    """
    from ratesvc.collect.restore import restore
    from ratesvc.publish import publish
    from ratesvc.store.database import writing

    click.echo(restore(source, raw_only=raw_only, forced=replace))
    with writing() as store:
        click.echo(f"published {publish.publish(store)}")


@cli.group()
def store() -> None:
    """The store itself: a file in RATESVC_DATA, or the lake of RATESVC_STORE."""


@store.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--data", metavar="PLACE", help="Where the lake's data are; default: RATESVC_STORE_DATA.")
def move(source: str, target: str, data: str | None) -> None:
    """Copy the store FROM one place TO another one, which must be empty.

    One of them is the path of a DuckDB file, the other a lake, ducklake:postgres:<address>. Nothing may write
    meanwhile. Every table is compared, row by row, before the copy is committed; FROM stays as it is. Set
    RATESVC_STORE afterwards, or unset it.

    For example: ratesvc store move data/rates.duckdb ducklake:postgres:postgresql://ratesvc@db.example.org/rates
    """
    from ratesvc.store import lake
    from ratesvc.store.move import move

    copied = move(source, target, settings.absolute(data) if data else settings.load().lake_data)
    click.echo(f"moved {copied:,} rows from {lake.shown(source)} to {lake.shown(target)}, and compared them")


@cli.command()
def ticker() -> None:
    """Print the lines of the ticker."""
    for row in _newest().rows("SELECT text FROM ticker"):
        click.echo(row["text"])


@cli.command()
def status() -> None:
    """Show the state of each source in the latest published version.

    States: fresh; late (we checked and did not receive the document that was due); stale (overdue by two days);
    dead (overdue by ten); unknown (no check since it became due); never (no document received). `missed` counts the
    overdue new rates, by the source's calendar, that became due between our first and our last check. `by` is where
    the last document came from: a host, npm, or archive (the bundled history). Below the table: errors of the last
    check and of open requests for past days, figures held for confirmation, and currencies whose preferred source
    is replaced by another.
    """
    newest = _newest()
    freshness = newest.rows("FROM freshness")
    columns = {
        "source": "source",
        "state": "state",
        "last_observed_on": "newest day",
        "expected_next_at": "next due (UTC)",
        "missed": "missed",
        "last_asked_at": "asked (UTC)",
        "last_outcome": "outcome",
        "last_way": "by",
    }
    for row in freshness:
        row["state"] = row["state"] if row["last_observed_on"] else "never"
        for column in ("expected_next_at", "last_asked_at"):
            row[column] = row[column] and f"{row[column]:%m-%d %H:%M}"
    formats.print_table(list(columns.values()), [[row[column] for column in columns] for row in freshness])
    if freshness and (since := freshness[0]["unreachable_since"]):
        click.echo(f"no source could be reached since {since:%Y-%m-%d %H:%M} UTC: the problem is probably on our side")
    for row in freshness:
        if row["last_error"]:
            click.echo(f"{row['source']}: {row['last_error']}")
        if row["history_failures"]:
            click.echo(f"{row['source']}: {row['history_failures']:,} past days not received: {row['history_error']}")
    for row in newest.rows("FROM held"):
        click.echo(f"{row['source']}: held: {row['pair']} for {row['observed_on']}: {row['reason']}")
    for row in newest.rows(_FALLBACKS):
        click.echo(f"{row['pair']}: {row['reason']}")
    off = [
        row["source"]
        for row in newest.rows("SELECT source FROM sources WHERE NOT collected AND source <> 'peg' ORDER BY source")
    ]
    if off:
        click.echo(f"off: {', '.join(off)}; RATESVC_SOURCES lists the sources to collect")
    version = newest.published
    click.echo(
        f"published {version.published_at:%Y-%m-%d %H:%M} UTC, unchanged at {version.checked_at:%Y-%m-%d %H:%M}:"
        f" {version.folder / 'rates.duckdb'}"
    )


_FALLBACKS = """
SELECT headline.pair, reason
FROM headline JOIN pairs USING (base, quote)
WHERE fallback AND (in_ticker OR official_source IN (SELECT source FROM sources WHERE collected))
ORDER BY position
"""


@cli.group(invoke_without_command=True)
@click.pass_context
def held(context: click.Context) -> None:
    """List held figures and what would confirm each; or accept or reject one.

    A figure is held when its own document or the rates of nearby days contradict it. It is accepted automatically
    once confirmed. Until then the ticker shows the last confirmed rate and mentions the unconfirmed figure.
    """
    if context.invoked_subcommand:
        return
    rows = _newest().rows("FROM held")
    columns = [
        "rejection_id",
        "source",
        "pair",
        "observed_on",
        "rate",
        "change_shown",
        "reason",
        "confirmed_by",
    ]
    names = ["id", "source", "pair", "for", "rate", "change %", "why", "confirmed by"]
    for row in rows:
        row["rate"] = f"{row['rate'].normalize():f}"
    if rows:
        formats.print_table(names, [[row[column] for column in columns] for row in rows])
    else:
        click.echo("no figure is held")


@held.command()
@click.argument("rejection_id", metavar="ID", type=int)
@click.option("--because", metavar="TEXT", required=True, help="The reason, recorded permanently.")
@click.option("--by", metavar="NAME", help="Who decides, recorded permanently; default: the user's name.")
def accept(rejection_id: int, because: str, by: str | None) -> None:
    """Accept the held figure ID into the series, and publish.

    For example: ratesvc held accept 12 --because "announced at nationalbank.kz" --by "A. Editor"
    """
    _decide(rejection_id, "accepted", because, by)


@held.command()
@click.argument("rejection_id", metavar="ID", type=int)
@click.option("--because", metavar="TEXT", required=True, help="The reason, recorded permanently.")
@click.option("--by", metavar="NAME", help="Who decides, recorded permanently; default: the user's name.")
def reject(rejection_id: int, because: str, by: str | None) -> None:
    """Reject the held figure ID, whatever else arrives, and publish. It can still be accepted later."""
    _decide(rejection_id, "rejected", because, by)


def _decide(rejection_id: int, decision: Literal["accepted", "rejected"], because: str, by: str | None) -> None:
    from ratesvc.collect import open_writer
    from ratesvc.publish import publish
    from ratesvc.store import decisions

    verdict = decisions.Decision(
        rejection_id=rejection_id, decision=decision, decided_by=by or getpass.getuser(), reason=because
    )
    try:
        with open_writer.writer() as store:
            sentence = decisions.decide(store, verdict)
            publish.publish(store)
    except BusyError:
        click.echo("another process is the writer; handing the decision over to it", err=True)
        sentence = decisions.hand_over(verdict)
    click.echo(sentence)


@cli.command()
def sql_server() -> None:
    """Serve the latest version to colleagues' own DuckDB, on RATESVC_SQL_HOST and RATESVC_SQL_PORT.

    Anyone with RATESVC_SQL_TOKEN can query, so give it only to people you trust: one client can slow down all
    others. New versions become visible as they are published. On a network, put a TLS proxy in front of it.

    \b
    In the DuckDB shell of a colleague (version 1.5):
      INSTALL httpfs; INSTALL quack; LOAD httpfs; LOAD quack;
      ATTACH 'quack:127.0.0.1:9494' AS r (TOKEN '...');
      FROM r.ticker;
      FROM r.query('SELECT pair, count(*) FROM rates GROUP BY ALL');
    """
    from ratesvc.query import quack_server

    log_to_stderr()
    sys.exit(quack_server.serve())


@cli.command()
@click.argument("query", required=False)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["table", "csv", "json", "ndjson", "xlsx"]),
    help="Output format; default: table. xlsx needs --output.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, whose name ends with .parquet, .csv, .xlsx, .json or .ndjson.",
)
@click.option("--at", metavar="WHEN", help="Query an earlier version, by name or by time in UTC.")
def sql(query: str | None, layout: str | None, output: Path | None, at: str | None) -> None:
    """Run QUERY, a file NAME.sql, or - for standard input, on the latest published version.

    Without QUERY it opens a shell. The tables and views are described in data/README.md and on the page /sql.

    With --at it queries that version, or the latest one at that time, without later rates and corrections; this
    works even after the files of that version were removed.

    \b
    For example:
      ratesvc sql "FROM ticker"
      ratesvc sql moves.sql --output moves.parquet
      ratesvc sql "FROM rates WHERE pair = 'USD/KZT'" --at 2026-11-26T12:00Z --format csv
    """
    from ratesvc.query import cli, shell

    if layout and output and output.suffix != f".{layout}":
        raise UsageError(f"--format {layout} is not the format of {output.name}, which its name determines")
    if layout == "xlsx" and not output:
        raise UsageError("an Excel file is written, not printed: --output NAME.xlsx")
    if query is None and sys.stdin.isatty() and not output:
        shell.ask(at, layout or "table")
        return
    version, statement = cli.open_version(at), cli.text_of("-" if query is None else query)
    if output:
        click.echo(f"{cli.write(version, statement, output):,} rows in {output}", err=True)
    else:
        cli.run(version.cursor(), statement, layout or "table")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: every error is one line on stderr and an exit code."""
    try:
        sys.exit(cli.main(arguments, "ratesvc", standalone_mode=False))
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as bare:
        click.echo(bare.format_message())
        sys.exit(0)
    except click.ClickException as wrong:
        _fail(wrong.format_message(), 2)
    except RatesvcError as failure:
        _fail(str(failure), failure.exit_code)
    except (OSError, duckdb.Error) as failure:
        _fail(reader.first_line(failure), 1)


def _fail(message: str, code: int) -> None:
    click.echo(f"ratesvc: {message}", err=True)
    sys.exit(code)


def _newest() -> reader.Reader:
    return reader.Reader(reader.newest(settings.load().published))


if __name__ == "__main__":
    main()
