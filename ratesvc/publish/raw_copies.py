"""The documents and their log in an object store, for the machine that takes over: `raw/`.

`raw/<sha256>` is a document, as it is kept here. `raw/log/<epoch>-<first>-<last>.ndjson` has the lines of the log for
some fetches, and never changes. A leader may be replaced before all that it stored has arrived; the next one counts on
from what had when it took over. So of an epoch only the fetches before those of later epochs are valid.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from ratesvc.core import settings
from ratesvc.core.disk import flush
from ratesvc.publish.object_store import FOR_EVER, ObjectStore
from ratesvc.store import fetch_log, leadership, raw_documents

LOG = "raw/log"
_inherited = 0
"""The last fetch of former leaders that was downloaded: what they send later does not count."""


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """Some lines of the log of one leader. first, last: IDs of fetches."""

    epoch: int
    first: int
    last: int

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.epoch:08}-{self.first:012}-{self.last:012}.ndjson"


def upload(store: ObjectStore) -> None:
    """Upload what was logged since the last segment, the documents first. Raises RatesvcError, OSError."""
    mine = [segment.last for segment in _segments(store.sizes(LOG)) if segment.epoch == leadership.epoch()]
    lines = fetch_log.after(max(mine, default=_inherited))
    if not lines:
        return
    raw = settings.load().raw
    for sha256 in sorted({str(line.fetch["payload_sha256"]) for line in lines if line.fetch.get("payload_sha256")}):
        if (raw / sha256).is_file() and store.etag(f"raw/{sha256}") is None:
            store.put(f"raw/{sha256}", raw / sha256, "application/gzip", FOR_EVER)
    segment = Segment(leadership.epoch(), lines[0].number, lines[-1].number)
    content = b"".join(line.text for line in lines)
    store.replace(f"{LOG}/{segment.name}", content, "application/x-ndjson", FOR_EVER, None)


def download(store: ObjectStore, folder: Path) -> None:
    """Bring the copy in a folder up to date: `<folder>/<sha256>`, and the segments in `<folder>/log`.

    Raises RatesvcError, OSError.
    """
    global _inherited
    segments = _segments(store.sizes(LOG))
    if not segments:
        return  # A folder without documents would look like a store that was lost.
    (folder / "log").mkdir(parents=True, exist_ok=True)
    here = {path.name for path in (folder / "log").iterdir()}
    for segment in segments:
        if segment.name in here:
            continue
        content = store.read(f"{LOG}/{segment.name}")
        for line in fetch_log.parse(content.splitlines(keepends=True)):
            sha256 = line.fetch.get("payload_sha256")
            # A leader on a lake may log a fetch of one before it, whose document was lost with that machine.
            if sha256 and not (folder / sha256).exists() and store.etag(f"raw/{sha256}"):
                packed = store.read(f"raw/{sha256}")
                raw_documents.content_of(packed, Path(sha256))
                _write(folder / sha256, packed)
        _write(folder / "log" / segment.name, content)  # Last: then its documents are there.
    _inherited = max(segment.last for segment in segments)


def join(folder: Path) -> None:
    """Write `log.ndjson` from the segments of a copy."""
    texts: dict[int, bytes] = {}
    for segment in _segments({path.name: 0 for path in (folder / "log").glob("*.ndjson")}):
        texts = {number: text for number, text in texts.items() if number < segment.first}
        content = (folder / "log" / segment.name).read_bytes()
        texts |= {line.number: line.text for line in fetch_log.parse(content.splitlines(keepends=True))}
    _write(folder / fetch_log.NAME, b"".join(texts[number] for number in sorted(texts)))


def _segments(names: dict[str, int]) -> list[Segment]:
    found = [re.fullmatch(r"(\d{8})-(\d{12})-(\d{12})\.ndjson", name) for name in names]
    return sorted(Segment(*map(int, match.groups())) for match in found if match)


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{path.name}{raw_documents.UNFINISHED}")
    unfinished.write_bytes(content)
    flush(unfinished)
    unfinished.replace(path)
