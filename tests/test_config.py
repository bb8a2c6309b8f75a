"""Settings are read from the environment alone; a key is made once, whoever asks first."""

import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from banksampah.cli import main
from banksampah.config import Settings, SettingWrong, from_environment, secret_key


def test_variables_and_given_values() -> None:
    found = from_environment({"BANKSAMPAH_PORT": "8080", "BANKSAMPAH_BEHIND_PROXY": "1"}, port=9)
    assert (found.port, found.behind_proxy) == (9, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [("PORT", "eight"), ("PORT", "-1"), ("SECURE_COOKIES", "maybe"), ("PORT", "0"),
     ("PORT", "70000"), ("PORT", ""), ("WORKERS", "0"), ("WORKERS", "65"), ("THREADS", "0"),
     ("THREADS", "9" * 5_000), ("SLOW_QUERY_MS", "86400001")],
)  # fmt: skip
def test_an_unreadable_variable_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingWrong, match=f"BANKSAMPAH_{name} must be"):
        from_environment({f"BANKSAMPAH_{name}": text})


def test_the_key_is_made_once_however_many_ask(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'var' / 'bank.db'}")
    found: list[str] = []
    asking = [
        threading.Thread(target=lambda: found.append(secret_key(settings))) for _ in range(20)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(found) == 20
    assert len(set(found)) == 1
    assert len(found[0]) >= 48
    (kept,) = (tmp_path / "var").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_given_key_is_used_as_it_is() -> None:
    assert secret_key(Settings(secret_key="given")) == "given"


@pytest.mark.parametrize("kept", [b"\n", b"\xff\xfe\x00"])
def test_a_file_without_a_key_is_named(tmp_path: Path, kept: bytes) -> None:
    """A full disk left it: the service came up, and nobody could sign in."""
    (tmp_path / "secret.key").write_bytes(kept)
    url = f"sqlite:///{tmp_path / 'bank.db'}"
    assert CliRunner().invoke(main, ["init", "--database", url]).exit_code == 0
    for words in (["verify"], ["bank", "list"], ["serve", "--port", "1"]):
        told = CliRunner().invoke(main, [*words, "--database", url])
        assert (told.exit_code, "secret.key holds no key" in told.stderr) == (2, True), told.output
