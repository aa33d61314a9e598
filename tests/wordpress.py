"""A WordPress of its own: Debian's files, a MariaDB on a socket, PHP's web server, and the plugin."""

import getpass
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .serving import free_port, get, until

PACKAGE = Path("/usr/share/wordpress")
PLUGIN = Path(__file__).parents[1] / "integrations" / "wordpress"
SCRIPTS = Path(__file__).parent / "third_party" / "wordpress"
PATH = f"{os.environ['PATH']}:/usr/sbin"
PROGRAMS = ("php", "mariadbd", "mariadb-install-db")
THEME = "<?php wp_head(); while (have_posts()) { the_post(); the_content(); } wp_footer();"


def is_installed() -> bool:
    return PACKAGE.exists() and all(shutil.which(program, path=PATH) for program in PROGRAMS)


@dataclass
class WordPress:
    """A running one: the folder of its files, its address, and the environment of its PHP."""

    folder: Path
    address: str
    environment: dict[str, str]

    def run(self, script: str, sent: object = None) -> str:
        """Run a script of tests/third_party/wordpress/ with JSON as its input. It must end well."""
        done = subprocess.run(
            ["php", f"{self.folder}/{script}"], env=self.environment, input=json.dumps(sent), capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def notices(self) -> list[str]:
        """Return what PHP has to say about the plugin."""
        log = self.folder / "debug.log"
        return [line for line in log.read_text().splitlines() if "ratesvc" in line] if log.exists() else []


@contextmanager
def wordpress(folder: Path) -> Iterator[WordPress]:
    """Run a fresh one with an administrator, an author (their passwords are their names) and the plugin."""
    site, data, socket, port = folder / "site", folder / "db", folder / "s", free_port()
    shutil.copytree(PACKAGE, site, ignore=shutil.ignore_patterns("wp-config.php", ".htaccess"))
    shutil.copytree(SCRIPTS, site, dirs_exist_ok=True)
    shutil.copytree(PLUGIN, site / "wp-content" / "plugins" / "ratesvc-rates")
    theme = site / "wp-content" / "themes" / "plain"
    theme.mkdir(parents=True)
    (theme / "style.css").write_text("/* Theme Name: Plain */")
    (theme / "index.php").write_text(THEME)
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ, "PATH": PATH, "PHP_CLI_SERVER_WORKERS": "3", "WP_ADDRESS": address, "WP_SOCKET": str(socket)
    }  # fmt: skip
    options = ["--no-defaults", f"--datadir={data}", f"--user={getpass.getuser()}"]
    install = ["mariadb-install-db", *options, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, env=environment, check=True, capture_output=True, timeout=60)
    (data / "wordpress").mkdir()  # In MariaDB a folder is a database.
    with (
        _running(["mariadbd", *options, f"--socket={socket}", "--skip-networking"], environment),
        _running(["php", "-S", address.removeprefix("http://"), "-t", str(site)], environment),
    ):
        until(socket.exists)
        running = WordPress(site, address, environment)
        running.run("install.php")
        get(address)
        yield running


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, 15)  # With the workers of PHP.
