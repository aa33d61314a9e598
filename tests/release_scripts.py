"""Keeps the embed scripts that a change supersedes: `make release-scripts`.

A commit counts as served: what its scripts were is assembled by the program of that commit.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from ratesvc.web.embed import scripts

ROOT = Path(__file__).parents[1]
ASSEMBLE = """
import sys
from pathlib import Path
from ratesvc.web.embed import scripts
for script in scripts.newest().values():
    Path(sys.argv[1], script.name).write_bytes(script.body)
"""


def main() -> None:
    """Puts the scripts of the last commit into released/ where they differ from the newest, and names the newest."""
    with tempfile.TemporaryDirectory() as folder:
        program = _last_commit(Path(folder))
        listed = (program / scripts.FOLDER.relative_to(ROOT) / "served.txt").read_text(encoding="ascii").split()
        keep(_assembled(program), listed, {script.name for script in scripts.newest().values()}, scripts.FOLDER)


def keep(old: dict[str, bytes], listed: list[str], newest: set[str], folder: Path) -> None:
    """Writes those old scripts that are not the newest into released/, and the names of all into served.txt."""
    for name, body in old.items():
        if name not in newest:
            (folder / "released" / name).write_bytes(body)
    for name in newest:
        (folder / "released" / name).unlink(missing_ok=True)  # Where a change was taken back.
    names = "".join(f"{name}\n" for name in sorted({*listed, *old, *newest}))
    (folder / "served.txt").write_text(names, encoding="ascii")


def _last_commit(folder: Path) -> Path:
    """Unpacks the program of the last commit."""
    command = ["git", "archive", "HEAD", "ratesvc", "dashboards", "jobs"]
    tree = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(tree)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _assembled(program: Path) -> dict[str, bytes]:
    """The scripts of a program by their names, assembled by itself."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", ASSEMBLE, folder], cwd=program, check=True)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


if __name__ == "__main__":
    main()
