"""What a row of the ticker says, in words with its source, in each language."""

from ratesvc.core.currencies import BY_CODE
from ratesvc.render.i18n import Words
from ratesvc.render.ticker import Look, Row, day_of, dress


def sentence(row: Row, words: Words) -> str:
    """One sentence about a row of `ticker` or of `ticker_on`, after one about a figure that is not confirmed.

    A percentage stands there without its sign, because the verb says the direction.
    """
    return " ".join(filter(None, (unconfirmed(row, words), confirmed(row, words))))


def unconfirmed(row: Row, words: Words) -> str | None:
    """One sentence about the figure that is not confirmed; None where there is none."""
    if not row.get("unconfirmed"):  # Old publications do not have it.
        return None
    [shown] = dress([row], Look(language=words.language, unconfirmed="show"))
    bank = words.bank(shown["source"])
    if shown["kind"] == "market":
        bank = words.say("sentence.feed", bank=bank)
    direction = shown["direction"] if shown["direction"] in ("up", "down") else "unknown"
    return words.say(
        f"sentence.unconfirmed_{direction}",
        bank=bank,
        Bank=bank[0].upper() + bank[1:],
        units=shown["units"],
        unit=words.say(f"units.{row['pair'].partition('/')[0]}"),
        day=words.day(day_of(shown), long=True),
        percent=shown["change"].removeprefix("-"),
    )


def confirmed(row: Row, words: Words) -> str | None:
    """One sentence about the confirmed rate; None where there is only a figure that is not confirmed."""
    [shown] = dress([row], Look(language=words.language))
    code = row["pair"].partition("/")[0]
    name = words.currency(code)
    told = {"name": name, "Name": name[0].upper() + name[1:]}
    kind = _kind(shown)
    if kind == "no_rate":
        return None if shown["mark"] else words.say("sentence.no_rate", **told)
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
