"""The peers' own environment, made at the first run from a lock with hashes, and a way to ask."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
HOUSE = HERE.parent.parent / ".venv" / "peers"


def peers_python() -> Path:
    """The Python of the peers' environment, which is made when it is missing or out of date."""
    python, stamp = HOUSE / "bin" / "python", HOUSE / ".made-of"
    made_of = f"{HOUSE} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"
    if not stamp.exists() or stamp.read_text() != made_of:
        print(f"Installing the peers into {HOUSE.parent.name}/{HOUSE.name} …", file=sys.stderr)
        _run("-m", "venv", "--clear", "--without-pip", str(HOUSE))
        # --no-deps: the lock is whole, and two drivers that need a compiler are left out of it
        _run(
            "-m", "pip", "--python", str(python), "install", "--quiet", "--no-input",
            "--no-compile", "--no-deps", "--require-hashes", "-r", str(LOCK),
        )  # fmt: skip
        stamp.write_text(made_of)
    return python


def _run(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-2_000:]}")


class Side:
    """A peer's program, waiting to be asked."""

    def __init__(self, process: "subprocess.Popen[str]"):
        self._process = process

    def ask(self, do: str, **asked: Any) -> tuple[Any, float]:
        """What the peer gave for *do*, and the seconds it took by its own clock."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"do": do} | asked), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended: see what it said above")
        answer = json.loads(line)
        return answer["gave"], answer["seconds"]


@contextmanager
def side(program: str, *arguments: str) -> Iterator[Side]:
    """The peer's *program* of this folder, started in its environment and ended afterwards."""
    command = [str(peers_python()), str(HERE / f"{program}_side.py"), *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Side(process)
        assert process.stdin is not None
        process.stdin.close()
