"""`ratesvc sql` without a query: statements typed one after the other, with a history."""

import readline
from contextlib import suppress
from pathlib import Path

import click
import duckdb

from ratesvc import sql, tabular
from ratesvc.errors import AskedWrongly, CouldNot

HELP = """\
End a statement with a semicolon (the prompt ;? waits for it). Tab completes names,
Ctrl-C gives up what is typed or runs, Ctrl-D ends.
.tables          the tables, views and macros, and what they are
.columns NAME    the columns of a table or view, and what they are
.format FORMAT   table, csv, json or ndjson
.newest          move to the newest version
.quit            end
"""
_NAMES = """
SELECT coalesce(view_name, table_name) AS name, kind, comment FROM (
    SELECT view_name, NULL AS table_name, 'view' AS kind, comment, 1 AS place
    FROM duckdb_views() WHERE database_name = current_database() AND NOT internal
    UNION ALL
    SELECT NULL, table_name, 'table', comment, 2 FROM duckdb_tables() WHERE database_name = current_database()
    UNION ALL
    SELECT NULL, function_name || '(' || array_to_string(parameters, ', ') || ')', 'macro', comment, 3
    FROM duckdb_functions() WHERE database_name = current_database()
)
ORDER BY place, name
"""
_COLUMNS = """
SELECT column_name AS name, data_type AS type, comment
FROM duckdb_columns() WHERE database_name = current_database() AND table_name = ?
"""
_COLUMN_NAMES = "SELECT DISTINCT column_name FROM duckdb_columns() WHERE database_name = current_database()"


def ask(at: str | None, layout: str) -> None:
    """Asks for statements until Ctrl-D; what was typed is remembered for the next time."""
    cursor = _open(at)  # One for all statements: what one of them makes, the next may use.
    history = Path.home() / ".ratesvc_history"
    with suppress(OSError):  # There is none yet.
        readline.read_history_file(history)
    _complete(cursor)
    click.echo(".help tells what can be typed, Ctrl-D ends")
    try:
        while True:
            try:
                typed = _statement()
                if typed.startswith("."):
                    cursor, layout = _command(typed, cursor, layout)
                elif typed:
                    sql.run(cursor, typed, layout)
            except CouldNot as mistake:
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
            click.echo(f"what was typed is not remembered: {refusal}", err=True)


def _open(at: str | None) -> duckdb.DuckDBPyConnection:
    version = sql.opened(at)
    click.echo(f"version {version.published.version}")
    return version.cursor()


def _statement() -> str:
    """What is typed up to a semicolon, or a command that begins with a point."""
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
        sql.run(cursor, _NAMES, "table")
    elif name == ".columns" and argument:
        rows = cursor.execute(_COLUMNS, [argument]).fetchall()
        if not rows:
            raise AskedWrongly(f"there is no table or view {argument}; .tables lists them")
        tabular.print_table(("column", "type", "what it is"), rows)
    elif name == ".format" and argument in ("table", *sql.FORMATS):
        return cursor, argument
    elif name == ".newest":
        return _open(None), layout
    elif name == ".help":
        click.echo(HELP, nl=False)
    else:
        raise AskedWrongly(f"there is no command {typed!r}; .help lists them")
    return cursor, layout


def _complete(cursor: duckdb.DuckDBPyConnection) -> None:
    names = [name.partition("(")[0] for name, *_ in cursor.execute(_NAMES).fetchall()]
    names += [name for (name,) in cursor.execute(_COLUMN_NAMES).fetchall()]
    words = sorted({*names, *("SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "JOIN", "USING")})

    def complete(begun: str, number: int) -> str | None:
        fitting = [word for word in words if word.lower().startswith(begun.lower())]
        return fitting[number] if number < len(fitting) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" \t\n,()=<>;")
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
