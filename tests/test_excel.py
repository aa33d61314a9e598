"""Excel files: numbers, dates and times are such, texts stay texts, and LibreOffice in Russian reads all of it."""

import io
import os
import shutil
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
from lxml import etree

from ratesvc.core.errors import UsageError
from ratesvc.publish.reader import Reader
from ratesvc.render import excel
from ratesvc.render.formats import as_xlsx
from ratesvc.web.http.responses import XLSX

from .serving import newest_day
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


# LibreOffice --------------------------------------------------------------------------------------

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
SEMICOLONS = "--infilter=CSV:59,34,76,1,,0,false,true"
"""In the import dialog: semicolon, quotation mark, UTF-8, from row 1, the language of the system, special numbers."""
needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="no LibreOffice is installed (on Debian: apt install libreoffice-calc)"
)


@pytest.mark.third_party
@needs_libreoffice
@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("/api/rates.csv?pairs=KZT&limit=5&decimal=comma", [SEMICOLONS]),
        ("/api/rates.xlsx?pairs=KZT&limit=5", []),
        ("/dashboards/line.xlsx?currency=TJS&range=1m", []),
        pytest.param("/dashboards/line.csv?currency=TJS&range=1m&decimal=comma", [SEMICOLONS], marks=pytest.mark.soak),
        pytest.param("/api/snapshots.csv?limit=5&decimal=comma", [SEMICOLONS], marks=pytest.mark.soak),
        pytest.param("/api/snapshots.xlsx?limit=5", [], marks=pytest.mark.soak),
    ],
)
def test_libreoffice_in_russian_reads_numbers_and_days(
    client: FlaskClient, tmp_path: Path, address: str, options: list[str]
) -> None:
    file = tmp_path / address.partition("?")[0].rpartition("/")[2]
    file.write_bytes(client.get(address).data)
    headings, *table = _opened(file, options)
    assert len(table) >= 5
    row = {name: cell for (_, name), cell in zip(headings, table[0], strict=False)}
    if "close" in row:
        assert row["observed_on"] == ("date", str(newest_day("nbk")))
        assert row["close"] == ("float", "516.95")
        assert row["inverse"][0] == "float"
        assert float(row["inverse"][1]) == pytest.approx(1 / 516.95)
        assert row["source"] == ("string", "nbk")
    elif "taken_at" in row:
        assert row["snapshot_id"][0] == "float"
        assert row["taken_at"][0] == "date"
        assert datetime.fromisoformat(row["taken_at"][1]) <= datetime.now(UTC).replace(tzinfo=None)
    else:
        assert {cells[3][0] for cells in table} == {"date"}
        assert {cells[5][0] for cells in table} <= {"float", ""}
        # The printed digits are a text. In CSV nothing says so, and they must not become a day such as 9 March.
        assert {cells[6][0] for cells in table} <= {"float" if options else "string", ""}


def _opened(file: Path, options: list[str]) -> list[list[tuple[str, str]]]:
    """The type and the value of each cell, as LibreOffice sees them."""
    profile = f"-env:UserInstallation={file.with_name('profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        *options,
        "--convert-to",
        "fods",
        "--outdir",
        str(file.parent),
        str(file),
    ]
    russian = {**os.environ, "LC_ALL": "ru_RU.UTF-8"}
    done = subprocess.run(command, env=russian, capture_output=True, text=True, timeout=120, check=False)
    assert file.with_suffix(".fods").exists(), done.stdout + done.stderr
    table = []
    for row in etree.parse(file.with_suffix(".fods")).iter(f"{TABLE}table-row"):
        cells: list[tuple[str, str]] = []
        for cell in row:
            kind = cell.get(f"{OFFICE}value-type", "")
            value = cell.get(f"{OFFICE}value") or cell.get(f"{OFFICE}date-value") or "".join(cell.itertext()).strip()
            cells += [(kind, value)] * int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        table.append(cells)
    return [cells for cells in table if any(kind for kind, _ in cells)]
