"""Which proofs `bin/test` has time for. All of them: `BANKSAMPAH_PROOFS=all bin/test tests/proofs`."""

import os

HEAVY = (
    "test_backups.py", "test_clocks.py", "test_doubles.py", "test_fuzz.py", "test_history.py", "test_kill.py",
    "test_mutation.py", "test_races.py", "test_reversals.py", "test_storage.py",
    "test_tampering.py",
)  # fmt: skip
"""A quarter of an hour and more together on two cores: a command of their own until they are quick."""

collect_ignore = [] if os.environ.get("BANKSAMPAH_PROOFS") == "all" else list(HEAVY)
