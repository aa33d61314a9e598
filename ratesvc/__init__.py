"""Exchange rates of Central Asia as a time series.

The way of the data, and the folder of each stage. Imports follow it and never turn back: see pyproject.toml.

1. `sources/`: one file a source. It names the URLs and the publication calendar, and parses a document into
   observations. Pure.
2. `collect/`: asks all sources side by side and keeps the bytes. `http` alone talks to the network.
3. `validation/`: decides which figures enter, which wait, and why, from what is known around their days. Pure.
4. `store/`: the writer's database. A snapshot enters the append-only tables whole, or not at all. There is one writer.
5. `sql/`: the tables, and the views and macros that everybody reads. The one definition of a percentage is there.
6. `publish/`: makes an immutable version of it all and points at it; opens the newest one, or an earlier one.
7. `render/`: the ticker's rows, sentences and tables as people read them, in seven languages.
8. `query/`: SQL on the command line and in a shell, for other DuckDB clients, and for the public.
9. `web/`: pages, API, embeds and files. It reads published versions and nothing else, as `dashboards/` do.
10. `jobs/`: what is done by the clock. `run/` runs the jobs and the web server, and `__main__` is the command line.

`core/` holds what every stage knows: observations, currencies, settings, errors, publication calendars.
"""
