"""Request parameters: one vocabulary and one parser for every endpoint.

An endpoint declares its parameters as a subclass of Params. `parse` is for endpoints that programs call: it rejects
unknown, repeated and invalid parameters with 422. `parse_page` is for pages and frames: sharing adds parameters to
their URLs (`fbclid`, `ysclid`, `utm_source`), so unknown ones are ignored.

An error never repeats the value sent, which may be anything. The OpenAPI document is built from the same classes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Self

from flask import Response, json, request
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, PrivateAttr, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from werkzeug.datastructures import MultiDict

from ratesvc.core.currencies import BASE_CODES, CODES, DOLLAR, WRITTEN
from ratesvc.render.i18n import LANGUAGES
from ratesvc.web.http.responses import ANY_SITE

TICKER_PAIRS = tuple(f"{code}/{DOLLAR.code}" for code in CODES)
"""The pairs of the ticker, where none are asked for."""
MAX_AMOUNT = 10**15
SOURCE_WORDS = ("headline", "all")
"""Accepted in place of the name of a source."""

_NUMBER = re.compile(r"\d{1,40}(\.\d{1,400})?([eE][+-]?\d{1,3})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_NAME = re.compile(r"[a-z_]{1,30}")
# No commas, and no control characters, line ends or marks that turn the direction of writing.
_LETTER = r"[^,\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
_LABEL_TEXT = rf"(?! ){_LETTER}{{1,40}}(?<! )"
MOST_LABELS = 1000
"""Characters of all labels of a ticker."""


class ParameterError(Exception):
    """A rejected request; the message is for the author of the request."""

    def __init__(self, status: int, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.parameter = parameter


def refusal(refused: ParameterError) -> Response:
    """Build the JSON error response: readable by any site, never cached."""
    body = {"error": {"status": refused.status, "message": str(refused), "parameter": refused.parameter}}
    headers = {**ANY_SITE, "Cache-Control": "no-store"}
    if refused.status == 503:
        headers["Retry-After"] = "5"
    return Response(json.dumps(body), refused.status, headers, content_type="application/json")


def wrong(name: str, message: str) -> PydanticCustomError:
    """Build the validation error of the named parameter."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "parameter": name})


# Values -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Rule:
    """How the text of a parameter becomes a value.

    read: raises ValueError, LookupError or OverflowError for an invalid text. message: what a valid value is, for the
    error. schema: the same as JSON Schema, for the OpenAPI document.
    """

    read: Callable[[str], object]
    message: str
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: object) -> dict[str, Any]:
        return dict(self.schema)

    def _validate(self, text: object) -> object:
        try:
            return self.read(str(text))
        except PydanticCustomError:  # A ValueError too, with a message of its own.
            raise
        except (ValueError, LookupError, OverflowError):
            raise wrong("", self.message) from None


def one_of(*words: str) -> Rule:
    """Rule: one of these words."""
    known = {word: word for word in words}
    return Rule(known.__getitem__, f"is one of {', '.join(words)}", {"type": "string", "enum": list(words)})


def matching(pattern: str, message: str) -> Rule:
    """Rule: a text that matches a regular expression."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(text)
        return text

    return Rule(read, message, {"type": "string", "pattern": f"^{pattern}$"})


def whole(least: int, most: int) -> Rule:
    """Rule: a whole number between two bounds, inclusive."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Rule(read, f"is a whole number from {least} to {most}", schema)


def between(least: float, most: float) -> Rule:
    """Rule: a number between two bounds, inclusive."""

    def read(text: str) -> Decimal:
        number = _number(text)
        if not Decimal(str(least)) <= number <= Decimal(str(most)):
            raise ValueError(text)
        return number

    schema = {"type": "number", "minimum": least, "maximum": most}
    return Rule(read, f"is a number from {least} to {most}", schema)


def day_of(text: str) -> date:
    """Parse a day as YYYY-MM-DD. Raises ValueError."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _past_day(text: str) -> date:
    day = day_of(text)
    # Tomorrow begins earlier east of Greenwich, and a bank may have published its rate.
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise wrong("", "is in the future")
    return day


def _past_moment(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text).astimezone(UTC)
    if moment > datetime.now(UTC):
        raise wrong("", "is in the future")
    return moment


def _amount(text: str) -> Decimal:
    amount = _number(text)
    if amount > MAX_AMOUNT:
        raise wrong("", f"is at most {MAX_AMOUNT}")
    return amount


def _codes(text: str) -> tuple[str, ...]:
    """Parse codes; a repeated one counts once. A pair stands for its currency of Central Asia."""
    codes = tuple(dict.fromkeys(re.sub(_OF_A_BASE, "", part.upper()) for part in text.split(",")))
    if not set(codes) <= set(CODES):
        raise ValueError(text)
    return codes


def _code(text: str) -> str:
    if text.upper() not in CODES:
        raise ValueError(text)
    return text.upper()


def _base(text: str) -> str:
    if text.upper() not in BASE_CODES:
        raise ValueError(text)
    return text.upper()


def _sides(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_side(part) for part in text.split(",")))


def _side(text: str) -> str:
    if text.upper() not in (*BASE_CODES, *CODES):
        raise ValueError(text)
    return text.upper()


def _pairs(text: str) -> tuple[str, ...]:
    """Parse pairs in any direction; a repeated one counts once. A code alone is that currency in dollars."""
    return tuple(dict.fromkeys(_pair(part.strip(" ")) for part in text.split(",")))


def _rates(text: str) -> tuple[str, ...]:
    """Parse pairs; a code alone is the dollar in that currency, as banks print it."""
    parts = [part.strip(" ") for part in text.split(",")]
    return _pairs(",".join(f"{DOLLAR.code}/{part}" if part.upper() in CODES else part for part in parts))


def _labels(text: str) -> tuple[tuple[str, str], ...]:
    """Parse names as KGS:Som,USD/KZT:Dollar."""
    if len(text) > MOST_LABELS:
        raise ValueError(text)
    return tuple(_label(part.strip(" ")) for part in text.split(","))


def _label(text: str) -> tuple[str, str]:
    name, _, label = text.partition(":")
    if not re.fullmatch(_LABEL_TEXT, label):
        raise ValueError(text)
    return name.upper() if name.upper() in CODES else _pair(name), label


def _pair(text: str) -> str:
    pair = text.upper()
    if pair in CODES:
        return f"{pair}/{DOLLAR.code}"
    if pair not in WRITTEN:
        raise ValueError(text)
    return pair


def _any_pair(text: str) -> str:
    base, quote = (DOLLAR.code, text) if text.upper() in CODES else text.split("/")
    return f"{_side(base)}/{_side(quote)}"


def _source(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words and (text in SOURCE_WORDS or not _NAME.fullmatch(text)):
            raise ValueError(text)
        return text

    return read


_OF_A_BASE = re.compile(rf"/({'|'.join(BASE_CODES)})$|^({'|'.join(BASE_CODES)})/(?=({'|'.join(CODES)})$)")


def _any_case(*words: str) -> str:
    """Return a pattern for words in upper and lower case, for JSON Schema."""
    return f"({'|'.join(''.join(f'[{c}{c.lower()}]' if c.isalpha() else c for c in word) for word in words)})"


_CODE, _BASE, _SIDE = _any_case(*CODES), _any_case(*BASE_CODES), _any_case(*BASE_CODES, *CODES)
_OF_BASES = _any_case(*(pair for pair in WRITTEN if not set(pair.split("/")) & set(CODES)))
_PAIR = f"({_CODE}(/{_BASE})?|{_BASE}/{_CODE}|{_OF_BASES})"
_LABEL = rf"{_PAIR}:{_LABEL_TEXT}"
_OF_A_CODE = f"({_CODE}(/{_BASE})?|{_BASE}/{_CODE})"
_WHAT_PAIRS_ARE = (
    f"are pairs such as KZT/USD or EUR/KZT, separated by commas: one of {', '.join(CODES)} and one of"
    f" {', '.join(BASE_CODES)}, in any order"
)
_A_LIST_OF_PAIRS = {"type": "string", "pattern": f"^ *{_PAIR} *(, *{_PAIR} *)*$"}
_A_DAY = ("is a day, such as 2026-05-24", {"type": "string", "format": "date"})

Day = Annotated[date, Rule(day_of, *_A_DAY)]
PastDay = Annotated[date, Rule(_past_day, *_A_DAY)]
"""A day that has begun somewhere on Earth: at most tomorrow in UTC."""
PastMoment = Annotated[
    datetime,
    Rule(
        _past_moment,
        "is a time with its offset, such as 2026-05-24T12:00Z (write a plus sign as %2B)",
        {"type": "string", "format": "date-time"},
    ),
]
"""A past moment, sent with its offset from UTC and converted to UTC."""
Amount = Annotated[
    Decimal,
    Rule(
        _amount,
        "is a number of at least 0, such as 1000 or 12.50",
        {"type": "number", "minimum": 0, "maximum": MAX_AMOUNT},
    ),
]
Codes = Annotated[
    tuple[str, ...],
    Rule(
        _codes,
        f"are some of {', '.join(CODES)}, separated by commas",
        {"type": "string", "pattern": f"^{_OF_A_CODE}(,{_OF_A_CODE})*$"},
    ),
]
"""Codes of currencies of Central Asia."""
Pairs = Annotated[
    tuple[str, ...],
    Rule(
        _pairs,
        _WHAT_PAIRS_ARE,
        _A_LIST_OF_PAIRS,
    ),
]
"""Pairs in any direction and in upper or lower case. A code alone is that currency in dollars: KZT is KZT/USD."""
Rates = Annotated[tuple[str, ...], Rule(_rates, _WHAT_PAIRS_ARE, _A_LIST_OF_PAIRS)]
"""The same; a code alone is the dollar in that currency, as banks print it: KZT is USD/KZT."""
Pair = Annotated[
    str,
    Rule(
        _pair,
        f"is a pair such as KZT/USD or EUR/KZT: one of {', '.join(CODES)} and one of {', '.join(BASE_CODES)}",
        {"type": "string", "pattern": f"^{_PAIR}$"},
    ),
]
"""One pair."""
AnyPair = Annotated[
    str,
    Rule(
        _any_pair,
        f"is a pair such as KGS/KZT: two of {', '.join((*BASE_CODES, *CODES))}",
        {"type": "string", "pattern": f"^({_CODE}|{_SIDE}/{_SIDE})$"},
    ),
]
"""One pair of any two currencies, collected or not. A code alone is the dollar in that currency."""
Labels = Annotated[
    tuple[tuple[str, str], ...],
    Rule(
        _labels,
        "are names of pairs, such as KGS:Som,USD/KZT:Dollar, of at most 40 characters each, separated by commas",
        {"type": "string", "maxLength": MOST_LABELS, "pattern": f"^ *{_LABEL}(, *{_LABEL})*$"},
    ),
]
"""What a ticker shows in the place of pairs. A code alone is for every pair of that currency."""
Code = Annotated[str, Rule(_code, f"is one of {', '.join(CODES)}", {"type": "string", "pattern": f"^{_CODE}$"})]
"""The code of one currency of Central Asia, in upper or lower case."""
Base = Annotated[str, Rule(_base, f"is one of {', '.join(BASE_CODES)}", {"type": "string", "pattern": f"^{_BASE}$"})]
"""The code of one base."""
Side = Annotated[
    str,
    Rule(_side, f"is one of {', '.join((*BASE_CODES, *CODES))}", {"type": "string", "pattern": f"^{_SIDE}$"}),
]
"""One currency of a pair, in upper or lower case."""
Sides = Annotated[
    tuple[str, ...],
    Rule(
        _sides,
        f"are some of {', '.join((*BASE_CODES, *CODES))}, separated by commas",
        {"type": "string", "pattern": f"^{_SIDE}(,{_SIDE})*$"},
    ),
]
"""Currencies of pairs."""
Source = Annotated[
    str, Rule(_source("headline"), "is the name of a source, or headline", {"type": "string", "enum": ["headline"]})
]
"""The name of a source, which the queried version must have, or `headline`."""
Sources = Annotated[
    str,
    Rule(
        _source("headline", "all"),
        "is the name of a source, headline, or all",
        {"type": "string", "enum": ["headline", "all"]},
    ),
]


def _read_language(text: str) -> str:
    if not re.fullmatch("[a-z]{2}", text, re.ASCII):
        raise ValueError(text)
    return text if text in LANGUAGES else "en"


Direction = Annotated[str, one_of("left", "right", "local")]
"""Where a ticker moves, or that it shows pairs as people quote them."""
Way = Annotated[str, one_of("local", "unit")]
"""Whether a pair is written as people quote it, USD/KZT, or as the price of a unit, KZT/USD."""
Kind = Annotated[str, one_of("official", "market")]
Interval = Annotated[str, one_of("day", "week", "month")]
Language = Annotated[
    str,
    Rule(
        _read_language,
        f"is a two-letter language code: {', '.join(LANGUAGES)}; others get English",
        {"type": "string", "pattern": "^[a-z]{2}$"},
    ),
]
"""Scripts send the language of the page around them; unsupported ones get English."""
Theme = Annotated[str, one_of("auto", "light", "dark")]
Version = Annotated[str, matching("2[0-9]{7}T[0-9]{9}Z", "is the name of a version, such as 20260524T120000000Z")]

# Names --------------------------------------------------------------------------------------------

# The first name is documented; the others are aliases: older names, or those of related endpoints.
PAIR_NAMES = AliasChoices("pair", "pairs", "currency", "currencies")
PAIRS_NAMES = AliasChoices("pairs", "pair", "currency", "currencies")
BASE_NAMES = AliasChoices("base", "from")
QUOTE_NAMES = AliasChoices("quote", "to")
AS_KNOWN_AT_NAMES = AliasChoices("as_known_at", "at")


class Params(BaseModel):
    """Parameters of an endpoint; this base class has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    _sent: dict[str, tuple[str, str]] = PrivateAttr(default_factory=dict)

    @classmethod
    def parse(cls, args: MultiDict[str, str] | None = None) -> Self:
        """Parse the parameters of the current request, or `args`.

        Raises ParameterError (422) for the first invalid one.
        """
        args, names = request.args if args is None else args, cls.names()
        sent: dict[str, tuple[str, str]] = {}
        for name in args:
            if name not in names:
                raise _unknown(name, tuple(dict.fromkeys(names.values())))
            if len(args.getlist(name)) > 1:
                raise ParameterError(422, f"{name} is given more than once", name)
            if (documented := names[name]) in sent:
                raise ParameterError(422, f"{name} and {sent[documented][0]} are the same parameter", name)
            sent[documented] = (name, args[name])
        try:
            params = cls.model_validate({documented: text for documented, (_, text) in sent.items()})
        except ValidationError as mistakes:
            raise cls._refused(mistakes, sent) from None
        params._sent.update(sent)
        return params

    @classmethod
    def parse_page(cls, args: MultiDict[str, str] | None = None) -> Self:
        """Parse leniently: ignore unknown parameters and empty fields, join repeated ones (checkboxes)."""
        args = request.args if args is None else args
        joined = {name: ",".join(filter(None, args.getlist(name))) for name in args if name in cls.names()}
        return cls.parse(MultiDict({name: text for name, text in joined.items() if text}))

    @classmethod
    @cache
    def names(cls) -> dict[str, str]:
        """Map every accepted name to its documented name."""
        names = {}
        for field, described in cls.model_fields.items():
            alias = described.validation_alias or field
            choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
            names.update({str(name): str(choices[0]) for name in choices})
        return names

    @classmethod
    def _refused(cls, mistakes: ValidationError, sent: dict[str, tuple[str, str]]) -> ParameterError:
        """Build the response to the first error, naming the parameter as it was sent."""
        mistake = mistakes.errors(include_url=False, include_input=False)[0]
        documented = str(mistake.get("ctx", {}).get("parameter") or mistake["loc"][0])
        name = sent.get(documented, (documented, ""))[0]
        return ParameterError(
            422, f"{name} is missing" if mistake["type"] == "missing" else f"{name} {mistake['msg']}", name
        )

    @property
    def sent(self) -> dict[str, str]:
        """The texts that were sent, by documented name."""
        return {documented: text for documented, (_, text) in self._sent.items()}

    def sent_as(self, documented: str) -> str:
        """Return the name under which a parameter was sent, for an error."""
        return self._sent.get(documented, (documented, ""))[0]


class PairParams(Params):
    """The pair of an address that names a currency: in which base, and in which direction."""

    base: Base = Field("USD", description="The currency in which it is priced.")
    direction: Way = Field("local", description="`local`: as people quote it, USD/KZT; `unit`: KZT/USD.")

    def pair(self, code: str, base: str | None = None) -> str:
        """Return the pair of a currency, by default in this base."""
        base = base or self.base
        return f"{base}/{code}" if self.direction == "local" else f"{code}/{base}"


class CsvParams(Params):
    """Parameters of an endpoint that answers with CSV among other formats."""

    # None is no default in the OpenAPI document: generated clients would send it for JSON too.
    decimal: Annotated[str, one_of("point", "comma")] | None = Field(
        None,
        description="For CSV only; default: `point`. `comma`: decimal commas, semicolons between the columns and a "
        "byte order mark, as Excel expects in Russian and many other languages.",
    )

    def check_decimal(self, form: str) -> None:
        """Raise ParameterError (422) if `decimal` was sent for another format than CSV."""
        if self.decimal and form != "csv":
            raise ParameterError(422, "decimal is for CSV only: ask for .csv or leave decimal out", "decimal")


def _unknown(name: str, known: tuple[str, ...]) -> ParameterError:
    takes = f"the parameters are {', '.join(known)}" if known else "there are no parameters"
    if _NAME.fullmatch(name):
        return ParameterError(422, f"unknown parameter {name!r}; {takes}", name)
    return ParameterError(422, f"unknown parameter; {takes}")
