"""Which databases a test runs on: both (the fixture `database_url`), where it says nothing else."""

import os

import pytest

_IS_ALL = os.environ.get("BANKSAMPAH_PROOFS") == "all"

in_the_browser = pytest.mark.parametrize(
    "database_url", ["sqlite", "postgresql"] if _IS_ALL else ["sqlite"], indirect=True
)
"""What a browser shows is tested: on SQLite in `bin/test`, on both with `BANKSAMPAH_PROOFS=all`."""
