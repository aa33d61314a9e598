"""The custom elements' scripts: at a plain address, which is always the newest, and at one that never changes.

Each module in `scripts/` is served as one script. Articles name a script by its hash and integrity and are read for
years, so each that was ever served stays: `scripts/served.txt` names them, and `scripts/released/` holds those that
are superseded. `make release-scripts` writes both.
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
"""How long the plain address may be cached: a mended script is everywhere after an hour."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script's bytes, and the names by which they can be had and checked."""

    stem: str
    body: bytes

    @property
    def digest(self) -> str:
        """What changes with its content."""
        return hashlib.sha256(self.body).hexdigest()[:12]

    @property
    def name(self) -> str:
        """The name that only these bytes have."""
        return f"{self.stem}-{self.digest}.js"

    @property
    def path(self) -> str:
        """The address that never changes."""
        return f"/embed/{self.name}"

    @property
    def integrity(self) -> str:
        """For the attribute of this name (Subresource Integrity)."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.body).digest()).decode()}"


@cache
def newest() -> Mapping[str, Script]:
    """Every element's script by its stem."""
    return {path.stem: Script(path.stem, assemble(path)) for path in sorted(FOLDER.glob("*.js"))}


@cache
def _served() -> Mapping[str, Script]:
    released = [Script(path.stem.rpartition("-")[0], path.read_bytes()) for path in FOLDER.glob("released/*.js")]
    return {script.path: script for script in (*released, *newest().values())}


@blueprint.get("/embed/<stem>.js")
def script(stem: str) -> Response:
    """A script: immutable under its hash, the newest under its plain name."""
    if found := _served().get(f"/embed/{stem}.js"):
        return cacheable(found.body, "text/javascript; charset=utf-8", FOR_EVER)
    if stem not in newest():
        abort(404)
    return cacheable(newest()[stem].body, "text/javascript; charset=utf-8", PLAIN_SECONDS)
