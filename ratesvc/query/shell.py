"""Interactive SQL shell with history: `ratesvc sql` without a query."""

import readline
from contextlib import suppress
from pathlib import Path

import click
import duckdb

from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.query import catalog, cli
from ratesvc.render import formats

HELP = """\
End a statement with a semicolon (the prompt ;? waits for it). Tab completes names,
Ctrl-C cancels the statement, Ctrl-D exits.
.tables          list the tables, views and macros
.columns NAME    list the columns of a table or view
.format FORMAT   set the format: table, csv, json or ndjson
.newest          switch to the latest version
.quit            exit
"""


def ask(at: str | None, layout: str) -> None:
    """Run typed statements until Ctrl-D; the history is kept for the next session."""
    cursor = _open(at)  # One for all statements, so that each can use what earlier ones created.
    history = Path.home() / ".ratesvc_history"
    with suppress(OSError):  # There is none yet.
        readline.read_history_file(history)
    _complete(cursor)
    click.echo(".help lists the commands, Ctrl-D exits")
    try:
        while True:
            try:
                typed = _statement()
                if typed.startswith("."):
                    cursor, layout = _command(typed, cursor, layout)
                elif typed:
                    cli.run(cursor, typed, layout)
            except RatesvcError as mistake:
                click.echo(str(mistake), err=True)
            except (KeyboardInterrupt, click.exceptions.Abort):
                click.echo("")
    except EOFError:
        click.echo("")
    finally:
        readline.set_history_length(1000)
        try:
            readline.write_history_file(history)
        except OSError as refusal:
            click.echo(f"the history could not be saved: {refusal}", err=True)


def _open(at: str | None) -> duckdb.DuckDBPyConnection:
    version = cli.open_version(at)
    click.echo(f"version {version.published.version}")
    return version.cursor()


def _statement() -> str:
    """Read a statement up to a semicolon, or a command that begins with a dot."""
    typed = input("rates> ").strip()
    if typed.lower() in ("exit", "quit", "help"):
        return f".{typed.lower()}"
    while typed and not typed.startswith(".") and not _whole(typed):
        line = input("  ;?   ")
        if line.startswith("."):
            return line.strip()
        typed += f"\n{line}"
    return typed


def _whole(typed: str) -> bool:
    if not typed.rstrip().endswith(";"):
        return False
    try:
        duckdb.extract_statements(typed)
    except duckdb.Error as mistake:
        return "unterminated" not in str(mistake)
    return True


def _command(typed: str, cursor: duckdb.DuckDBPyConnection, layout: str) -> tuple[duckdb.DuckDBPyConnection, str]:
    name, _, argument = typed.rstrip(";").partition(" ")
    argument = argument.strip()
    if name in (".quit", ".exit"):
        raise EOFError
    if name == ".tables":
        macros = [(macro.call, "macro", macro.comment) for macro in catalog.macros(cursor)]
        formats.print_table(("name", "kind", "what it is"), [*catalog.relations(cursor), *macros])
    elif name == ".columns" and argument:
        rows = catalog.columns(cursor, argument)
        if not rows:
            raise UsageError(f"there is no table or view {argument}; .tables lists them")
        formats.print_table(("column", "type", "what it is"), rows)
    elif name == ".format" and argument in ("table", *cli.FORMATS):
        return cursor, argument
    elif name == ".newest":
        return _open(None), layout
    elif name == ".help":
        click.echo(HELP, nl=False)
    else:
        raise UsageError(f"there is no command {typed!r}; .help lists them")
    return cursor, layout


def _complete(cursor: duckdb.DuckDBPyConnection) -> None:
    relations = catalog.relations(cursor)
    names = [relation.name for relation in relations] + [macro.name for macro in catalog.macros(cursor)]
    names += [column.name for relation in relations for column in catalog.columns(cursor, relation.name)]
    words = sorted({*names, *("SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "JOIN", "USING")})

    def complete(begun: str, number: int) -> str | None:
        fitting = [word for word in words if word.lower().startswith(begun.lower())]
        return fitting[number] if number < len(fitting) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" \t\n,()=<>;")
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
