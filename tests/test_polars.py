"""Polars reads our CSV and Parquet by their addresses."""

from pathlib import Path

import polars as pl
import pytest

from ratesvc.publish.reader import newest

pytestmark = pytest.mark.third_party

TENGE = "/api/rates.csv?quote=KZT&source=all&from=2026-06-01"


def test_polars_reads_csv_at_once_and_in_parts(site: str) -> None:
    read = pl.read_csv(f"{site}{TENGE}", try_parse_dates=True)
    assert read.schema["observed_on"] == pl.Date
    assert read.schema["close"] == pl.Float64
    assert set(read["pair"]) == {"USD/KZT", "EUR/KZT", "RUB/KZT", "CNY/KZT"}
    scanned = pl.scan_csv(f"{site}{TENGE}", try_parse_dates=True).filter(pl.col("pair") == "EUR/KZT").collect()
    assert scanned.equals(read.filter(pl.col("pair") == "EUR/KZT"))


def test_polars_reads_parquet_with_days_and_decimals(site: str, archive: Path) -> None:
    version = newest(archive / "published").version
    rates = pl.scan_parquet(f"{site}/data/{version}/rates.parquet").filter(pl.col("pair") == "USD/KZT").collect()
    assert rates.schema["observed_on"] == pl.Date
    assert rates.schema["rate"] == pl.Decimal(38, 13)
    assert rates.height > 200
