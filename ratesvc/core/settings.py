"""Settings: the environment variables RATESVC_*, their defaults and descriptions.

A file `.env` in the working directory can set them too; the environment takes precedence.
A wrong or unknown setting ends the program with a line that names it.
"""

import os
import re
from decimal import Decimal
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import ByteSize, Field, HttpUrl, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ratesvc.core.currencies import BASES
from ratesvc.core.errors import UsageError

PREFIX = "RATESVC_"
ORIGIN = "ORIGIN_"
SMALLEST_MOVE = 0.05
"""Smallest threshold for moves, in percent. Below it every publication of a floating currency is a move."""


LAKE = "ducklake:postgres:"
"""What the address of a lake begins with; a libpq connection string or URL follows."""


def is_lake(place: str) -> bool:
    """Return whether a place of a store is the address of a lake."""
    return bool(re.match(rf"{LAKE}(postgres(ql)?://|\s*\w+\s*=).", place))


def absolute(place: str) -> str:
    """Return an address as it is, and a path as an absolute one."""
    return place if "://" in place else str(Path(place).absolute())


class Settings(BaseSettings):
    """The settings of one process. The variable is RATESVC_ plus the field name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data: Path = Field(Path("data"), description="Where the store and the published versions are.")
    host: str = Field("127.0.0.1", description="The address that the web server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="The port that the web server listens on.")
    workers: int = Field(2, ge=1, le=64, description="How many processes answer HTTP requests.")
    run: Path | None = Field(
        None, description="Runtime folder of the web server: sockets and prepared answers; default: a temporary one."
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (), description="Proxies whose X-Forwarded-For is believed: addresses or networks, comma-separated."
    )
    follow: str = Field(
        "", description="Address of the ratesvc or the object store whose versions `ratesvc web` fetches and serves."
    )
    history: str = Field(
        "", description="Address of the ratesvc or the bucket that has the months that this machine does not keep."
    )
    publish_to: str = Field("", description="Object store to which versions are published too, such as s3://bucket.")
    leader: str = Field(
        "",
        repr=False,
        description="PostgreSQL database by which the machines of `ratesvc jobs --standby` agree who writes.",
    )
    store: str = Field(
        "",
        repr=False,
        description="The lake that has the store, ducklake:postgres:<its PostgreSQL database>; default: a file.",
    )
    store_data: str = Field(
        "", description="Where the data of a lake are, a folder or s3://bucket/prefix; default: the folder data/lake."
    )
    memory: ByteSize | None = Field(
        None, ge=200_000_000, description="How much memory the queries of the writer may take, such as 2GB."
    )
    recent_months: int = Field(
        1,
        ge=1,
        le=1200,
        description="How many months of millions of sightings the DuckDB file of a version has; others are beside it.",
    )
    site_name: str = Field("Central Asia Rates", description="Name of the site, at the top of every page.")
    sources: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Names of the sources to collect, comma-separated; default: all that are on by default."
    )
    bases: Annotated[tuple[str, ...], NoDecode] = Field(
        tuple(base.code for base in BASES),
        description="The currencies in whose units rates are collected, comma-separated: USD, and any of the others.",
    )
    headline: Literal["official", "market"] = Field(
        "official", description="Which kind of source to display while both have a recent rate."
    )
    deadline: float = Field(
        60, gt=0, le=600, description="How many seconds one source may take in a snapshot, including retries."
    )
    public_url: HttpUrl | None = Field(
        None,
        description="Public address of this service, for embeds and for the User-Agent sent to sources.",
    )
    public_sql: bool = Field(False, description="Whether the public SQL endpoint /api/sql is on: 1 or 0.")
    sql_token: str = Field("", repr=False, description="Token that clients of `ratesvc sql-server` must send.")
    sql_host: str = Field("127.0.0.1", description="The address that `ratesvc sql-server` listens on.")
    sql_port: int = Field(9494, ge=1, le=65535, description="The port that `ratesvc sql-server` listens on.")
    notify: str = Field(
        "", repr=False, description="Addresses of Apprise for notifications, separated by spaces or commas."
    )
    notify_move: Decimal = Field(
        Decimal(1),
        ge=Decimal(str(SMALLEST_MOVE)),
        le=50,
        description="From how many percent on a move of a headline rate is in notifications.",
    )
    origin: dict[str, HttpUrl] = Field(
        {}, description="RATESVC_ORIGIN_<SOURCE> replaces scheme, host and port of that source's URLs."
    )

    @field_validator("sources", "bases", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, names: object) -> object:
        return tuple(name.strip() for name in names.split(",") if name.strip()) if isinstance(names, str) else names

    @field_validator("bases")
    @classmethod
    def _known(cls, bases: tuple[str, ...]) -> tuple[str, ...]:
        known = [base.code for base in BASES]
        if "USD" not in bases or not set(bases) <= set(known):
            raise ValueError(f"give USD, and any of {', '.join(known[1:])}")
        return tuple(code for code in known if code in bases)

    @field_validator("data", "run", mode="before")
    @classmethod
    def _not_empty(cls, path: object) -> object:
        if path == "":
            raise ValueError("it is empty")
        return path

    @field_validator("follow", "publish_to")
    @classmethod
    def _a_place(cls, url: str, field: ValidationInfo) -> str:
        web = ("https://", "http://") if field.field_name == "follow" else ()
        *others, last = schemes = (*web, "s3://", "gs://", "az://", "file://")
        if url and not url.startswith(schemes):
            raise ValueError(f"give an address that begins with {', '.join(others)} or {last}")
        return url

    @field_validator("history")
    @classmethod
    def _on_the_web(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("give an address that begins with https:// or http://: a bucket has one too")
        return url.rstrip("/")

    @field_validator("store")
    @classmethod
    def _a_lake(cls, place: str) -> str:
        if place and not is_lake(place):
            raise ValueError(f"give {LAKE} and the address of a database, postgresql://user:password@host/name")
        return place

    @field_validator("store_data")
    @classmethod
    def _a_folder_or_bucket(cls, place: str) -> str:
        if "://" in place and not re.match("s3://.", place):
            raise ValueError("give a folder, or an address that begins with s3://")
        return place

    @field_validator("leader")
    @classmethod
    def _a_database(cls, url: str) -> str:
        if url and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("give the address of a database, postgresql://user:password@host/name")
        return url

    @field_validator("origin")
    @classmethod
    def _origins_only(cls, origins: dict[str, HttpUrl]) -> dict[str, HttpUrl]:
        for name, url in origins.items():
            if url.path not in (None, "/") or url.query:
                raise ValueError(f"{name}: give scheme, host and port only; path and query stay the source's")
        return origins

    @field_validator("public_url")
    @classmethod
    def _no_path(cls, url: HttpUrl | None) -> HttpUrl | None:
        if url and (url.path not in (None, "/") or url.query):
            raise ValueError("give scheme, host and port only; the service answers at the root of its host")
        return url

    @property
    def address(self) -> str:
        """Public address of this service, without a trailing slash. Not from request headers, which may be forged."""
        if self.public_url:
            return str(self.public_url).rstrip("/")
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def database(self) -> Path:
        """The writer's database file. No other process may open it, not even to copy it."""
        return self.data / "rates.duckdb"

    @property
    def lake_data(self) -> str:
        """Where the data of a lake are: the absolute path of a folder, or an address s3://..."""
        return absolute(self.store_data or str(self.data / "lake"))

    @property
    def raw(self) -> Path:
        """Folder of the received documents, named by their SHA-256."""
        return self.data / "raw"

    @property
    def orders(self) -> Path:
        """Folder of work for the jobs process outside its timetable."""
        return self.data / "orders"

    @property
    def failures(self) -> Path:
        """Folder of failures of maintenance that have not been made good."""
        return self.data / "failures"

    @property
    def notified(self) -> Path:
        """File of what each address of `notify` has been told. It belongs to the jobs process."""
        return self.data / "notified.json"

    @property
    def published(self) -> Path:
        """Folder of the published versions and the pointer `latest.json`."""
        return self.data / "published"


@cache
def load() -> Settings:
    """Load the settings of this process. Raises UsageError with one line that names the first wrong setting."""
    try:
        variables = {**dotenv_values(".env"), **os.environ}
    except (OSError, UnicodeDecodeError) as damage:
        raise UsageError(f"the file .env cannot be read: {damage}") from None
    mine = {
        name.removeprefix(PREFIX).lower(): text
        for name, text in variables.items()
        if name.startswith(PREFIX) and text is not None
    }
    origins = {
        name.removeprefix(ORIGIN.lower()): mine.pop(name) for name in list(mine) if name.startswith(ORIGIN.lower())
    }
    for name in mine:
        if name not in Settings.model_fields or name == "origin":
            known = ", ".join(PREFIX + field.upper() for field in Settings.model_fields if field != "origin")
            raise UsageError(f"unknown setting {PREFIX}{name.upper()}; there are {known}, {PREFIX}ORIGIN_<SOURCE>")
    try:
        return Settings.model_validate({**mine, "origin": origins})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        # A setting that is not shown may have a password.
        shown = f"={first['input']!r}" if Settings.model_fields[str(first["loc"][0])].repr else ""
        raise UsageError(f"{PREFIX}{name}{shown} is wrong: {first['msg'].removeprefix('Value error, ')}") from None
