"""English labels of database and URL values, by kind and value.

The kind is the context of the label in the catalogues, where one English word may need two translations.
"""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "kind": {"official": "official", "market": "market", "computed": "computed"},
    "unit": {"USD": "dollars", "EUR": "euros", "RUB": "roubles", "CNY": "yuan"},
    "state": {
        "unconfirmed": "not confirmed",
        "fresh": "fresh",
        "late": "delayed",
        "stale": "stale",
        "dead": "no data",
        "pegged": "pegged",
        "unknown": "no rate",
    },
    "period": {
        "previous": "Since last rate",
        "week": "Week",
        "month": "Month",
        "quarter": "Quarter",
        "ytd": "Year to date",
        "year": "Year",
    },
    "range": {
        "1w": "1W",
        "1m": "1M",
        "3m": "3M",
        "6m": "6M",
        "ytd": "YTD",
        "1y": "1Y",
        "5y": "5Y",
        "all": "All",
    },
    "scale": {"linear": "Linear", "log": "Log"},
    "measure": {"index": "Index", "percent": "Percent"},
    "grain": {"week": "a week", "month": "a month"},
    "theme": {"auto": "System theme", "light": "Light", "dark": "Dark"},
    "punctuality": {
        "on time": "on time",
        "late": "late",
        "overdue": "overdue",
        "missed": "not received",
        "filled in": "filled in later",
        "not watched": "not watched",
    },
    # Why a figure is held, and what would confirm it, by the kind of doubt (validation/doubts.py).
    "doubt": {
        "jump": "it is far from the rates of the days before",
        "neighbours": "the other rates of the same document did not move with it",
        "step": "it does not fit the change that the bank prints beside it",
        "slip": "the decimal point is in another place, or the pair is the other way round",
        "first": "there is nothing to compare it with",
        "peg": "it is not the peg",
        "date": "a rate for a later day is known already",
        "alternating": "the source keeps switching between two figures",
    },
    "confirmation": {
        "jump": "another source, or the next publication at this level",
        "neighbours": "another source",
        "step": "the next publication, if its printed change leads back to this figure",
        "slip": "another source",
        "first": "another source, or the next publication at this level",
        "peg": "another central bank",
        "date": "a person",
        "alternating": "a person, or the next publication, if its printed change leads back to this figure",
    },
    "event": {
        "peg contradicted": "this is not the peg",
        "accepted": "accepted by a person",
        "rejected": "rejected by a person",
        "superseded": "its date was wrong",
        "withdrawn": "not confirmed: the source has printed another figure",
        "alternating": "the source keeps switching between two figures",
        "drift": "more than 5% from all other sources",
    },
}
