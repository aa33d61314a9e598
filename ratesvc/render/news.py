"""News in words: a title and a link for each row of the macro `news`, for the feed and for notifications."""

from typing import Any

from ratesvc.core.currencies import BY_CODE, CODES
from ratesvc.render.i18n import Words


def subject(row: dict[str, Any]) -> str:
    """Return what a row is about, for its ID: KZT where that is against the dollar, else EUR/KZT, or a dash."""
    if row["quote"] is None:
        return "-"
    return str(row["quote"] if row["base"] == "USD" else f"{row['base']}/{row['quote']}")


def title(row: dict[str, Any], bank: str) -> str:
    """Say in one line, in English, what happened. bank: the publisher's title, in English."""
    words, code = Words("en"), row["quote"]
    per = row["base"] and BY_CODE[row["base"]].unit
    bank, day = words.bank(bank), words.day(row["observed_on"])
    if row["kind"] == "move":
        return f"{code}/{row['base']} {row['change']}: {row['rate']} {code} per {per} on {day}, {bank}"
    if row["kind"] == "unconfirmed":
        change = f" ({row['change']})" if row["change"] else ""
        return f"Unconfirmed: {bank} published {row['rate']} {code} per {per} for {day}{change}"
    if row["kind"] == "correction":
        return f"{bank} corrected {code} for {day} {row['sentence']}"
    if row["kind"] == "silence":
        return f"{bank}: {row['sentence']}"
    return str(row["sentence"])  # The sentence of the event.


def summary(row: dict[str, Any], bank: str) -> str:
    """Say the same, and of an unconfirmed figure also why it is held."""
    line = title(row, bank)
    if row["kind"] != "unconfirmed":
        return line
    return f"{line}. Held: {row['sentence'].removeprefix('not confirmed yet: ')}."


def path(row: dict[str, Any]) -> str:
    """Return the path of the page that shows more."""
    return f"/currency/{row['quote']}" if row["quote"] in CODES else "/sources"
