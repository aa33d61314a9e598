"""What a row of the ticker says, as one sentence with its source, in each language."""

from ratesvc.currencies import BY_CODE
from ratesvc.ticker import Look, Row, day_of, dress
from ratesvc.words import Words


def sentence(row: Row, words: Words) -> str:
    """One sentence about a row of `ticker` or of `ticker_on`.

    A percentage stands there without its sign, because the verb says the direction.
    """
    [shown] = dress([row], Look(language=words.language))
    code = row["pair"].partition("/")[0]
    name = words.currency(code)
    told = {"name": name, "Name": name[0].upper() + name[1:]}
    kind = _kind(shown)
    if kind == "no_rate":
        return words.say("sentence.no_rate", **told)
    peg = BY_CODE[code].peg
    bank = words.bank(row["source"])
    return words.say(
        f"sentence.{kind}",
        **told,
        percent=shown["change"].removeprefix("-"),
        units=shown["units"],
        day=words.day(peg.since if kind == "pegged" and peg else day_of(row), long=True),
        bank=f"{bank} ({words.say('market')})" if row["kind"] == "market" else bank,
    )


def _kind(shown: Row) -> str:
    if shown["direction"] == "no_rate":
        return "no_rate"
    if shown["pegged"]:
        return "pegged"
    return "stale" if shown["stale"] else str(shown["direction"])
