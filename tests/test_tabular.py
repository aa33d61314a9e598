"""Tables cut nothing, whatever the width of the terminal."""

import sys
from datetime import date, datetime
from decimal import Decimal

import pytest

from ratesvc.render.formats import as_csv, as_json, as_markdown, print_table

HEADINGS = ("pair", "rate", "note")
ROWS = [("KGS/USD", Decimal("0.00000001"), "nothing newer since 2026-09-29"), ("UZS/USD", None, "[bold]x")]


@pytest.mark.parametrize(("columns", "one_line"), [("80", True), ("32", False)])
def test_a_table_too_wide_for_the_terminal_becomes_a_list(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str, one_line: bool
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table(HEADINGS, [(*row[:2], row[2].replace(" ", "_")) for row in ROWS])
    told = capsys.readouterr().out
    assert "…" not in told
    assert "[bold]x" in told
    assert any("KGS/USD" in line and "0.00000001" in line for line in told.splitlines()) == one_line


def test_nothing_is_wrapped_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["text"], [["x " * 400]])
    assert "x " * 399 in capsys.readouterr().out


def test_csv_and_json_hold_every_digit_and_times_in_iso() -> None:
    headings = ["d", "n", "day", "at"]
    row = (Decimal("0.00000001"), None, date(2026, 5, 24), datetime(2026, 5, 24, 12))  # noqa: DTZ001
    assert as_csv(headings, [row]) == "d,n,day,at\n0.00000001,,2026-05-24,2026-05-24 12:00:00\n"
    told = as_json(headings, [row]).decode()
    assert '"d": 0.00000001' in told
    assert '"n": null' in told
    assert '"at": "2026-05-24T12:00:00Z"' in told


def test_csv_with_a_decimal_comma_is_as_excel_expects_it() -> None:
    at = datetime(2026, 5, 24, 12, 0, 0, 341972)  # noqa: DTZ001
    row = (Decimal("517.45"), 8.4e-05, "9.33", "-0.06%", "9.33; 1.5 times", None, date(2026, 5, 24), at, True, 1000)
    assert as_csv("abcdefghij", [row], comma=True) == (
        "\ufeffa;b;c;d;e;f;g;h;i;j\n"
        '517,45;0,000084;9,33;-0,06%;"9.33; 1.5 times";;2026-05-24;2026-05-24 12:00:00;true;1000\n'
    )


def test_a_table_of_markdown_holds_any_text() -> None:
    table = as_markdown(["a", "n"], [["x|y\n<b>[k](http://e)*", 1]])
    assert table == "| a | n |\n| - | -: |\n| x\\|y \\<b>\\[k](http://e)\\* | 1 |\n"
