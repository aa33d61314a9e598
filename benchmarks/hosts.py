"""How much more do four web hosts behind one nginx answer than one? /ticker.json and /api/rates.

All hosts and wrk share the cores of this machine, so four hosts can be no faster than its cores allow: the figure for
one host without nginx beside them says what the way through nginx costs. Each host has a folder of published versions
of its own. Needs the Debian packages nginx-light and wrk.

    python -m benchmarks.hosts
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.ticker import ROUNDS, SECONDS, fetch, free_port, running, wrk
from tests.test_deploy import user_directive

HOSTS = 4
CONNECTIONS = 32
PATHS = ("/ticker.json", "/api/rates?limit=100")
NGINX = """
daemon off;
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    upstream one {{ {one} keepalive 64; }}
    upstream four {{ {four} keepalive 64; }}
    server {{ listen 127.0.0.1:{one_port}; location / {{ proxy_pass http://one; {proxied} }} }}
    server {{ listen 127.0.0.1:{four_port}; location / {{ proxy_pass http://four; {proxied} }} }}
}}
"""
PROXIED = 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;'


def main() -> None:
    """Print the requests per second of one host, of one behind nginx, and of four."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        ports = [free_port() for _ in range(HOSTS)]
        publish = [sys.executable, "-m", "ratesvc", "publish"]
        subprocess.run(publish, env={**os.environ, "RATESVC_DATA": str(folder / "writer")}, check=True)
        for number, port in enumerate(ports):
            data = folder / f"host{number}"
            shutil.copytree(folder / "writer" / "published", data / "published")
            host = {"RATESVC_DATA": str(data), "RATESVC_PORT": str(port), "RATESVC_WORKERS": "1"}
            stack.enter_context(running([sys.executable, "-m", "ratesvc", "web"], host))
        fronts = {"one behind nginx": free_port(), "four behind nginx": free_port()}
        servers = [f"server 127.0.0.1:{port};" for port in ports]
        (folder / "nginx.conf").write_text(
            NGINX.format(
                folder=folder,
                user=user_directive(),
                one=servers[0],
                four=" ".join(servers),
                one_port=fronts["one behind nginx"],
                four_port=fronts["four behind nginx"],
                proxied=PROXIED,
            )
        )
        stack.enter_context(running(["nginx", "-c", f"{folder}/nginx.conf"], {}))
        asked = {"one": ports[0], **fronts}
        for path in PATHS:
            urls = {each: f"http://127.0.0.1:{port}{path}" for each, port in asked.items()}
            for port in (*ports, *fronts.values()):
                fetch(f"http://127.0.0.1:{port}{path}")
            rates: dict[str, list[float]] = {each: [] for each in urls}
            for _ in range(ROUNDS):
                for each, url in urls.items():
                    rates[each].append(wrk(url, CONNECTIONS, SECONDS).rate)
            medians = {each: statistics.median(found) for each, found in rates.items()}
            print(f"{path}, {CONNECTIONS} connections, requests per second (medians of {ROUNDS})")
            for each, median in medians.items():
                print(f"    {each:18} {median:8.0f}   {median / medians['one behind nginx']:.2f} of one behind nginx")


if __name__ == "__main__":
    main()
