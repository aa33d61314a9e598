"""Every view answers whatever it is joined with and filtered by.

DuckDB's optimizer may stop with an internal error ("Attempted to access index 1 within vector of size 1") on a
statement that is fine: 1.5.5 did where an ASOF join on two equality columns was below other joins and filters. Views
therefore join on one column, the pair. STATEMENTS sets how many are tried.
"""

import os
import random
from pathlib import Path

import duckdb
import pytest

from ratesvc.publish import reader
from ratesvc.publish.reader import Reader
from ratesvc.query import catalog

pytestmark = pytest.mark.proof

STATEMENTS = int(os.environ.get("STATEMENTS", "100"))
PARTNERS = {
    "sources": ["source"],
    "pairs": ["pair", "base, quote", "base", "quote"],
    "currencies": ["currency"],
    "headline": ["pair", "base, quote", "source", "source, pair", "source, base, quote"],
}
VALUES = {
    "VARCHAR": ["'USD/KZT'", "'KZT'", "'USD'", "'currency_api'", "'peg'", "'official'", "'market'", "'week'", "''"],
    "DATE": ["DATE '2026-09-01'", "DATE '2024-10-10'", "current_date"],
    "TIMESTAMP": ["TIMESTAMP '2026-09-01 12:00'", "now()::TIMESTAMP"],
    "BOOLEAN": ["true", "false"],
}
COMPARISONS = ["=", "<>", ">=", "<", "IS DISTINCT FROM"]


def test_every_view_answers_under_any_join_and_filter(archive: Path) -> None:
    chance = random.Random(20260929)
    version = Reader(reader.newest(archive / "published"))
    views = [relation.name for relation in catalog.relations(version.cursor()) if relation.kind == "view"]
    columns = {name: catalog.columns(version.cursor(), name) for name in {*views, *PARTNERS}}
    for number in range(STATEMENTS):
        sql = statement(chance, views[number % len(views)], columns)
        try:
            version.query(sql).fetchall()
        except duckdb.Error as failure:
            pytest.fail(f"statement {number}, {sql}: {reader.first_line(failure)}")


def statement(chance: random.Random, view: str, columns: dict[str, list[catalog.Column]]) -> str:
    """A SELECT over the view, up to two others, and up to three filters."""
    tables, source = [view], f"{view} AS t0"
    for partner in chance.sample(sorted(PARTNERS), chance.randint(0, 2)):
        keys = [key for key in PARTNERS[partner] if joins(key.split(", "), view, partner, columns)]
        if not keys:
            continue
        shared = chance.choice(keys)
        on = " AND ".join(f"t0.{own(key, view, columns)} = t{len(tables)}.{key}" for key in shared.split(", "))
        kind = chance.choice(["JOIN", "LEFT JOIN", "SEMI JOIN", "ANTI JOIN"])
        source += f" {kind} {partner} AS t{len(tables)} ON {on}"
        tables.append("" if kind in ("SEMI JOIN", "ANTI JOIN") else partner)
    visible = [(f"t{place}", column) for place, name in enumerate(tables) if name for column in columns[name]]
    filters = [condition(chance, *chance.choice(visible)) for _ in range(chance.randint(0, 3))]
    where = f" WHERE {chance.choice([' AND ', ' OR ']).join(filters)}" if filters else ""
    alias, column = chance.choice(visible)
    return chance.choice(
        [
            f"SELECT * FROM {source}{where}",
            f"SELECT count(*), max({alias}.{column.name}) FROM {source}{where}",
            f"SELECT {alias}.{column.name}, count(*) FROM {source}{where} GROUP BY ALL ORDER BY ALL LIMIT 5",
            f"SELECT t0.* FROM {source}{where} ORDER BY {alias}.{column.name} DESC LIMIT 3",
        ]
    )


def joins(keys: list[str], view: str, partner: str, columns: dict[str, list[catalog.Column]]) -> bool:
    return all(own(key, view, columns) and key in {column.name for column in columns[partner]} for key in keys)


def own(key: str, view: str, columns: dict[str, list[catalog.Column]]) -> str | None:
    """The view's column for a key of its partner: a currency is the quote of a pair."""
    names = {column.name for column in columns[view]}
    return next((name for name in (key, "quote" if key == "currency" else key) if name in names), None)


def condition(chance: random.Random, alias: str, column: catalog.Column) -> str:
    name = f"{alias}.{column.name}"
    values = VALUES.get(column.type, ["0", "1", "100.5"])
    if column.type not in VALUES and not column.type.startswith(("DECIMAL", "DOUBLE", "BIGINT", "INTEGER")):
        return f"{name} IS NOT NULL"
    return chance.choice(
        [
            f"{name} {chance.choice(COMPARISONS)} {chance.choice(values)}",
            f"{name} IN ({chance.choice(values)}, {chance.choice(values)})",
            f"{name} IS {chance.choice(['', 'NOT '])}NULL",
            f"{name} = (SELECT max({column.name}) FROM (SELECT {name}))",
        ]
    )
