"""The command line. `ratesvc --help` lists the commands; each one's `--help` is its manual.

A command imports what it needs when it runs, so that the light ones start fast.
"""

import getpass
import logging
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
import duckdb

from ratesvc.core import settings
from ratesvc.core.errors import AskedWrongly, Busy, CouldNot
from ratesvc.publish import reader
from ratesvc.render import formats

if TYPE_CHECKING:
    from ratesvc.core.observation import Observation
    from ratesvc.validation.rules import Rejection

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="ratesvc")
def cli() -> None:
    """Exchange rates of Central Asia: take snapshots, publish them, serve them.

    Everything is kept in the folder RATESVC_DATA (default: data). Exit codes: 0 done, 1 could not,
    2 asked wrongly; errors are one line on stderr.
    """


@cli.command()
def run() -> None:
    """Take snapshots and serve them, all on this machine.

    Starts `ratesvc jobs` and `ratesvc web`, restarts one that dies, and ends both on Ctrl-C or SIGTERM.
    """
    from ratesvc import sources
    from ratesvc.run import supervisor

    sources.chosen(settings.load().sources)
    _log_to_stderr()
    sys.exit(supervisor.run())


@cli.command()
@click.option("--list", "only_list", is_flag=True, help="Print the timetable and end.")
@click.option("--run", "name", metavar="NAME", help="Run one job now and end.")
def jobs(only_list: bool, name: str | None) -> None:
    """Run the jobs of the folder jobs/ by their schedules, in UTC, until stopped.

    This process is the one writer of the store: a second one ends with exit code 1.
    """
    from ratesvc.collect import open_writer
    from ratesvc.run import scheduler

    if only_list:
        formats.print_table(
            ("job", "schedule (UTC)", "what it does"),
            [(name, job.SCHEDULE, (job.__doc__ or "").splitlines()[0]) for name, job in scheduler.load().items()],
        )
        return
    run = scheduler.named(name).run if name else scheduler.run_all
    _log_to_stderr()
    with open_writer.writer():
        logging.getLogger("ratesvc").info("writing %s", settings.load().database)
        run()


@cli.command()
def web() -> None:
    """Serve the published versions on RATESVC_HOST and RATESVC_PORT (default: 127.0.0.1:8000)."""
    from ratesvc.run import web_server

    _log_to_stderr()
    web_server.serve()


@cli.command()
@click.option("--source", "names", metavar="NAME", multiple=True, help="Ask only this source; may be repeated.")
def snapshot(names: tuple[str, ...]) -> None:
    """Ask the sources now, store what is new, and publish.

    Prints one line per source. Ends with exit code 1 when no source answered.
    """
    from ratesvc import sources
    from ratesvc.collect import open_writer
    from ratesvc.collect.snapshot import nobody_reached, take_snapshot
    from ratesvc.publish import publish

    asked = sources.chosen(names or settings.load().sources)
    with open_writer.writer() as store:
        fetches = take_snapshot(store, asked, "manual")
        for fetch in fetches:
            click.echo(fetch.sentence)
        click.echo(f"published {publish.publish(store)}")
    if all(fetch.failed for fetch in fetches):
        ours = ", so the problem is probably on our side" if nobody_reached(fetches) else ""
        raise CouldNot(f"no source answered{ours}; what was published is what was known before")


@cli.command()
@click.argument("source")
@click.option("--from", "first", metavar="DAY", type=_DAY, required=True, help="The first day, as YYYY-MM-DD.")
@click.option("--to", "last", metavar="DAY", type=_DAY, help="The last day; today unless said otherwise.")
def backfill(source: str, first: datetime, last: datetime | None) -> None:
    """Fill in history: ask SOURCE for every day of a span that has no answer yet, and publish.

    It asks one question after the other, with the pause that the publisher is owed, and may take hours for
    decades. It may be interrupted at any time: the same command goes on from there. While the jobs process
    is the writer it is asked to do the work within a minute, and this command shows how far it is; Ctrl-C
    then leaves it at work, and removing its file in the folder `orders` of the data cancels it.

    For example: ratesvc backfill nbk --from 2015-01-01 --to 2015-12-31
    """
    from ratesvc.collect import backfill, backfill_queue, open_writer
    from ratesvc.core import progress

    span = backfill.Span(source, first.date(), last.date() if last else datetime.now(UTC).date())
    with progress.shown(str(span), "days") as show:

        def tell(now: backfill.Progress) -> None:
            show(now.done, now.total)

        order, came_of_it = backfill_queue.Order(span), None
        while not came_of_it:
            try:
                with open_writer.writer() as store:
                    order.remove()
                    came_of_it = backfill.fill(store, span, tell)
            except Busy:
                click.echo("another process is the writer; it is asked to do this", err=True)
                came_of_it = backfill_queue.follow(order, tell)
    click.echo(f"{span}: {came_of_it}")
    if came_of_it.failed:
        raise CouldNot(f"{came_of_it.failed} questions failed; the same command asks them again")


@cli.command()
def publish() -> None:
    """Publish what the store holds now as a new version, for instance after its folder was damaged."""
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
    help="Read this document instead of asking.",
)
def try_source(source: str, path: Path | None) -> None:
    """Show what SOURCE says, and what the validation makes of it. Stores nothing.

    Figures are compared with the newest published version, where there is one. Ends with exit code 1
    when the source failed or its document is refused; one in which nothing is published is no fault.
    """
    from ratesvc.collect.snapshot import ask_one, read_file
    from ratesvc.validation import validate_fetch
    from ratesvc.validation.fetch_result import Fetch

    answer = read_file(source, path) if path else ask_one(source)
    try:
        known = _newest().cursor()
    except CouldNot:
        known = None  # Nothing is published yet, so there is nothing to compare with.
    fetch = Fetch(answer=answer, verdict=validate_fetch.validate_fetch(known, answer))
    verdicts: list[tuple[str, Observation | Rejection]] = [
        *(("good", each) for each in fetch.verdict.kept),
        *((each.verdict, each) for each in fetch.verdict.set_aside),
    ]
    formats.print_table(
        ("source", "currency", "day", "units per dollar", "verdict"),
        [
            (each.source, each.currency, each.observed_at and each.observed_at.date(), each.units_per_usd, verdict)
            for verdict, each in verdicts
        ],
    )
    click.echo(f"from {answer.url}" + ("" if answer.observations else ": nothing is published there"))
    if fetch.failed:
        raise CouldNot(f"nothing of it would be stored: {fetch.error}")


@cli.command()
@click.option("--source", "names", metavar="NAME", multiple=True, help="Only this source; may be repeated.")
def reparse(names: tuple[str, ...]) -> None:
    """Read the documents that are kept in the folder `raw` again, after a parser was mended, and publish.

    A rate that comes out differently becomes a new sighting; nothing is overwritten.
    """
    from ratesvc import sources
    from ratesvc.collect import open_writer, reparse
    from ratesvc.publish import publish

    chosen = {name: sources.named(name) for name in names or sources.load()}
    with open_writer.writer() as store:
        for name, outcome in reparse.reparse(store, chosen).items():
            if names or outcome.documents or outcome.lost:
                click.echo(f"{name}: {outcome}")
        click.echo(f"published {publish.publish(store)}")


@cli.command()
def rebuild() -> None:
    """Make the table `daily` anew from the observations, and publish."""
    from ratesvc.collect import open_writer
    from ratesvc.publish import publish
    from ratesvc.store import write

    with open_writer.writer() as store:
        click.echo(f"rebuilt {write.rebuild(store)} days")
        click.echo(f"published {publish.publish(store)}")


@cli.command()
def ticker() -> None:
    """Print the lines of the ticker."""
    for row in _newest().rows("SELECT text FROM ticker"):
        click.echo(row["text"])


@cli.command()
def status() -> None:
    """Show how each source is doing, from the newest published version.

    A source is fresh; late, when we asked and did not receive the document that was due; stale, when that is
    overdue by two days; dead, by ten; unknown, when it was not asked since; or it never answered. `missed` counts
    the new rates that are overdue by the source's own calendar, of those that became due while we asked;
    `by` is the way that answered: a host, npm, or archive (the history that comes with the program). Then come
    what went wrong when a source was last asked, and with questions for past days that are still open; the
    figures that wait to be confirmed; and the currencies whose preferred source another one stands in for.
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
            click.echo(f"{row['source']}: {row['history_failures']:,} past days unanswered: {row['history_error']}")
    for row in newest.rows("FROM held"):
        click.echo(f"{row['source']}: held: {row['currency']} for {row['observed_on']}: {row['reason']}")
    for row in newest.rows("FROM headline WHERE fallback ORDER BY currency"):
        click.echo(f"{row['currency']}/USD: {row['reason']}")
    off = [
        row["source"]
        for row in newest.rows("SELECT source FROM sources WHERE NOT collected AND source <> 'peg' ORDER BY source")
    ]
    if off:
        click.echo(f"not asked: {', '.join(off)}; RATESVC_SOURCES names those that are")
    version = newest.published
    click.echo(f"published {version.published_at:%Y-%m-%d %H:%M} UTC: {version.folder / 'rates.duckdb'}")


@cli.group(invoke_without_command=True)
@click.pass_context
def held(context: click.Context) -> None:
    """List the figures that are held, with what would confirm them; or decide about one by hand.

    A figure is held when its own document or its neighbours in time contradict it. It enters by itself once it is
    confirmed. Until then the ticker shows the last confirmed rate, and says that a newer figure is not confirmed.
    """
    if context.invoked_subcommand:
        return
    rows = _newest().rows("FROM held")
    columns = [
        "rejection_id",
        "source",
        "currency",
        "observed_on",
        "units_per_usd",
        "change_shown",
        "reason",
        "confirmed_by",
    ]
    names = ["id", "source", "currency", "for", "per dollar", "change %", "why", "confirmed by"]
    for row in rows:
        row["units_per_usd"] = f"{row['units_per_usd'].normalize():f}"
    if rows:
        formats.print_table(names, [[row[column] for column in columns] for row in rows])
    else:
        click.echo("no figure is held")


@held.command()
@click.argument("rejection_id", metavar="ID", type=int)
@click.option("--because", metavar="TEXT", required=True, help="The reason, kept for ever.")
@click.option("--by", metavar="NAME", help="Who decides, kept for ever; the user's name unless given.")
def accept(rejection_id: int, because: str, by: str | None) -> None:
    """Let the held figure ID into the series, and publish.

    For example: ratesvc held accept 12 --because "announced at nationalbank.kz" --by "A. Editor"
    """
    _decide(rejection_id, "accepted", because, by)


@held.command()
@click.argument("rejection_id", metavar="ID", type=int)
@click.option("--because", metavar="TEXT", required=True, help="The reason, kept for ever.")
@click.option("--by", metavar="NAME", help="Who decides, kept for ever; the user's name unless given.")
def reject(rejection_id: int, because: str, by: str | None) -> None:
    """Keep the held figure ID out of the series, whatever else comes, and publish. It may still be accepted later."""
    _decide(rejection_id, "rejected", because, by)


def _decide(rejection_id: int, decision: Literal["accepted", "rejected"], because: str, by: str | None) -> None:
    from ratesvc.collect import open_writer
    from ratesvc.publish import publish
    from ratesvc.store import decisions

    made = decisions.Decision(
        rejection_id=rejection_id, decision=decision, decided_by=by or getpass.getuser(), reason=because
    )
    try:
        with open_writer.writer() as store:
            sentence = decisions.decide(store, made)
            publish.publish(store)
    except Busy:
        click.echo("another process is the writer; it is asked to do this", err=True)
        sentence = decisions.hand_over(made)
    click.echo(sentence)


@cli.command()
def sql_server() -> None:
    """Let colleagues query the newest version from their own DuckDB, on RATESVC_SQL_HOST and RATESVC_SQL_PORT.

    Whoever knows RATESVC_SQL_TOKEN may ask, so give it to people whom you trust: one of them can make all others
    wait. They see new versions as they come. Over a network put a proxy with TLS in front of it.

    \b
    In the DuckDB shell of a colleague (version 1.5):
      INSTALL httpfs; INSTALL quack; LOAD httpfs; LOAD quack;
      ATTACH 'quack:127.0.0.1:9494' AS r (TOKEN '...');
      FROM r.ticker;
      FROM r.query('SELECT currency, count(*) FROM rates GROUP BY ALL');
    """
    from ratesvc.query import quack_server

    _log_to_stderr()
    sys.exit(quack_server.serve())


@cli.command()
@click.argument("query", required=False)
@click.option(
    "--format", "layout", type=click.Choice(["table", "csv", "json", "ndjson"]), help="How to print; default: table."
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead; its name ends with .parquet, .csv, .json or .ndjson.",
)
@click.option("--at", metavar="WHEN", help="As it stood at a version, or at a moment in UTC.")
def sql(query: str | None, layout: str | None, output: Path | None, at: str | None) -> None:
    """Run QUERY, a file NAME.sql, or - for the standard input, on the newest published version.

    Without QUERY it opens a shell. What there is to ask is in data/README.md, and on the page /sql.

    With --at it answers as that version did, or the one that was newest at that moment, without what came or
    was corrected later; also when the files of that version are gone.

    \b
    For example:
      ratesvc sql "FROM ticker"
      ratesvc sql moves.sql --output moves.parquet
      ratesvc sql "FROM rates WHERE currency = 'KZT'" --at 2026-11-26T12:00Z --format csv
    """
    from ratesvc.query import cli, shell

    if layout and output:
        raise AskedWrongly("give --format or --output, not both: the name of the file says how to write")
    if query is None and sys.stdin.isatty() and not output:
        shell.ask(at, layout or "table")
        return
    cursor, asked = cli.opened(at).cursor(), cli.text_of("-" if query is None else query)
    if output:
        click.echo(f"{cli.write(cursor, asked, output):,} rows in {output}", err=True)
    else:
        cli.run(cursor, asked, layout or "table")


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: whatever goes wrong is one line on stderr and an exit code."""
    try:
        sys.exit(cli.main(arguments, "ratesvc", standalone_mode=False))
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as bare:
        click.echo(bare.format_message())
        sys.exit(0)
    except click.ClickException as wrong:
        _fail(wrong.format_message(), 2)
    except CouldNot as failure:
        _fail(str(failure), failure.exit_code)
    except (OSError, duckdb.Error) as failure:
        _fail(reader.first_line(failure), 1)


def _fail(message: str, code: int) -> None:
    click.echo(f"ratesvc: {message}", err=True)
    sys.exit(code)


def _newest() -> reader.Reader:
    return reader.Reader(reader.newest(settings.load().published))


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s UTC %(levelname)s %(message)s")
    logging.Formatter.converter = time.gmtime


if __name__ == "__main__":
    main()
