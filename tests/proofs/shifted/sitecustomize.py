"""Found by every Python process of a server under proof, through PYTHONPATH: its clock is shifted.

The service has one clock (`banksampah.clock.now_utc`); here it runs ahead of, or behind, the real
one by the seconds written in the file PROOF_CLOCK names, from one reading to the next.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from banksampah import clock

_file = Path(os.environ["PROOF_CLOCK"])
_real = clock.now_utc


def shifted() -> datetime:
    return _real() + timedelta(milliseconds=int(_file.read_text() or 0))


clock.now_utc = shifted
