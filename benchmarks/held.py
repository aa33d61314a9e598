"""Which of a year of real hourly market rates does the validation hold, and are they the right ones?

79,740 rows of nine currencies, October 2023 to October 2024, enter an empty store hour by hour, as
they were published, which takes some minutes. The feed's bad ticks are known; each of them must be
held, and no other row except the first of each currency, which cannot be compared with any other.
The exit code is 1 otherwise.

    python benchmarks/held.py hourly.csv.gz     (columns observed_at, currency, units_per_usd)
"""

import csv
import gzip
import itertools
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

from ratesvc.core import observation, settings
from ratesvc.core.currencies import BY_CODE, Currency
from ratesvc.core.observation import Observation
from ratesvc.core.reading import Reading
from ratesvc.store.database import Store, writing
from ratesvc.store.write import record
from ratesvc.validation import doubts, rules
from ratesvc.validation.fetch_result import Answer

HOURLY = Path(__file__).parents[2] / "shared" / "data" / "hourly_2023-10_2024-10.csv.gz"
BANDS = {"CNY": (1, 50), "EUR": (0, 10), "RUB": (20, 500), "TRY": (5, 200)}
"""Plausible ranges of the file's other currencies, as wide as the service's own."""
JUMP = Decimal("1.05")
"""Largest accepted factor between publications for those."""
BAD = {
    "UZS 6241.50 on 2023-12-08": ("UZS", "2023-12-08", "2023-12-08", "6241", "6242"),
    "UZS 13645 on 2024-03-11": ("UZS", "2024-03-11", "2024-03-11", "13645", "13646"),
    "TMT 3.36 on 2024-07-25 to 28": ("TMT", "2024-07-25", "2024-07-28", "3.36", "3.37"),
    "TMT 3.355 on 2024-07-30": ("TMT", "2024-07-30", "2024-07-30", "3.355", "3.356"),
    "TRY 24.05 on 2023-10-29": ("TRY", "2023-10-29", "2023-10-29", "24", "25"),
    "TRY 24.14 on 2023-11-05": ("TRY", "2023-11-05", "2023-11-05", "24", "25"),
    "RUB 62.62 on 2023-10-16": ("RUB", "2023-10-16", "2023-10-16", "62", "63"),
}
"""The known bad ticks: currency, first and last day, from this rate to below that one."""


def main() -> None:
    """Print the counts, rates held by mistake, and rates that remain held."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else HOURLY
    if len(sys.argv) == 1 and not path.exists():
        print("held: skipped, there is no file of hourly rates here: python benchmarks/held.py FILE")
        return
    if not path.exists():
        sys.exit(f"{path} is missing: name a file of hourly rates, columns observed_at,currency,units_per_usd")
    more = {
        code: Currency(
            code=code,
            number="",
            country="",
            name=code,
            short=code,
            unit=code,
            lowest=low,
            highest=high,
            official_jump=JUMP,
            market_jump=JUMP,
            official=None,
            market="currency_api",
            colour="",
        )
        for code, (low, high) in BANDS.items()
    }
    for module in (observation, doubts, rules):
        patch.object(module, "BY_CODE", {**BY_CODE, **more}).start()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RATESVC_DATA"] = folder
        settings.load.cache_clear()
        with writing() as store:
            sys.exit(replay(store, path))


def replay(store: Store, path: Path) -> int:
    bad: Counter[str] = Counter()
    bad_held: Counter[str] = Counter()
    mistakes: list[Observation] = []
    firsts = 0
    moments: set[tuple[str, datetime]] = set()
    began, total = time.monotonic(), 0
    for hour in hours(path):
        answer = Answer(
            source="currency_api",
            url="hourly",
            started_at=hour[0].observed_at,
            finished_at=hour[0].observed_at,
            reading=Reading(observations=hour),
        )
        [fetch] = record(store, "manual", [answer])
        total += len(hour)
        moments |= {(rate.quote, rate.observed_at) for rate in hour}
        held = {each.observation: each.doubt for each in fetch.verdict.set_aside}
        for rate in hour:
            name = name_of(rate)
            if name:
                bad[name] += 1
                bad_held[name] += rate in held
            elif held.get(rate) == "first":
                firsts += 1
            elif rate in held:
                mistakes.append(rate)

    print(f"{total:,} rows, {len(moments):,} different ones, in {time.monotonic() - began:.0f} s")
    for name in BAD:
        print(f"bad tick   {name}: {bad_held[name]} of {bad[name]} rows held")
    genuine = total - bad.total()
    print(f"first      {firsts} rows of the first hour held until the next day, with nothing to compare them with")
    print(f"others     {len(mistakes)} of {genuine:,} rows held")
    for (currency, day), rows in itertools.groupby(mistakes, lambda each: (each.quote, each.observed_at.date())):
        rates = [each.rate for each in rows]
        print(f"           {currency} on {day}: {len(rates)} rows, {min(rates)} to {max(rates)}")
    [(bad_in_store,)] = store.query("SELECT count(*) FROM observations WHERE " + " OR ".join(map(condition, BAD)))
    [(entered,)] = store.query("SELECT count(DISTINCT (quote, observed_at)) FROM observations")
    print(
        f"for good   {len(moments) - entered} rates are still held; {bad_in_store} of the bad ticks were let in later"
    )
    good = (
        bad_held == bad
        and len(bad) == len(BAD)
        and not bad_in_store
        and not mistakes
        and firsts <= len(BY_CODE) + len(BANDS)
    )
    return 0 if good else 1


def hours(path: Path) -> Iterator[list[Observation]]:
    """Yield the rates of each hour as published; a rate that is in the file twice is yielded twice."""
    with gzip.open(path, "rt") as file:
        for _, rows in itertools.groupby(csv.DictReader(file), lambda row: row["observed_at"]):
            sightings: list[dict[str, Observation]] = [{}]
            for row in rows:
                if row["currency"] in sightings[-1]:
                    sightings.append({})
                sightings[-1][row["currency"]] = Observation(
                    source="currency_api",
                    base="USD",
                    quote=row["currency"],
                    observed_at=datetime.fromisoformat(row["observed_at"]),
                    rate=Decimal(row["units_per_usd"]),
                )
            yield from (list(sighting.values()) for sighting in sightings)


def name_of(rate: Observation) -> str | None:
    """Return the name of the known bad tick that a rate belongs to, or None."""
    for name, (currency, first, last, lowest, below) in BAD.items():
        if (
            rate.quote == currency
            and first <= f"{rate.observed_at:%Y-%m-%d}" <= last
            and Decimal(lowest) <= rate.rate < Decimal(below)
        ):
            return name
    return None


def condition(name: str) -> str:
    """Return the SQL condition for a known bad tick."""
    currency, first, last, lowest, below = BAD[name]
    return (
        f"(base = 'USD' AND quote = '{currency}' AND observed_at::DATE BETWEEN '{first}' AND '{last}'"
        f" AND rate >= {lowest} AND rate < {below})"
    )


if __name__ == "__main__":
    main()
