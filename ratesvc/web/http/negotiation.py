"""The language of a page whose address names none: that of the reader's browser."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from ratesvc.render.i18n import LANGUAGES, Words

PAGES = ("/compare", "/spread", "/sources", "/dashboards", "/currency/", "/pair/")

WSGIApplication = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class Negotiation:
    """WSGI middleware in front of the cache: adds `lang` to the query of a page that has none, and `Vary`."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, in the language that the reader prefers."""
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        if not _is_page(path) or "lang" in parse_qs(query, keep_blank_values=True):
            return self._app(environ, start_response)
        language = preferred(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        if language != "en":
            environ = {**environ, "QUERY_STRING": "&".join(filter(None, (query, f"lang={language}")))}

        def varied(status: str, headers: list[tuple[str, str]], failure: Any = None) -> Any:
            return start_response(status, [*headers, ("Vary", "Accept-Language")], failure)

        return self._app(environ, varied)


def of_request() -> Words:
    """Return the words for a page of an error: in the language of the address, or that of the browser."""
    asked = request.args.get("lang", "")
    return Words(asked if asked in LANGUAGES else preferred(request.headers.get("Accept-Language", "")))


def _is_page(path: str) -> bool:
    return path in ("/", "/embed") or (path.startswith(PAGES) and "." not in path)


@lru_cache(maxsize=1024)
def preferred(accepted: str) -> str:
    """Return the language that an Accept-Language header prefers, English if it names none of ours."""
    for tag, quality in parse_accept_header(accepted, LanguageAccept):  # In the reader's order.
        language = tag.lower().partition("-")[0]
        if quality and language in LANGUAGES:
            return language
    return "en"
