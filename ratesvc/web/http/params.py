"""What a request asks for, strictly: whatever is not known, or is there twice, is refused with 422.

The page that a person opens passes over parameters that it does not know, because others add theirs to an
address that is shared (`fbclid`, `ysclid`, `utm_source`).

A refusal never repeats what was sent, which may be anything.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar

from flask import Response, json, request
from werkzeug.datastructures import MultiDict

from ratesvc.core.currencies import CURRENCIES

T = TypeVar("T")

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_VERSION = re.compile(r"2\d{7}T\d{9}Z", re.ASCII)
PAIRS = {currency.code: f"{currency.code}/USD" for currency in CURRENCIES}


CODES = tuple(PAIRS)


def day_of(text: str) -> date:
    """A day as YYYY-MM-DD. Raises ValueError."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def moment_of(text: str) -> datetime:
    """A moment with its offset from UTC, such as 2026-05-24T12:00Z, in UTC. Raises ValueError or OverflowError."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text).astimezone(UTC)


def codes_of(text: str) -> tuple[str, ...]:
    """Currencies as `KZT` or `KZT/USD`, separated by commas; a repeated one counts once. Raises ValueError."""
    codes = tuple(dict.fromkeys(part.removesuffix("/USD") for part in text.split(",")))
    if not set(codes) <= set(CODES):
        raise ValueError(text)
    return codes


class Refused(Exception):
    """The request cannot be answered; the message is for whoever wrote it."""

    def __init__(self, status: int, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.parameter = parameter


def refusal(refused: Refused) -> Response:
    """A refusal as JSON, which any site may read and nobody may keep."""
    body = {"error": {"status": refused.status, "message": str(refused), "parameter": refused.parameter}}
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    if refused.status == 503:
        headers["Retry-After"] = "5"
    return Response(json.dumps(body), refused.status, headers, content_type="application/json")


class Asked:
    """The parameters of the request in hand, or others. Raises Refused for any that is not among the known names."""

    def __init__(self, *known: str, given: MultiDict[str, str] | None = None) -> None:
        self._given = request.args if given is None else given
        for name in self._given:
            if name not in known:
                told = (
                    f"there is no parameter {name!r} here"
                    if re.fullmatch(r"[a-z_]{1,30}", name)
                    else "unknown parameter"
                )
                takes = f"there are {', '.join(known)}" if known else "there are none"
                raise Refused(422, f"{told}; {takes}", name if "there is" in told else None)
            if len(self._given.getlist(name)) > 1:
                raise Refused(422, f"{name} is there more than once", name)

    @classmethod
    def of_a_page(cls, *known: str, given: MultiDict[str, str] | None = None) -> "Asked":
        """The same without the parameters that others have added."""
        everything = request.args if given is None else given
        return cls(*known, given=MultiDict(each for each in everything.items(multi=True) if each[0] in known))

    @property
    def given(self) -> dict[str, str]:
        """All that was sent, by name."""
        return self._given.to_dict()

    def text(self, name: str) -> str | None:
        """What was sent, None where it was not."""
        return self._given.get(name)

    def choice(self, name: str, options: Mapping[str, T], default: T) -> T:
        """One of some words."""
        text = self.text(name)
        if text is None:
            return default
        if text not in options:
            raise Refused(422, f"{name} is one of {', '.join(options)}", name)
        return options[text]

    def word(self, name: str, options: Sequence[str], default: str) -> str:
        """The same, where the words stand for themselves."""
        return self.choice(name, dict(zip(options, options, strict=True)), default)

    def number(self, name: str, least: int, most: int, default: int) -> int:
        """A whole number between two bounds."""
        text = self.text(name)
        if text is None:
            return default
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not least <= int(text) <= most:
            raise Refused(422, f"{name} is a whole number from {least} to {most}", name)
        return int(text)

    def pairs(self, name: str = "pairs") -> tuple[str, ...]:
        """Pairs as `KZT/USD` or `KZT`, separated by commas; empty where none were sent."""
        text = self.text(name)
        if text is None:
            return ()
        try:
            return tuple(PAIRS[code] for code in codes_of(text))
        except ValueError:
            message = f"{name} are some of {', '.join(PAIRS.values())}, separated by commas"
            raise Refused(422, message, name) from None

    def moment(self, name: str, now: datetime) -> datetime | None:
        """A moment of the past, aware, UTC."""
        text = self.text(name)
        if text is None:
            return None
        try:
            moment = moment_of(text)
        except (ValueError, OverflowError):
            raise Refused(422, f"{name} is a moment, such as 2026-05-24T12:00Z", name) from None
        if moment > now:
            raise Refused(422, f"{name} is in the future: what will be known then is not known now", name)
        return moment

    def day(self, name: str) -> date | None:
        """A day."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return day_of(text)
        except ValueError:
            raise Refused(422, f"{name} is a day, such as 2026-05-24", name) from None

    def version(self, name: str) -> str | None:
        """The name of a published version."""
        text = self.text(name)
        if text is not None and not _VERSION.fullmatch(text):
            raise Refused(422, f"{name} is the name of a version, such as 20260524T120000000Z", name)
        return text
