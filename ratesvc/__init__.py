"""Exchange rates of Central Asia as a time series.

The stages of the data flow, each in its own folder. Imports follow this order and never go back: see pyproject.toml.

1. `sources/`: source adapters, one module each: URLs, publication calendar and parser of documents. Pure.
2. `collect/`: fetches all sources in parallel and keeps the bytes. Only `http` uses the network.
3. `validation/`: accepts figures or holds them, with a reason, by comparison with nearby rates. Pure.
4. `store/`: the writer's database. A snapshot is stored completely or not at all, in append-only tables. One writer.
5. `sql/`: the tables, and the views and macros for all readers. The only definition of a percentage is here.
6. `publish/`: creates immutable versions of the database, and opens the latest or an earlier one.
7. `render/`: the ticker's rows, sentences and tables for readers, in seven languages.
8. `query/`: SQL on the command line, in a shell, for other DuckDB clients, and for the public.
9. `web/`: pages, API, embeds and files. Like `dashboards/`, it reads published versions only.
10. `notify/`: what is new in a version, to addresses of the operator: mail, chats, webhooks.
11. `jobs/`: scheduled jobs. `run/` runs them and the web server; `__main__` is the command line.

`core/` is shared by all stages: observations, currencies, settings, errors, publication calendars,
failures of maintenance.
"""

import os

# DuckDB reads it once, when it is imported: its jemalloc has one heap for all threads, and gives back after half a
# second what is free. By default a web worker keeps 40 MB more (measured with DuckDB 1.5), and none of it makes queries
# faster.
os.environ.setdefault("DUCKDB_JE_MALLOC_CONF", "narenas:1,dirty_decay_ms:500,muzzy_decay_ms:0")
