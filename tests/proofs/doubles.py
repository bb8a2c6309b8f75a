"""Proof 5: one key, one entry, one answer: at once, after a lost answer, a restart, 90 days."""

import argparse
import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.proofs.banks import Bank, open_banks
from tests.proofs.clients import ADDRESSES, Line
from tests.proofs.places import ENGINES, Place, Server, canonical, new_key, place, verify
from tests.proofs.proxy import Thief
from tests.proofs.shift import DAYS_90_S, Clock

FAN = 50
KEYS = 2_000
Asked = tuple[str, dict[str, Any]]
"""A verb and what it asks."""


@dataclass
class Doubled:
    """What a run came to."""

    keys: int = 0
    sent: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.keys:,} keys, {self.sent:,} requests; {len(self.faults)} faults"


class Sender:
    """Sends writes under keys to one bank, and compares the answers."""

    def __init__(self, at: Place, bank: Bank, server: Server):
        self.at, self.bank, self.server = at, bank, server
        self.result = Doubled()
        self.line = Line(server.port)

    def send(self, line: Line, asked: Asked, key: str) -> tuple[int, str]:
        """Status and answer, one text for one answer."""
        self.result.sent += 1
        verb, body = asked
        status, answer, _ = line.send(
            "POST",
            self.bank.path(ADDRESSES[verb]),
            body,
            token=self.bank.tokens["treasurer"],
            key=key,
        )
        return status, canonical(answer)

    def at_once(self, asked: Asked, fan: int, lines: list[Line]) -> tuple[str, str]:
        """*fan* requests of one key from as many connections; the key and the one answer."""
        key, answers, ready = new_key(), [], threading.Barrier(fan)

        def one(line: Line) -> None:
            ready.wait()
            answers.append(self.send(line, asked, key))

        threads = [threading.Thread(target=one, args=(line,)) for line in lines[:fan]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(answers) != fan or len(set(answers)) != 1 or answers[0][0] != 201:
            self.result.faults.append(f"{asked} under {key}: {sorted(set(answers))}")
        self.result.keys += 1
        return key, answers[0][1] if answers else ""

    def after_a_lost_answer(self, asked: Asked, thief: Thief) -> tuple[str, str]:
        """The answer is stolen on the way; asked again, the same one comes."""
        key, cut = new_key(), Line(thief.port)
        try:
            self.send(cut, asked, key)
            self.result.faults.append(f"{asked}: the answer was not stolen")
        except (OSError, http.client.HTTPException):
            pass
        stolen = canonical(json.loads(thief.stolen[-1]))
        self.again(asked, key, stolen, "after a lost answer")
        self.result.keys += 1
        return key, stolen

    def again(self, asked: Asked, key: str, first: str, when: str) -> None:
        """The same again: the first answer. Other content: refused."""
        status, answer = self.send(self.line, asked, key)
        if (status, answer) != (201, first):
            self.result.faults.append(f"{asked} {when}: {status} {answer}, first {first}")
        verb, body = asked
        other = {**body, **_other(verb, body)}
        status, answer = self.send(self.line, (verb, other), key)
        if status != 422 or json.loads(answer)["code"] != "key_reused":
            self.result.faults.append(f"other content {when}: {status} {answer}")

    def count(self, keys: list[str]) -> None:
        """Each key stands in the journal once."""
        found = self.at.rows(
            "SELECT idem_key, count(*) FROM entry WHERE bank_id = ? GROUP BY idem_key",
            self.bank.bank_id,
        )
        counted = dict(found)
        self.result.faults += [
            f"key {key}: {counted.get(key, 0)} entries" for key in keys if counted.get(key) != 1
        ]


def _other(verb: str, body: dict[str, Any]) -> dict[str, Any]:
    if verb == "ask":
        return {"amount_idr": body["amount_idr"] + 1}
    if verb == "price":
        return {"prices": [{**p, "price_idr": p["price_idr"] + 1} for p in body["prices"]]}
    name = "quantity" if verb == "deposit" else "buyer_quantity"
    return {"lines": [{**line, name: line[name] + 1} for line in body["lines"]]}


def something(bank: Bank, rng: random.Random, today: str) -> Asked:
    """A write that cannot be refused: whoever asks first is answered 201."""
    material = rng.choice(list(bank.prices))
    member = rng.choice(list(bank.numbers))
    goods = {"material_id": material, "quantity": rng.randrange(20_000, 90_000)}
    sold = {"material_id": material, "buyer_quantity": rng.randrange(1, 100), "price_idr": 9_999}
    price = {"material_id": material, "price_idr": rng.randrange(2_000, 9_000)}
    return rng.choice(
        (
            ("deposit", {"member_id": member, "lines": [goods]}),
            ("deposit", {"member_id": member, "lines": [goods]}),
            ("ask", {"member_id": member, "amount_idr": rng.randrange(1, 50)}),
            ("sell", {"buyer_name": "Pengepul", "sold_on": today, "lines": [sold]}),
            ("price", {"valid_from": today, "prices": [price]}),
        )
    )


def double(at: Place, *, seed: int, keys: int, fan: int = FAN, until: float = 0) -> Doubled:
    """*keys* keys, most of them *fan* at once; then the restart and the 90 days for all."""
    rng = random.Random(seed)
    clock = Clock(at.folder)
    (bank,) = open_banks(at, seed=seed)
    server = Server(at, environment=clock.environment)
    server.start()
    thief = Thief(server.port)
    sender = Sender(at, bank, server)
    lines = [Line(server.port) for _ in range(fan)]
    done: list[tuple[Asked, str, str]] = []
    try:
        for asked in _opening(bank):
            done.append((asked, *sender.at_once(asked, 1, lines)))
        for number in range(keys):
            if until and time.monotonic() > until:
                break
            asked = something(bank, rng, clock.today(bank.zone))
            lose = number % 4 == 3
            got = (
                sender.after_a_lost_answer(asked, thief)
                if lose
                else sender.at_once(asked, fan, lines)
            )
            done.append((asked, *got))
        server.kill()
        server.start()
        sender.line.close()  # the old one leads nowhere
        _all_again(sender, done, "after a restart")
        clock.jump(DAYS_90_S)
        _all_again(sender, done, "90 days later")
        sender.count([key for _, key, _ in done])
    finally:
        thief.close()
        for line in (*lines, sender.line):
            line.close()
        server.stop()
    verify(at)
    return sender.result


def _opening(bank: Bank) -> list[Asked]:
    """Something in every passbook and shed, so that nothing later is refused."""
    lines = [{"material_id": material, "quantity": 90_000} for material in bank.prices]
    return [("deposit", {"member_id": member, "lines": lines}) for member in bank.numbers]


def _all_again(sender: Sender, done: list[tuple[Asked, str, str]], when: str) -> None:
    for asked, key, first in done:
        sender.again(asked, key, first, when)


def long(options: argparse.Namespace) -> None:
    """`--rounds` keys (2,000) of 50 requests on each engine, or until `--seconds` are over."""
    engines = options.engine or ENGINES
    for engine in engines:
        until = time.monotonic() + options.seconds / len(engines)
        with place(engine) as at:
            result = double(at, seed=options.seed, keys=options.rounds or KEYS, until=until)
        print(f"{engine:<11} seed {options.seed}: {result}", flush=True)
        assert not result.faults, result.faults[:10]
