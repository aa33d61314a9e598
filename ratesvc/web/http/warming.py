"""Warm a version: prepare, in the background, the responses that its readers are likely to ask for.

Before a worker serves a new version it prepares the ticker, the overview, what readers asked for first of the last
version, the pages of the currencies, the other pages, and the charts, in this order, for SECONDS_BEFORE at most. The
last version is served meanwhile; what is left is prepared afterwards. At the start of a worker there is nothing to
serve meanwhile, so its first version is served at once, and warmed a little later. Responses are cached until the next
check; if it changes nothing, they are prepared again.

No request waits for this: a newer version ends it, and so does any trouble. The next response is prepared when no
reader waits for one, and once the version is served, when none has for QUIET_SECONDS.
"""

import threading
import time

from ratesvc.core.currencies import CURRENCIES
from ratesvc.publish.reader import Reader
from ratesvc.web.http.cache import Cache, Generation, Key
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.hot_ticker import PATHS, HotTicker

SECONDS_BEFORE = 1.0
"""How long a new version may wait to be served."""
SECONDS_IN_ALL = 30.0
"""How long a version is warmed at most."""
ENDING_SECONDS = 0.2
QUIET_SECONDS = 1.0
START_SECONDS = 10.0
"""How long after its start a worker leaves the processors to what else is starting."""
LOOK_SECONDS = 0.01
CHARTS = ("line", "drawdown", "distribution")
"""Of the page of a currency."""
OTHERS = ("/docs", "/compare", "/spread", "/dashboards", "/sources", "/sql", "/embed")


class Warming:
    """Warms one version at a time, in a thread of its own."""

    def __init__(self, current: Current, hot: HotTicker, cache: Cache) -> None:
        self._current = current
        self._hot = hot
        self._cache = cache
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._serve_at = 0.0
        self._not_before = time.monotonic() + START_SECONDS

    def begin(self, reader: Reader, *, is_awaited: bool) -> None:
        """Warm a version in place of the last one. is_awaited: it is served when this `is_done`."""
        self.end()
        if last := self._thread:
            last.join(ENDING_SECONDS)
            # A response of the last version still takes time: this machine has other things to do.
            is_awaited = is_awaited and not last.is_alive()
        with self._current.showing(reader):
            self._hot.prepare()
            generation = self._cache.prepare()
        self._end = threading.Event()
        self._serve_at = time.monotonic() + SECONDS_BEFORE if is_awaited else 0.0
        arguments = (reader, generation, self._keys(), self._end, last)
        self._thread = threading.Thread(target=self._warm, args=arguments, name="warm a version", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop at the next response; what was prepared of a version that is not served is forgotten."""
        self._end.set()
        self._serve_at = 0.0
        self._hot.forget()
        self._cache.forget()

    @property
    def is_done(self) -> bool:
        """Whether the version need not wait to be served any longer."""
        return time.monotonic() >= self._serve_at or self._thread is None or not self._thread.is_alive()

    def _keys(self) -> list[Key]:
        """What to prepare, the likeliest first; of what readers asked, their encoding too."""
        asked = self._cache.asked_first()
        in_all_encodings = [(path, query, form, "identity") for path, query, form, _ in asked]
        currencies = _plain(*(f"/currency/{each.code}" for each in CURRENCIES))
        charts = [
            (f"/dashboards/{name}.json", f"currency={each.code}", "json", "identity")
            for each in CURRENCIES
            for name in (CHARTS if each.peg is None else CHARTS[:1])
        ]
        keys = [*_plain(*PATHS, "/"), *in_all_encodings, *asked, *currencies, *_plain(*OTHERS), *charts]
        return list(dict.fromkeys(keys))

    def _warm(
        self,
        reader: Reader,
        generation: Generation,
        keys: list[Key],
        end: threading.Event,
        last: threading.Thread | None,
    ) -> None:
        if last:
            last.join()
        began = time.monotonic()
        until = began + SECONDS_IN_ALL
        with self._current.showing(reader):
            for key in keys:
                while not end.is_set() and time.monotonic() < until and not self._is_quiet(began):
                    end.wait(LOOK_SECONDS)
                if end.is_set() or time.monotonic() > until:
                    return
                self._cache.warm(generation, key)

    def _is_quiet(self, began: float) -> bool:
        now, busy_at = time.monotonic(), self._cache.busy_at
        if now < self._serve_at:
            return busy_at < now
        return max(max(began, busy_at) + QUIET_SECONDS, self._not_before) < now


def _plain(*paths: str) -> list[Key]:
    """Return the keys of paths without a query, uncompressed: each other encoding is made of that in milliseconds."""
    return [(path, "", "json", "identity") for path in paths]
