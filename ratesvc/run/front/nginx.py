"""The bundled nginx: its configuration, and the process."""

import grp
import logging
import os
import pwd
import re
import resource
import signal
import subprocess
import threading
import time
from importlib import resources
from pathlib import Path
from typing import IO

from ratesvc.core.settings import Settings
from ratesvc.run.front import orphans, runtime_folder
from ratesvc.web import HSTS, POLICY
from ratesvc.web.embed import frames
from ratesvc.web.http.ticker_routes import PAGE_POLICY

MOST_CONNECTIONS = 4096
"""Of one worker. A client beyond them is refused at once."""
SAME_LINE_SECONDS = 60

log = logging.getLogger("ratesvc")


def start(program: Path, run: Path, address: str, config: Settings) -> subprocess.Popen[bytes]:
    """Write the configuration and start nginx; its errors are logged."""
    _configure(run, address, config)
    # By SIGTERM: a killed master would leave its workers.
    command = [str(program), "-p", str(run), "-c", str(run / "nginx" / "nginx.conf")]
    with (run / runtime_folder.MARK).open("w") as mark:
        nginx = subprocess.Popen(
            orphans.ending_with_parent(signal.SIGTERM, *command),
            process_group=0,
            stderr=subprocess.PIPE,
            pass_fds=[mark.fileno()],
        )
    threading.Thread(target=_log_errors, args=(nginx.stderr,), name="errors of nginx", daemon=True).start()
    return nginx


def _configure(run: Path, address: str, config: Settings) -> None:
    descriptors = _raise_limit()
    values = {
        "run": str(run),
        "user": _user(),
        "workers": str(config.workers),
        # A request to the application takes two connections; hot files and logs are open too.
        "connections": str(min(MOST_CONNECTIONS, descriptors // 2)),
        "files": str(min(1000, descriptors // 8)),
        "address": f"[{address}]:{config.port} ipv6only=off" if ":" in address else f"{address}:{config.port}",
        "trusted_proxies": "\n".join(f"set_real_ip_from {network};" for network in config.trusted_proxies),
        "app_policy": POLICY,
        "ticker_policy": PAGE_POLICY,
        "frame_policy": frames.POLICY,
        "hsts": HSTS if config.address.startswith("https:") else "",
    }
    for folder in ("nginx", "waiting"):
        (run / folder).mkdir(exist_ok=True)
    (run / "published").symlink_to(config.published.absolute())
    for template in resources.files(__package__).iterdir():
        if template.name.endswith(".conf"):
            text = re.sub("@([a-z_]+)@", lambda name: values[name[1]], template.read_text(encoding="utf-8"))
            (run / "nginx" / template.name).write_text(text, encoding="utf-8")


def _raise_limit() -> int:
    """Raise the number of descriptors that a process may have open as far as allowed and needed; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS + 512
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if 0 <= soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft if soft >= 0 else most


def _user() -> str:
    """Return the directive that keeps the workers from changing to `nobody`, as they do under root."""
    if os.geteuid() != 0:
        return ""
    return f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(os.getegid()).gr_name};"


def _log_errors(lines: IO[bytes] | None) -> None:
    """Log what nginx reports, the same no more than once a minute."""
    logged: dict[str, float] = {}
    for line in lines or ():
        # "2026/11/27 08:28:27 [error] 123#0: *5 no live upstreams ..., client: 127.0.0.1, ..."
        message = re.sub(r"^\S+ \S+ \[\w+\] \S+ (\*\d+ )?", "", line.decode(errors="replace").strip())
        kind = message.partition(", client")[0]
        if time.monotonic() - logged.get(kind, -SAME_LINE_SECONDS) >= SAME_LINE_SECONDS:
            logged[kind] = time.monotonic()
            log.error("nginx: %s", message)
        if len(logged) > 100:
            logged.clear()
