"""A whole opening day without a signal: four hours of a queue, reloads, and a browser that dies."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from playwright.sync_api import Playwright

from banksampah import clock
from tests.desk.faults import Line
from tests.desk.killing import Battery, Pocket, by_itself
from tests.desk.market import open_market
from tests.desk.tally import Row, differences

HOURS = timedelta(hours=4)
GOODS = {"Besi": 3_800, "Kardus": 1_800, "Koran": 2_400, "Aluminium": 14_000, "Kaleng": 2_000}


class Lived(NamedTuple):
    """What a day came to."""

    rows: list[Row]
    wrong: list[str]
    first: str
    last: str


def without_a_signal(
    app: Flask, port: int, folder: Path, households: int, set_clock: Callable[[Any], None],
    killed_after: tuple[int, ...], reloaded_after: tuple[int, ...],
) -> Lived:  # fmt: skip
    """Weigh five goods of each household, the last with the day's sum; then the signal is back.

    The browser is killed right after the ticks of *killed_after*, the page loaded anew after those
    of *reloaded_after*. Page and books live by one clock, which *set_clock* moves.
    """
    step = HOURS / households

    def work(playwright: Playwright) -> Lived:
        now = clock.now_utc()
        set_clock(lambda: now)
        bank, line = open_market(app, households, GOODS), Line(port)
        battery = Battery(playwright, folder)
        try:
            pocket = Pocket(app, bank, line, battery)
            pocket.phone.close()
            battery.end()
            line.mode = "refuse"
            phone = pocket.open()
            for number in range(1, households + 1):
                now += step
                set_clock(lambda now=now: now)
                phone.ask("(ms) => { thumb.now = ms; }", now.timestamp() * 1000)
                goods = [[name, f"{number % 7 + 1},{place}5"] for place, name in enumerate(GOODS)]
                told = phone.ask("([n, goods]) => thumb.weigh(n, goods)", [number, goods])
                phone.ticked[told["receipt"]] = (number, told["value"])
                if number in killed_after:
                    battery.die()
                    phone = pocket.open()
                elif number in reloaded_after:
                    phone.reload()
            rows = phone.emptied()
            wrong = phone.broken_promises(rows)
            wrong += differences(app, bank.bank_id, {pocket.device_id: rows})
        finally:
            battery.die()
            line.close()
        times = sorted(row["record"]["weighed_at"] for row in rows)
        return Lived(rows, wrong, times[0], times[-1])

    return by_itself(work)
