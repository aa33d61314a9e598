"""The hot answers as files in each encoding, which nginx sends without asking anybody.

They are what the application answers at their addresses. A set is written as a whole, then a symbolic link turns to it,
so no reader gets a part of one set with a part of another.
"""

import os
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from flask import Flask

from ratesvc.web.charts import plotlyjs
from ratesvc.web.embed import scripts
from ratesvc.web.http import assets
from ratesvc.web.http.hot_ticker import PATHS, HotTicker
from ratesvc.web.http.params import ParameterError
from ratesvc.web.http.responses import brotlied, file_time, gzipped


class HotFiles:
    """The folder `hot` in the runtime folder; `refresh` keeps it current."""

    def __init__(self, app: Flask, run: Path) -> None:
        self._app = app
        self._run = run
        self._ticker: HotTicker = app.extensions["hot"]
        self._written: object = self  # No ticker: even before the first version there are scripts.
        self._sets = 0
        self.refresh()

    def refresh(self) -> None:
        """Write another set if the ticker has changed. A set that cannot be written is tried again."""
        rows = self._ticker.rows
        if rows is self._written:
            return
        try:
            self._write()
        except OSError as failure:
            self._app.extensions["current"].trouble(f"the hot answers cannot be written: {failure}")
        else:
            self._written = rows

    def _write(self) -> None:
        self._sets += 1
        folder = self._run / f"hot-{self._sets}"
        shutil.rmtree(folder, ignore_errors=True)
        for address, body in self._answers():
            path = folder / address[1:]
            path.parent.mkdir(parents=True, exist_ok=True)
            for suffix, encoded in _encodings(body).items():
                file = path.with_name(path.name + suffix)
                file.write_bytes(encoded)
                os.utime(file, (0, file_time(encoded)))
        link = self._run / "hot.new"
        link.unlink(missing_ok=True)
        link.symlink_to(folder.name)
        link.replace(self._run / "hot")
        # The set before this one may still be opened through the link that was.
        shutil.rmtree(self._run / f"hot-{self._sets - 2}", ignore_errors=True)

    def _answers(self) -> Iterator[tuple[str, bytes]]:
        for address in (*PATHS, "/embed/ticker", *scripts.paths(), *assets.urls(), plotlyjs.plotly_url()):
            # Beneath the cache and the metrics: nobody asked.
            with self._app.test_request_context(address, base_url="http://localhost"):
                try:
                    yield address, self._app.make_response(self._app.dispatch_request()).get_data()
                except ParameterError:  # Nothing is published yet: the application says so.
                    continue


@lru_cache(maxsize=500)
def _encodings(body: bytes) -> dict[str, bytes]:
    return {"": body, ".gz": gzipped(body), ".br": brotlied(body)}
