"""The scripts for other sites: one file each, assembled from modules, and every one that was ever served."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from ratesvc.web import create_app
from ratesvc.web.embed import scripts
from ratesvc.web.embed.assemble import assemble

from .release_scripts import keep


def written(folder: Path, **modules: str) -> Path:
    """Writes modules by their stems; returns the first one's path."""
    for stem, text in modules.items():
        (folder / f"{stem}.js").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(modules))}.js"


# Assembled ---------------------------------------------------------------------------------------


def test_each_module_stands_once_after_those_that_it_imports(tmp_path: Path) -> None:
    entry = written(
        tmp_path,
        entry='/*! Banner. */\nimport { b } from "./b.js";\nimport { c } from "./c.js";\n\n// Why.\nb(c);\n',
        b='import { c } from "./c.js";\n\nexport function b() {\n  // Why.\n  return "//" + c; // More.\n}\n',
        c="// What this file is.\n\nexport const c = `\n  a { top: 0; } /* why */\n`;\n",
    )
    assert assemble(entry).decode() == (
        '/*! Banner. */\n(() => {\n"use strict";\n'
        "const c = `\n  a { top: 0; } /* why */\n`;\n"
        'function b() {\n  return "//" + c; // More.\n}\n'
        "b(c);\n})();\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        'import { a as b } from "./other.js";',
        'import * as other from "./other.js";',
        'import "./other.js";',
        'import { a } from "package";',
        'const other = await import("./other.js");',
        "export default 1;",
        "export { a };",
        "export let a = 1;",
    ],
)
def test_another_form_of_import_or_export_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match=r"entry\.js: write import"):
        assemble(written(tmp_path, entry=f"{line}\n", other="export const a = 1;\n"))


def test_two_modules_of_a_script_may_not_declare_the_same_name(tmp_path: Path) -> None:
    entry = written(
        tmp_path, entry='import { a } from "./b.js";\nfunction same() {}\n', b="export const a = 1;\nconst same = a;\n"
    )
    with pytest.raises(ValueError, match="declare same twice"):
        assemble(entry)


def test_a_script_is_one_file() -> None:
    for script in scripts.newest().values():
        assert not re.search(rb"^\s*(import|export)\b", script.body, re.MULTILINE)
    assert scripts.newest().keys() == {"chart", "ticker", "value"}


# Served ------------------------------------------------------------------------------------------


def test_a_script_has_a_plain_address_and_one_that_never_changes() -> None:
    client = create_app().test_client()
    for script in scripts.newest().values():
        plain, settled = client.get(f"/embed/{script.stem}.js"), client.get(script.path)
        assert plain.data == settled.data == script.body
        assert plain.headers["Cache-Control"] == "public, max-age=3600"
        assert settled.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        # Without it integrity is not checked, but refused.
        assert settled.headers["Access-Control-Allow-Origin"] == "*"
        assert script.integrity == "sha384-" + base64.b64encode(hashlib.sha384(plain.data).digest()).decode()
    assert len(gzip.compress(scripts.newest()["ticker"].body)) <= 6_500
    for path in ("ticker-000000000000.js", "modules/feed.js", "feed.js"):
        assert client.get(f"/embed/{path}").status_code == 404


# Superseded --------------------------------------------------------------------------------------


def test_every_script_that_was_ever_served_still_is() -> None:
    served = (scripts.FOLDER / "served.txt").read_text(encoding="ascii").split()
    newest = {script.name for script in scripts.newest().values()}
    assert newest <= set(served), (
        "a served script has changed: make release-scripts keeps the old one, which articles name"
    )
    client = create_app().test_client()
    for name in served:
        answer = client.get(f"/embed/{name}")
        assert answer.status_code == 200, f"{name} is missing in released/: articles name it"
        assert hashlib.sha256(answer.data).hexdigest()[:12] == name.removesuffix(".js").rpartition("-")[2]
    released = {path.name for path in scripts.FOLDER.glob("released/*")}
    assert released == set(served) - newest, "released/ holds what is superseded, and nothing else"


def test_a_superseded_script_is_kept_and_one_that_comes_back_is_the_newest_again(tmp_path: Path) -> None:
    (tmp_path / "released").mkdir()

    def kept() -> tuple[list[str], list[str]]:
        released = sorted(path.name for path in (tmp_path / "released").iterdir())
        return released, (tmp_path / "served.txt").read_text(encoding="ascii").split()

    keep({"a-1.js": b"1", "b-1.js": b"1"}, ["a-0.js", "a-1.js", "b-1.js"], {"a-2.js", "b-1.js"}, tmp_path)
    assert kept() == (["a-1.js"], ["a-0.js", "a-1.js", "a-2.js", "b-1.js"])
    assert (tmp_path / "released" / "a-1.js").read_bytes() == b"1"
    # Changed once more before the commit: a-2 was never served.
    keep({"a-1.js": b"1", "b-1.js": b"1"}, ["a-0.js", "a-1.js", "b-1.js"], {"a-3.js", "b-1.js"}, tmp_path)
    assert kept() == (["a-1.js"], ["a-0.js", "a-1.js", "a-3.js", "b-1.js"])
    keep({"a-1.js": b"1", "b-1.js": b"1"}, ["a-0.js", "a-1.js", "b-1.js"], {"a-1.js", "b-1.js"}, tmp_path)
    assert kept() == ([], ["a-0.js", "a-1.js", "b-1.js"])
