"""Catalogue of a cursor's database: views, tables, columns and macros, with their comments."""

from typing import NamedTuple

import duckdb


class Relation(NamedTuple):
    """A view or a table."""

    name: str
    kind: str
    comment: str


class Column(NamedTuple):
    """A column of a view or table, with its DuckDB type."""

    name: str
    type: str
    comment: str


class Macro(NamedTuple):
    """A macro: its signature, and whether it returns a table or a value."""

    name: str
    call: str
    gives: str
    comment: str


def relations(cursor: duckdb.DuckDBPyConnection) -> list[Relation]:
    """List the views, then the tables."""
    return [Relation(*row) for row in cursor.execute(_RELATIONS).fetchall()]


def columns(cursor: duckdb.DuckDBPyConnection, relation: str) -> list[Column]:
    """List the columns of a view or table, in order; empty if it does not exist."""
    return [Column(*row) for row in cursor.execute(_COLUMNS, [relation]).fetchall()]


def column_comments(cursor: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return the comments of all columns, by view or table and by column."""
    comments: dict[str, dict[str, str]] = {}
    for relation, column, comment in cursor.execute(_COMMENTS).fetchall():
        comments.setdefault(relation, {})[column] = comment
    return comments


def macros(cursor: duckdb.DuckDBPyConnection) -> list[Macro]:
    """List the table macros, then the scalar macros."""
    return [Macro(*row) for row in cursor.execute(_MACROS).fetchall()]


_RELATIONS = """
SELECT name, kind, comment FROM (
    SELECT view_name AS name, 'view' AS kind, comment, view_oid AS place
    FROM duckdb_views() WHERE database_name = current_database() AND NOT internal
    UNION ALL
    SELECT table_name, 'table', comment, table_oid FROM duckdb_tables() WHERE database_name = current_database()
)
ORDER BY kind DESC, place
"""
_COLUMNS = """
SELECT column_name, data_type, comment
FROM duckdb_columns() WHERE database_name = current_database() AND table_name = ?
ORDER BY column_index
"""
_COMMENTS = """
SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = current_database()
"""
_MACROS = """
SELECT
    function_name, function_name || '(' || array_to_string(parameters, ', ') || ')',
    CASE function_type WHEN 'table_macro' THEN 'a table' ELSE 'a value' END AS gives, comment
FROM duckdb_functions() WHERE database_name = current_database() AND NOT internal
ORDER BY gives, function_oid
"""
