"""Exchange rates of Central Asia as a time series.

The way of the data, and the file to open for each step:

1. `sources/` says where to ask and when to expect something (`rhythm`), and reads the document that comes back
   into `observation.Observation`s, with the careful tools of `documents`.
2. `fetch` gets the bytes. Nothing else in the package talks to the network. `raw` keeps them.
3. `ingest` does this for all sources side by side: one snapshot, a `fetched.Fetch` for each.
4. `record` puts it into the tables of `schema.sql`, whole or not at all. On the way `judge` looks up what is known
   around the days of each document (a `book`), and by that `validate` sets aside what is doubtful, with a sentence.
   `store` owns the database file: there is one writer.
5. `views.sql` makes everything that is read from those tables: rates, changes, the ticker.
6. `publish` makes an immutable version of it all, and points at it.
7. `reader` opens the newest version, and `past` all of it as an earlier one had it. `web/`, the dashboards and
   analysts read nothing else. `ticker` dresses its rows as an editor wants them, in the languages of `words`.
8. SQL of people: `sql` and `shell` on this machine, `sql_server` for colleagues, `stranger` for anybody; the last two
   answer what `allowed` lists. `guide` fills the answers into the analysts' guide.

`jobs/` say when; `timetable` runs them, `supervise` keeps them and the web server alive, and `__main__` is the
command line. Imports follow this way and never turn back; a test walks them.
"""
