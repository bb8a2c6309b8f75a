"""`banksampah verify` over many banks: entries proven per second, and the memory it takes.

One bank with a long history, and hundreds with one opening day; filled in bulk, sealed as the
kernel seals. Measured is the whole command: starting, chains, sums, documents, tables, storage.
"""

import resource
import subprocess
import sys
import time
from argparse import Namespace
from datetime import date
from pathlib import Path
from statistics import median

from bench import bulk
from bench.places import database, fill_bank, make_app, release

WANTED = 20_000
HOUSEHOLDS, MATERIALS, OPENING_DAY = 40, 3, date(2026, 11, 21)


def run(engine: str, options: Namespace) -> None:
    """Print entries per second with one process and with one per core."""
    deposits = 2_000 if options.short else options.postings
    copies = 20 if options.short else deposits // 85
    with database(engine) as url:
        entries = _fill(url, deposits, copies)
        rounds = 1 if options.short else options.rounds
        found: dict[str, list[tuple[float, float, float]]] = {
            "one process": [],
            "a process per core": [],
        }
        for _ in range(rounds):
            found["one process"].append(_verify(url, "--jobs", "1"))
            found["a process per core"].append(_verify(url))
    print(
        f"verify, {engine}: {entries} entries: {deposits} deposits in one bank, {copies} banks of 85"
    )
    for name, runs in found.items():
        speeds = [entries / seconds for seconds, _cpu_s, _peak in runs]
        peak = max(peak for _seconds, _cpu_s, peak in runs)
        per_core = median(entries / cpu_s for _seconds, cpu_s, _peak in runs)
        print(
            f"  {name:<18} {median(speeds):8.0f}/s   [{min(speeds):.0f}-{max(speeds):.0f}]"
            f"   of {WANTED} wanted: {median(speeds) / WANTED:.2f}"
            f"   {per_core:.0f} a second of a core   peak {peak:.0f} MB a process"
        )


def _fill(url: str, deposits: int, copies: int) -> int:
    with make_app(url).app_context():
        deep = fill_bank("deep", HOUSEHOLDS + 1, 12)
        small = fill_bank("small", HOUSEHOLDS + 1, MATERIALS)
        release()
    since = date(2016, 1, 1)
    bulk.add_deposits(url, [bulk.Span(deep, deposits, since, OPENING_DAY)])
    bulk.add_deposits(url, [bulk.Span(small, HOUSEHOLDS, OPENING_DAY, OPENING_DAY, MATERIALS)])
    bulk.clone(url, small.bank_id, copies)
    return bulk.count_entries(url)


def _verify(url: str, *options: str) -> tuple[float, float, float]:
    """Seconds by the clock, of cores (a server's apart), and the largest process in megabytes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "banksampah.cli", "verify", "--database", url, *options]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _peak_mb(process.pid))
            _drain(process)
        seconds = time.perf_counter() - began
    assert process.returncode == 0, process.returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu_s, peak


def _drain(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.communicate(timeout=0.2)
    except subprocess.TimeoutExpired:
        return


def _peak_mb(pid: int) -> float:
    """VmHWM of the process and of those it started, the largest."""
    peaks = []
    for one in (pid, *_children(pid)):
        try:
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
        except OSError:
            continue
        peaks += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")]
    return max(peaks, default=0.0)


def _children(pid: int) -> list[int]:
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in told.split()]
