"""Failures of maintenance (backup, scrub), which stay on record until the same work succeeds.

Each is a small file in the folder `failures/` of the data, so that any process can report one, whoever has the store
open, and a restart forgets none. The job `notify` tells of them.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from ratesvc.core import settings


@dataclass(frozen=True, slots=True)
class Failure:
    """The last failure of one kind of work. at: aware, UTC."""

    work: str
    at: datetime
    sentence: str


def report(work: str, sentence: str) -> bool:
    """Put on record that some work failed. work: its name, such as "backup"; sentence: what went wrong.

    The same sentence again is the same failure: its first time stays. Returns whether it is a new one.
    """
    if any((known.work, known.sentence) == (work, sentence) for known in reported()):
        return False
    folder = settings.load().failures
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{work}.unfinished"
    note = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "sentence": sentence}
    unfinished.write_text(json.dumps(note), encoding="utf-8")
    unfinished.replace(folder / f"{work}.json")
    return True


def clear(work: str) -> None:
    """Remove the failure of some work, which has now succeeded."""
    (settings.load().failures / f"{work}.json").unlink(missing_ok=True)


def reported() -> list[Failure]:
    """List the failures on record, by the name of the work. A damaged file counts as a failure of that work too."""
    found = []
    for path in sorted(settings.load().failures.glob("*.json")):
        try:
            note = json.loads(path.read_bytes())
            found.append(Failure(path.stem, datetime.fromisoformat(note["at"]), str(note["sentence"])))
        except FileNotFoundError:
            continue  # The work has succeeded meanwhile.
        except (ValueError, LookupError, TypeError):
            modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
            found.append(Failure(path.stem, modified, f"its record {path} cannot be read"))
    return found
