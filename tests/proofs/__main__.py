"""`python -m tests.proofs NAME [--seed N] [--kills N] [--rounds N] [--seconds N]`: the long forms."""

import argparse
import signal
import sys
import warnings
from importlib import import_module
from pathlib import Path

PROOFS = sorted(
    path.stem.replace("_", "-")
    for path in Path(__file__).parent.glob("*.py")
    if "def long(" in path.read_text() and path.stem != "__main__"
)
"""The modules of this folder that have a long form."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description=__doc__)
    parser.add_argument("name", choices=PROOFS)
    parser.add_argument("--seed", type=int, default=1, help="the same seed asks for the same")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--schedules", type=int, default=1_000, help="opening days at the desk")
    parser.add_argument("--rounds", type=int, help="how often (each proof has its own measure)")
    parser.add_argument("--seconds", type=float, default=86_400, help="stop after about so long")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument(
        "--seeds", type=int, default=1_000, help="of the simulation, from --seed on"
    )
    parser.add_argument("--banks", type=int, default=20, help="of a simulated town")
    parser.add_argument("--days", type=int, default=365, help="of a simulated town")
    parser.add_argument("--examples", type=int, default=10_000, help="of each operation, fuzzed")
    parser.add_argument("--only", default="", help="mutants with these words in their names")
    parser.add_argument("--flips", type=int, default=2_000, help="bits to be flipped")
    parser.add_argument("--clean", type=int, default=1_000, help="runs that must find nothing")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # what was started is ended
    warnings.simplefilter("ignore")  # of the package that brings a PostgreSQL server
    print(f"proof {options.name}, seed {options.seed}", flush=True)
    import_module(f"tests.proofs.{options.name.replace('-', '_')}").long(options)


if __name__ == "__main__":
    main()
