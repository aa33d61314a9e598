"""Lakes of a test's own: each is a copy of one that was made once, with its database and its folder."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from ratesvc.core import settings
from ratesvc.store.database import Store
from ratesvc.store.lake import Lake

from .postgres import Postgres, postgres_server

TEMPLATE = "lake_template"


class Lakes:
    """Lakes of one PostgreSQL server. Making one takes seconds, copying it a tenth."""

    def __init__(self, server: Postgres, folder: Path) -> None:
        self.server = server
        self._folder = folder / "template"
        address = server.new_database(TEMPLATE)
        with closing(Store(Lake(settings.LAKE + address, str(self._folder)))):
            pass

    def copy(self, folder: Path) -> str:
        """The RATESVC_STORE of a new, empty lake whose data are in a folder."""
        address = self.server.new_database(template=TEMPLATE)
        shutil.copytree(self._folder, folder)
        with psycopg.connect(address) as connection:
            connection.execute("UPDATE ducklake_metadata SET value = %s WHERE key = 'data_path'", [f"{folder}/"])
        return settings.LAKE + address


@contextmanager
def lakes_in(folder: Path) -> Iterator[Lakes]:
    """Lakes on a server of their own."""
    with postgres_server() as server:
        yield Lakes(server, folder)
