"""Excel files: numbers, dates and times are such, and texts stay texts."""

import io
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from ratesvc.core.errors import UsageError
from ratesvc.publish.reader import Reader
from ratesvc.render import excel
from ratesvc.render.formats import as_xlsx
from ratesvc.web.http.responses import XLSX

from .test_api import ADDRESSES, rows

PUBLISHED_AT = datetime(2026, 5, 24, 12, tzinfo=UTC)


def sheet_of(workbook: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(workbook)).active


def cell_of(value: object) -> tuple[object, str, str]:
    """What one value becomes: the value, its type (n, d, s, b) and its number format."""
    cell = sheet_of(as_xlsx(["x"], [[value]], PUBLISHED_AT))["A2"]
    return cell.value, cell.data_type, cell.number_format


@pytest.mark.parametrize(
    ("value", "number", "number_format"),
    [
        (Decimal("517.4500000000000"), 517.45, "0.00"),
        (Decimal("0.00008400"), 0.000084, "0.000000"),
        (8.4e-05, 0.000084, "0.000000"),
        (Decimal("12345678901234567890.5"), 12345678901234567890.5, "0"),
        (1000, 1000, "0"),
        (-3, -3, "0"),
        (1e-40, 1e-40, "General"),
    ],
)
def test_a_number_shows_its_decimals_and_no_zeros_after_them(value: object, number: float, number_format: str) -> None:
    found, kind, shown_as = cell_of(value)
    assert (kind, shown_as) == ("n", number_format)
    assert found == pytest.approx(number, rel=1e-15)


def test_days_and_times_are_such_and_times_say_utc() -> None:
    almaty = timezone(timedelta(hours=5))
    noon = datetime(2026, 5, 24, 12)  # noqa: DTZ001
    time_format = 'yyyy-mm-dd hh:mm:ss "UTC"'
    assert cell_of(date(2026, 5, 24)) == (datetime(2026, 5, 24), "d", "yyyy-mm-dd")  # noqa: DTZ001
    assert cell_of(noon) == (noon, "d", time_format)
    assert cell_of(datetime(2026, 5, 24, 17, tzinfo=almaty)) == (noon, "d", time_format)
    assert cell_of(date(1899, 12, 31)) == ("1899-12-31", "s", "General")


@pytest.mark.parametrize(
    "text", ["=1+1", "{=A1}", "+1", "-0.06%", "9.33", "http://127.0.0.1/", "mailto:x", "тенге\n<&>", "a\x01b"]
)
def test_a_text_stays_a_text(text: str) -> None:
    workbook = as_xlsx([text], [[text]], PUBLISHED_AT)
    for cell in ("A1", "A2"):
        found = sheet_of(workbook)[cell]
        assert (found.value, found.data_type) == (text.replace("\x01", "_x0001_"), "s")
        assert found.hyperlink is None


def test_other_values_are_as_in_csv() -> None:
    assert cell_of(True)[:2] == (True, "b")
    assert cell_of(None)[0] is None
    assert cell_of(float("inf"))[:2] == ("inf", "s")
    assert cell_of(10**400)[:2] == (str(10**400), "s")
    assert cell_of(["KZT"])[:2] == ("['KZT']", "s")


def test_the_headings_are_bold_and_frozen_with_a_filter_and_columns_are_wide_enough() -> None:
    sheet = sheet_of(as_xlsx(["day", "note"], [[date(2026, 5, 24), "x" * 500], [None, "y"]], PUBLISHED_AT))
    assert [cell.font.b for cell in sheet[1]] == [True, True]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B3")
    widths = [sheet.column_dimensions[column].width for column in "AB"]
    assert 10 < widths[0] < 13
    assert 60 < widths[1] < 62
    assert sheet_of(as_xlsx([], [], PUBLISHED_AT)).dimensions == "A1:A1"
    assert sheet_of(as_xlsx(["a"], [], PUBLISHED_AT))["A1"].value == "a"


def test_equal_tables_of_a_version_have_equal_bytes() -> None:
    table = ["day", "rate"], [[date(2026, 5, 24), Decimal("517.45")]]
    workbook = as_xlsx(*table, PUBLISHED_AT)
    assert workbook == as_xlsx(*table, PUBLISHED_AT)
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        assert {part.date_time[0] for part in parts.infolist()} == {1980}
        assert parts.read("docProps/core.xml").count(b"2026-05-24T12:00:00Z") == 2


def test_what_is_too_large_for_excel_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(UsageError, match="32,767 characters"):
        as_xlsx(["x"], [["short"], ["x" * 32_768]], PUBLISHED_AT)
    monkeypatch.setattr(excel, "MOST_ROWS", 1)
    with pytest.raises(UsageError, match="1 rows"):
        as_xlsx(["x"], [[1], [2]], PUBLISHED_AT)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_file_of_the_api_holds_the_rows_of_its_json(client: FlaskClient, address: str) -> None:
    path, _, query = address.partition("?")
    answer = client.get(f"{path}.xlsx?{query}")
    assert answer.content_type == XLSX
    assert "Content-Encoding" not in answer.headers
    assert client.get(address, headers={"Accept": XLSX}).data == answer.data
    assert client.get(address, headers={"Accept": XLSX, "If-None-Match": answer.headers["ETag"]}).status_code == 304
    headings, *table = sheet_of(answer.data).iter_rows(values_only=True)
    found = rows(client, address)
    assert len(table) == len(found)
    for cells, row in zip(table, found, strict=True):
        row.pop("exact", None)
        assert list(headings) == list(row)
        for cell, value in zip(cells, row.values(), strict=True):
            if isinstance(cell, datetime):
                assert f"{cell:%Y-%m-%dT%H:%M:%S}".startswith(str(value)[:19])
            elif isinstance(value, Decimal):
                assert cell == pytest.approx(float(value), rel=1e-15)
            else:
                assert cell == (None if value == "" else value)


def test_the_file_of_a_chart_holds_its_rows(client: FlaskClient, views: Reader) -> None:
    answer = client.get("/dashboards/line.xlsx?currency=KZT&range=all")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="line-KZT.xlsx"'
    headings, *table = sheet_of(answer.data).iter_rows(values_only=True)
    official = [row for row in (dict(zip(headings, cells, strict=True)) for cells in table) if row["source"] == "nbk"]
    truth = views.query("SELECT observed_on, trimmed(rate) FROM rates WHERE source = 'nbk' ORDER BY 1").fetchall()
    assert [(row["at"].date(), row["printed"]) for row in official if row["value"]] == truth
    assert client.get("/dashboards/line.xlsx?decimal=comma").status_code == 422


def test_the_writer_is_loaded_with_the_first_file() -> None:
    program = "import sys; from ratesvc.web import create_app; create_app(); sys.exit('xlsxwriter' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
