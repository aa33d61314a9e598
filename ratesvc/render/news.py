"""News in words: a title and a link for each row of the macro `news`, for the feed and for notifications."""

from typing import Any

from ratesvc.render.i18n import Words


def title(row: dict[str, Any], bank: str) -> str:
    """Say in one line, in English, what happened. bank: the publisher's title, in English."""
    words, code = Words("en"), row["currency"]
    bank, day = words.bank(bank), words.day(row["observed_on"])
    if row["kind"] == "move":
        return f"{code}/USD {row['change']}: {row['units_per_usd']} {code} per dollar on {day}, {bank}"
    if row["kind"] == "unconfirmed":
        change = f" ({row['change']})" if row["change"] else ""
        return f"Unconfirmed: {bank} published {row['units_per_usd']} {code} per dollar for {day}{change}"
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
    return f"/currency/{row['currency']}" if row["currency"] else "/sources"
