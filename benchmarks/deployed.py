"""How fast is /ticker.json behind deploy/nginx over TLS, compared with the same nginx sending the same as a file?

Both have the same headers, two workers, one certificate and HTTP/1.1, and wrk measures them in turn. Needs the Debian
packages nginx-light and wrk.

    python -m benchmarks.deployed
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.ticker import CONNECTIONS, ROUNDS, compare, free_port, requests_per_second, running
from tests.test_deploy import front_on, nginx_in, user_directive

NGINX = """
daemon off;
{user}
worker_processes 2;
pid {folder}/peer.pid;
error_log {folder}/peer.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    types {{ application/json json; }}
    sendfile on;
    open_file_cache max=16;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/chain.pem;
        ssl_certificate_key {folder}/key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        {headers}
        root {folder}/peer;
    }}
}}
"""


OF_NGINX = {"server", "date", "content-type", "content-length", "connection", "etag"}


def main() -> None:
    """Print how the ticker compares."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        publish = [sys.executable, "-m", "ratesvc", "publish"]
        subprocess.run(publish, env={**os.environ, "RATESVC_DATA": str(folder / "data")}, check=True)
        (folder / "peer").mkdir()
        shutil.copy(max((folder / "data" / "published").glob("*/ticker.json")), folder / "peer")
        stack.enter_context(front_on(folder, free_port()))
        proxy = stack.enter_context(nginx_in(folder, workers=2))
        port = free_port()
        sent = proxy.ask("/ticker.json").headers.items()
        headers = "".join(f'add_header {name} "{value}";' for name, value in sent if name.lower() not in OF_NGINX)
        (folder / "peer.conf").write_text(
            NGINX.format(folder=folder, user=user_directive(), port=port, headers=headers)
        )
        stack.enter_context(running(["nginx", "-c", f"{folder}/peer.conf"], {}))
        urls = {
            "ratesvc": f"https://127.0.0.1:{proxy.https}/ticker.json",
            "nginx": f"https://127.0.0.1:{port}/ticker.json",
        }
        for url in urls.values():
            requests_per_second(url, 2)  # Warm-up.
        for connections in CONNECTIONS:
            print(f"{connections} connections over TLS (medians of {ROUNDS})")
            compare(urls, connections)


if __name__ == "__main__":
    main()
