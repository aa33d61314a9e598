"""An S3 server on loopback (moto), which can be told to refuse, or to give no answer at all."""

import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET = "rates"
SIGNED = "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request"


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Says nothing."""


class S3:
    """The server and what it does with requests. url: of a bucket with a prefix, as in RATESVC_PUBLISH_TO."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.refuses: Callable[[str, str], bool] = lambda _method, _path: False
        self.answers = threading.Event()
        self.answers.set()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self.server = make_server("127.0.0.1", 0, self._application, threaded=True, request_handler=_Quiet)
        self.url = f"s3://{BUCKET}/central-asia"
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server.server_port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-central-1",
        }

    def _application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.requests.append(f"{method} {path.removeprefix(f'/{BUCKET}/central-asia/')}")
        if method in ("GET", "HEAD"):  # What is in the bucket is public, as that of a static website.
            environ.setdefault("HTTP_AUTHORIZATION", SIGNED)
        self.answers.wait()
        if self.refuses(method, path):
            start_response("503 Slow Down", [("Content-Length", "0")])
            return []
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer


@contextmanager
def s3_server() -> Iterator[S3]:
    """A server with an empty bucket."""
    s3 = S3()
    thread = threading.Thread(target=s3.server.serve_forever, daemon=True)
    thread.start()
    endpoint = s3.environment["AWS_ENDPOINT_URL"]
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()  # noqa: S310
    create = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")  # noqa: S310
    create.add_header("Authorization", SIGNED)
    urllib.request.urlopen(create).close()  # noqa: S310 - our own server
    s3.requests.clear()
    try:
        yield s3
    finally:
        s3.answers.set()
        s3.server.shutdown()
        thread.join()
        s3.server.server_close()
