"""The JavaScript by itself: its unit tests in Node, and ESLint on the modules and on what is served."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ratesvc.web.embed import scripts

ROOT = Path(__file__).parents[1]
ESLINT = ROOT / "tests" / "third_party" / "node_modules" / "eslint" / "bin" / "eslint.js"
CONFIG = "tests/third_party/eslint.config.js"

pytestmark = [
    pytest.mark.third_party,
    pytest.mark.skipif(shutil.which("node") is None, reason="no Node is installed (on Debian: apt install nodejs)"),
]
with_eslint = pytest.mark.skipif(not ESLINT.exists(), reason="ESLint is missing: make third-party")


def node(*command: str | Path, stdin: bytes = b"") -> None:
    """Runs a program of Node in the repository; it must end well."""
    done = subprocess.run(["node", *command], cwd=ROOT, input=stdin, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_the_modules_do_what_their_tests_say() -> None:
    files = sorted((ROOT / "tests" / "javascript").glob("*.test.js"))
    assert files
    node("--test", *files)


@with_eslint
def test_eslint_finds_nothing_in_the_modules() -> None:
    node(ESLINT, "--config", CONFIG, "--max-warnings", "0", "ratesvc/web", "integrations", "tests")


@with_eslint
@pytest.mark.parametrize("stem", ["chart", "ticker", "value"])
def test_eslint_finds_nothing_in_what_is_served(stem: str) -> None:
    name = f"assembled/{stem}.js"
    node(
        ESLINT, "--config", CONFIG, "--max-warnings", "0", "--stdin", "--stdin-filename", name,
        stdin=scripts.newest()[stem].body,
    )  # fmt: skip


@with_eslint
def test_eslint_finds_a_name_that_nobody_declares() -> None:
    with pytest.raises(AssertionError, match="no-undef"):
        node(ESLINT, "--config", CONFIG, "--stdin", "--stdin-filename", "assembled/x.js", stdin=b"undeclared();\n")
