"""`python -m bench NAME [--seconds N] [--rounds N] [--legs N] [--postings N] [--short]`."""

import argparse

from bench import deposit, imports, memory, paper, peers, reads, saturday, verify, watching

BENCHMARKS = {
    "deposit": deposit.run,
    "import": imports.run,
    "memory": memory.run,
    "paper": paper.run,
    "peers": peers.run,
    "reads": reads.run,
    "saturday": saturday.run,
    "verify": verify.run,
    "watching": watching.run,
}
ENGINES = {"paper": ["none"], "watching": ["none"], "saturday": ["postgresql"]}
"""Of those that are not for both."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument("--seconds", type=float, default=3, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements per variant")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--legs", type=int, nargs="+", dest="scales", help="legs of each database")
    parser.add_argument("--postings", type=int, default=100_000, help="of a peer or import")
    parser.add_argument("--scale", type=int, default=1, help="a part of a Saturday: 1/scale")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="seconds of it, to see that it runs")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    options = parser.parse_args()
    engines = ENGINES.get(options.name, ["sqlite", "postgresql"])
    for engine in options.engine or engines:
        BENCHMARKS[options.name](engine, options)


if __name__ == "__main__":
    main()
