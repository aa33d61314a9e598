"""Sentences about a row of the ticker, with its source, in each language."""

from ratesvc.core.currencies import BY_CODE, DOLLAR, as_printed
from ratesvc.render.i18n import N_, Words
from ratesvc.render.ticker import Look, Row, day_of, dress, subject, units_written

OFFICIAL = {
    "up": N_("The {bank} set the {name} at {units} per dollar for {day}, {percent} stronger."),
    "down": N_("The {bank} set the {name} at {units} per dollar for {day}, {percent} weaker."),
    "flat": N_("The {bank} left the {name} unchanged at {units} per dollar for {day}."),
    "unknown": N_(
        "The {bank} set the {name} at {units} per dollar for {day}; there is no rate shortly before to compare with."
    ),
}
"""A bank sets a rate; a market has one."""
CONFIRMED = {
    "up": N_("The {name} strengthened {percent} to {units} per dollar on {day}, {bank}."),
    "down": N_("The {name} weakened {percent} to {units} per dollar on {day}, {bank}."),
    "flat": N_("The {name} was unchanged at {units} per dollar on {day}, {bank}."),
    "unknown": N_(
        "The {name} stood at {units} per dollar on {day}, {bank}; there is no rate shortly before to compare with."
    ),
    "stale": N_("The {name} was last quoted at {units} per dollar on {day}, {bank}; we have received nothing newer."),
    "pegged": N_("The {name} has been pegged at {units} per dollar since {day}, {bank}."),
    "no_rate": N_("There is no rate of the {name} yet."),
}
UNCONFIRMED = {
    "up": N_("The {bank} printed {units} {unit} per dollar for {day}, {percent} stronger; this is not confirmed yet."),
    "down": N_("The {bank} printed {units} {unit} per dollar for {day}, {percent} weaker; this is not confirmed yet."),
    "unknown": N_("The {bank} printed {units} {unit} per dollar for {day}; this is not confirmed yet."),
}


PRINTED_OFFICIAL = {
    "up": N_("The {bank} set the {base} at {units} {unit} for {day}, {percent} dearer."),
    "down": N_("The {bank} set the {base} at {units} {unit} for {day}, {percent} cheaper."),
    "flat": N_("The {bank} left the {base} unchanged at {units} {unit} for {day}."),
    "unknown": N_(
        "The {bank} set the {base} at {units} {unit} for {day}; there is no rate shortly before to compare with."
    ),
}
"""As a bank prints a pair: what one of the base costs."""
PRINTED = {
    "up": N_("The {base} rose {percent} to {units} {unit} on {day}, {bank}."),
    "down": N_("The {base} fell {percent} to {units} {unit} on {day}, {bank}."),
    "flat": N_("The {base} was unchanged at {units} {unit} on {day}, {bank}."),
    "unknown": N_(
        "The {base} stood at {units} {unit} on {day}, {bank}; there is no rate shortly before to compare with."
    ),
    "stale": N_("The {base} was last quoted at {units} {unit} on {day}, {bank}; we have received nothing newer."),
    "pegged": N_("The {base} has been pegged at {units} {unit} since {day}, {bank}."),
    "no_rate": N_("There is no rate of {pair} yet."),
}
PRINTED_UNCONFIRMED = {
    "up": N_("The {bank} printed the {base} at {units} {unit} for {day}, {percent} dearer; this is not confirmed yet."),
    "down": N_(
        "The {bank} printed the {base} at {units} {unit} for {day}, {percent} cheaper; this is not confirmed yet."
    ),
    "unknown": N_("The {bank} printed the {base} at {units} {unit} for {day}; this is not confirmed yet."),
}


def spoken_of(pair: str) -> str:
    """Return a pair in the direction in which a sentence speaks of it: KZT/USD as it is, else as a bank prints it."""
    return pair if pair.endswith(f"/{DOLLAR.code}") else as_printed(pair)


def sentence(row: Row, words: Words) -> str:
    """Describe a row of a pair in the direction of `spoken_of`, with an unconfirmed figure first, if there is one.

    Percentages have no sign, because the verb gives the direction.
    """
    return " ".join(filter(None, (unconfirmed(row, words), confirmed(row, words))))


def unconfirmed(row: Row, words: Words) -> str | None:
    """Describe the unconfirmed figure in a sentence; None if there is none."""
    if not row.get("unconfirmed"):  # Not in old publications.
        return None
    [dressed] = dress([row], Look(language=words.language, unconfirmed="show"))
    bank = words.bank(dressed.get("bank") or dressed["source"])
    if dressed["kind"] == "market":
        bank = words.gettext("market feed {bank}", bank=bank)
    phrases = UNCONFIRMED if _per_dollar(dressed) else PRINTED_UNCONFIRMED
    return words.capital(
        words.gettext(
            phrases.get(dressed["direction"], phrases["unknown"]),
            bank=bank,
            base=words.currency(row["base"]),
            **_price(dressed, words),
            day=words.day(day_of(dressed), long=True),
            percent=dressed["change"].removeprefix("-"),
        )
    )


def confirmed(row: Row, words: Words) -> str | None:
    """Describe the confirmed rate in a sentence; None if there is only an unconfirmed figure."""
    [dressed] = dress([row], Look(language=words.language))
    code = subject(row)
    kind = _kind(dressed)
    phrases, official = (CONFIRMED, OFFICIAL) if _per_dollar(row) else (PRINTED, PRINTED_OFFICIAL)
    if kind == "no_rate":
        said = words.gettext(phrases[kind], name=words.currency(code), pair=row["pair"])
        return None if dressed["mark"] else words.capital(said)
    peg = BY_CODE[code].peg
    bank = words.bank(row.get("bank") or row["source"])
    if row["kind"] == "official":
        phrases = phrases | official
    elif row["kind"] == "market":
        # An older publication does not have `computed`.
        bank = f"{bank} ({words.kind('market', computed=row.get('computed', False))})"
    return words.capital(
        words.gettext(
            phrases[kind],
            name=words.currency(code),
            base=words.currency(row["base"]),
            percent=dressed["change"].removeprefix("-"),
            **_price(dressed, words),
            day=words.day(peg.since if kind == "pegged" and peg else day_of(row), long=True),
            bank=bank,
        )
    )


def _per_dollar(row: Row) -> bool:
    """Whether a row is said in units per dollar: not if one unit costs more than a dollar, as a euro does."""
    return bool(row["inverted"]) and (row["value"] or 0) < 1


def _price(dressed: Row, words: Words) -> dict[str, str | None]:
    """Return what a row costs, and in which unit: as printed, or in dollars."""
    if dressed["inverted"] and not _per_dollar(dressed):
        return {"units": units_written(dressed["rate_precise"], words), "unit": words.unit(dressed["quote"])}
    return {"units": dressed["units"], "unit": words.unit(subject(dressed))}


def _kind(dressed: Row) -> str:
    if dressed["direction"] == "no_rate":
        return "no_rate"
    if dressed["pegged"]:
        return "pegged"
    return "stale" if dressed["stale"] else str(dressed["direction"])
