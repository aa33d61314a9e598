"""The templates of an application, compiled once a process, or before the web server's processes are forked."""

from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from ratesvc.core import settings
from ratesvc.core.currencies import CODES
from ratesvc.render import i18n
from ratesvc.web.http import assets


class _Compiled(BytecodeCache):
    """In memory: to compile what a page needs takes a third of the time of its first view."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self._code[bucket.key, bucket.checksum] = bucket.code


_compiled = _Compiled()


def prepare(app: Flask) -> None:
    """Give an application's templates their options, globals and functions."""
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "bytecode_cache": _compiled}
    app.add_template_global(assets.asset_url, "asset")
    app.jinja_env.globals |= {"codes": CODES, "words": i18n.Words("en"), "site_name": settings.load().site_name}
    i18n.install(app.jinja_env)


def compile_all() -> None:
    """Compile the templates, for every application of this process and of those that it forks."""
    app = Flask("ratesvc.web")
    prepare(app)
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
