"""Texts in SQL, where DuckDB takes no parameters: in ATTACH, SET, COPY and the definition of a view."""


def literal(text: object) -> str:
    """Return a text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"
