"""A wrong setting is one line that names it."""

from pathlib import Path

import pytest

from ratesvc.core import settings
from ratesvc.core.errors import UsageError
from ratesvc.store.database import writing


def test_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RATESVC_DATA")
    chosen = settings.load()
    assert (chosen.data, chosen.host, chosen.port) == (Path("data"), "127.0.0.1", 8000)
    assert (chosen.headline, chosen.sources, chosen.origin) == ("official", (), {})


def test_each_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATESVC_SOURCES", "currency_api, nbkr")
    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", "http://127.0.0.1:9999")
    chosen = settings.load()
    assert chosen.sources == ("currency_api", "nbkr")
    assert str(chosen.origin["currency_api"]) == "http://127.0.0.1:9999/"


def test_a_file_env_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("RATESVC_PORT=9001\nRATESVC_HOST=0.0.0.0\nOTHER=1\n")
    monkeypatch.setenv("RATESVC_PORT", "9002")
    assert (settings.load().port, settings.load().host) == (9002, "0.0.0.0")  # noqa: S104


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("RATESVC_PORT", "eighty"),
        ("RATESVC_PORT", "0"),
        ("RATESVC_HEADLINE", "both"),
        ("RATESVC_MEMORY", "much"),
        ("RATESVC_MEMORY", "1MB"),
        ("RATESVC_WORKERS", "-1"),
        ("RATESVC_ORIGIN_CURRENCY_API", "nowhere"),
        ("RATESVC_ORIGIN", "http://127.0.0.1:1"),
        ("RATESVC_DATA", ""),
        ("RATESVC_PROT", "8000"),
        ("RATESVC_ORIGIN", "{}"),
    ],
)
def test_a_wrong_one_is_named(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(UsageError, match=name) as wrong:
        settings.load()
    assert "\n" not in str(wrong.value)


def test_the_memory_of_the_writer_is_limited_and_what_does_not_fit_goes_into_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    monkeypatch.setenv("RATESVC_MEMORY", "300MB")
    settings.load.cache_clear()
    with writing() as store:
        [found] = store.query("SELECT current_setting('memory_limit'), current_setting('temp_directory')")
    assert found == ("286.1 MiB", str(data / "spilled"))
