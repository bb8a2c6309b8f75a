"""One request, one answer: how a benchmark drives a program in another environment."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def answer(actions: dict[str, Callable[..., Any]]) -> None:
    """For each line of JSON on standard input do its action; tell what it gave and its seconds."""
    told = sys.stdout
    sys.stdout = sys.stderr  # what a library prints must not stand among the answers
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        gave = actions[asked.pop("do")](**asked)
        seconds = time.perf_counter() - began
        print(json.dumps({"gave": gave, "seconds": seconds}), file=told, flush=True)
