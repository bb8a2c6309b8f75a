"""Who writes to a file of SQLite waits in line; who reads does not. PostgreSQL needs none of it."""

import subprocess
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from banksampah.db import db, transaction

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def folder(app: Flask) -> Path:
    with app.app_context():
        return Path(str(db.engine.url.database)).parent


def is_free(folder: Path) -> bool:
    """Whether another process would find nobody before it."""
    return subprocess.run(["flock", "--nonblock", folder, "true"], check=False).returncode == 0


def test_another_process_waits_for_a_writer_and_not_for_a_reader(app: Flask, folder: Path) -> None:
    with app.app_context():
        assert is_free(folder)
        with transaction():
            assert not is_free(folder)
        db.session.execute(text("SELECT 1"))
        assert is_free(folder)
        with pytest.raises(ZeroDivisionError), transaction():
            raise ZeroDivisionError
        assert is_free(folder)


def test_a_writer_waits_for_another_process(app: Flask, folder: Path, tmp_path: Path) -> None:
    over = tmp_path / "over"
    script = f"echo begun; sleep 0.2; touch '{over}'"
    with app.app_context(), subprocess.Popen(
        ["flock", folder, "sh", "-c", script], stdout=subprocess.PIPE
    ) as other:  # fmt: skip
        assert other.stdout
        assert other.stdout.readline() == b"begun\n"
        assert not over.exists()
        with transaction():
            assert over.exists()
