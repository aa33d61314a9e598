"""Scripts of the custom elements: the newest under a plain URL, each version under an immutable one.

Each module in `scripts/` is served as one script. Articles refer to a script by hash and integrity and are read for
years, so every script ever served stays available: `scripts/served.txt` lists them, and `scripts/released/` holds the
superseded ones. `make release-scripts` writes both.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort

from ratesvc.web.embed.assemble import assemble
from ratesvc.web.http.responses import FOR_EVER, cacheable

blueprint = Blueprint("scripts", __name__)

FOLDER = Path(__file__).parent / "scripts"
PLAIN_SECONDS = 3600
"""Cache time of the plain URL: a fix reaches every reader within an hour."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script, with its immutable name and its integrity hash."""

    stem: str
    body: bytes

    @property
    def digest(self) -> str:
        """A hash of its content."""
        return hashlib.sha256(self.body).hexdigest()[:12]

    @property
    def name(self) -> str:
        """The file name, unique to these bytes."""
        return f"{self.stem}-{self.digest}.js"

    @property
    def path(self) -> str:
        """The immutable path."""
        return f"/embed/{self.name}"

    @property
    def integrity(self) -> str:
        """The value of the attribute `integrity` (Subresource Integrity)."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.body).digest()).decode()}"


@cache
def newest() -> Mapping[str, Script]:
    """Return the newest script of each element, by its stem."""
    return {path.stem: Script(path.stem, assemble(path)) for path in sorted(FOLDER.glob("*.js"))}


def paths() -> list[str]:
    """Return every path at which a script is served."""
    return [*(f"/embed/{stem}.js" for stem in newest()), *_all_scripts()]


@cache
def _all_scripts() -> Mapping[str, Script]:
    superseded = [Script(path.stem.rpartition("-")[0], path.read_bytes()) for path in FOLDER.glob("released/*.js")]
    return {script.path: script for script in (*superseded, *newest().values())}


@blueprint.get("/embed/<stem>.js")
def script(stem: str) -> Response:
    """Serve a script: immutable under its hash, the newest under its plain name."""
    if immutable := _all_scripts().get(f"/embed/{stem}.js"):
        return cacheable(immutable.body, "text/javascript; charset=utf-8", FOR_EVER)
    if stem not in newest():
        abort(404)
    return cacheable(newest()[stem].body, "text/javascript; charset=utf-8", PLAIN_SECONDS)
