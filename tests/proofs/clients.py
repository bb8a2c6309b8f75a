"""Clients that write down what they asked, what was answered, and what they never learned."""

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.proofs.banks import Bank
from tests.proofs.places import new_key
from tests.proofs.shift import Clock, Still

OK, FAIL, UNKNOWN = "ok", "fail", "unknown"
ROLES = {"approve": "chair", "reject": "chair"}  # a second person decides
ADDRESSES = {
    "deposit": "/deposits",
    "undo": "/deposits/{seq}/reversal",
    "ask": "/withdrawals",
    "pay": "/withdrawals/{seq}/payment",
    "refuse": "/withdrawals/{seq}/refusal",
    "sell": "/sales",
    "approve": "/splits/{seq}/approval",
    "reject": "/splits/{seq}/rejection",
    "price": "/price-lists",
}


@dataclass(slots=True)
class Op:
    """One request: when it was sent, and what came of it."""

    bank_id: int
    key: str
    verb: str
    asked: dict[str, Any]
    invoked: float
    days: set[str] = field(default_factory=set)
    """The bank's dates between sending and answer, by the clock the service had."""
    returned: float = float("inf")
    outcome: str = UNKNOWN
    status: int = 0
    answer: Any = None


@dataclass
class History:
    """What all clients wrote down."""

    ops: list[Op] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(op.outcome == outcome and op.verb != "read" for op in self.ops)

    def __str__(self) -> str:
        parts = ", ".join(f"{self.count(o):,} {o}" for o in (OK, FAIL, UNKNOWN))
        return f"{len(self.ops):,} requests ({parts})"


class Line:
    """One client's connection to the service, opened again when it breaks."""

    def __init__(self, port: int, timeout_s: float = 30):
        self.port, self.timeout_s = port, timeout_s
        self._connection: http.client.HTTPConnection | None = None

    def send(
        self, method: str, path: str, body: Any = None, *, token: str = "", key: str = ""
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, answer and headers. Raises OSError or HTTPException when none came."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=self.timeout_s
            )
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            self._connection.request(
                method, path, None if body is None else json.dumps(body), headers
            )
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        kept = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, json.loads(text) if text else None, kept

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Client:
    """One phone: sends, writes down, and tells what it learned."""

    def __init__(self, bank: Bank, port: int, history: History, clock: Clock | Still):
        self.bank, self.history, self.clock = bank, history, clock
        self.line = Line(port)

    def today(self) -> str:
        """The bank's date by the clock that the service has."""
        return self.clock.today(self.bank.zone)

    def write(self, verb: str, asked: dict[str, Any], key: str | None = None) -> Op:
        """Ask for a write, and write down what came of it."""
        op = Op(self.bank.bank_id, key or new_key(), verb, asked, time.monotonic())
        self.history.ops.append(op)
        body = {name: value for name, value in asked.items() if name != "seq"}
        path = self.bank.path(ADDRESSES[verb].format(seq=asked.get("seq")))
        self._ask(op, "POST", path, body)
        return op

    def read(self, member_id: int) -> Op:
        """Ask what a household has."""
        op = Op(self.bank.bank_id, "", "read", {"member_id": member_id}, time.monotonic())
        self.history.ops.append(op)
        self._ask(op, "GET", self.bank.path(f"/members/{member_id}"), None)
        return op

    def get(self, path: str) -> Any:
        """The answer to a question that is not written down; None when none came."""
        try:
            status, answer, _ = self.line.send(
                "GET", self.bank.path(path), token=self.bank.tokens["treasurer"]
            )
        except (OSError, http.client.HTTPException):
            return None
        return answer if status == 200 else None

    def _ask(self, op: Op, method: str, path: str, body: Any) -> None:
        token = self.bank.tokens[ROLES.get(op.verb, "treasurer")]
        try:
            op.status, op.answer, _ = self.line.send(method, path, body, token=token, key=op.key)
        except (OSError, http.client.HTTPException):
            op.days = self.clock.days(op.invoked, time.monotonic(), self.bank.zone)
            time.sleep(0.01)
            return
        op.returned = time.monotonic()
        op.days = self.clock.days(op.invoked, op.returned, self.bank.zone)
        if op.status < 300:
            op.outcome = OK
        elif op.status < 500:
            op.outcome = FAIL


@dataclass
class Pools:
    """What clients may act on next, shared by all of one bank."""

    deposits: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    splits: dict[int, str] = field(default_factory=dict)
    done: list[Op] = field(default_factory=list)


class Desk:
    """Chooses what one client asks next, by its own dice, and learns from the answers."""

    CHOICES: ClassVar = {
        "deposit": 42, "read": 10, "ask": 12, "pay": 8, "refuse": 3, "undo": 5, "sell": 5,
        "decide": 4, "price": 3, "again": 6, "other": 2,
    }  # fmt: skip

    def __init__(self, client: Client, pools: Pools, rng: random.Random):
        self.client, self.pools, self.rng = client, pools, rng
        self._verbs = list(itertools.chain(*([v] * n for v, n in self.CHOICES.items())))

    def step(self) -> None:
        """One request; one that was not answered is sent again, mostly."""
        op = getattr(self, f"_{self.rng.choice(self._verbs)}")()
        tries = 0
        while op is not None and op.outcome == UNKNOWN and op.verb != "read" and tries < 60:
            if self.rng.random() < 0.1:
                return  # this client never learns
            time.sleep(0.25)
            tries += 1
            op = self.client.write(op.verb, op.asked, op.key)
        if op is not None and op.outcome == OK:
            self._learn(op)

    def _learn(self, op: Op) -> None:
        if op.verb == "deposit":
            self.pools.deposits.append(op.answer["seq"])
        elif op.verb == "ask":
            self.pools.requests.append(op.answer["seq"])
        if op.verb != "read" and len(self.pools.done) < 500:
            self.pools.done.append(op)

    def _deposit(self) -> Op:
        lines = [
            {"material_id": self._material(), "quantity": self.rng.randrange(1, 60_000)}
            for _ in range(self.rng.choice((1, 1, 2, 3)))
        ]
        return self.client.write("deposit", {"member_id": self._member(), "lines": lines})

    def _read(self) -> Op:
        return self.client.read(self._member())

    def _ask(self) -> Op:
        amount = self.rng.randrange(1, self.rng.choice((2_000, 50_000, 400_000)))
        return self.client.write("ask", {"member_id": self._member(), "amount_idr": amount})

    def _pay(self) -> Op | None:
        seq = self._one_of(self.pools.requests)
        return seq and self.client.write("pay", {"seq": seq})

    def _refuse(self) -> Op | None:
        seq = self._one_of(self.pools.requests)
        return seq and self.client.write("refuse", {"seq": seq, "reason": "kas kosong"})

    def _undo(self) -> Op | None:
        seq = self._one_of(self.pools.deposits)
        return seq and self.client.write("undo", {"seq": seq, "reason": "double"})

    def _sell(self) -> Op:
        line = {
            "material_id": self._material(),
            "buyer_quantity": self.rng.randrange(1, 300_000),
            "price_idr": self.rng.randrange(100, 12_000),
        }
        asked = {"buyer_name": "Pengepul", "sold_on": self.client.today(), "lines": [line]}
        return self.client.write("sell", asked)

    def _decide(self) -> Op | None:
        listed = self.client.get("/splits?pending=true&limit=20")
        self.pools.splits |= {s["seq"]: s["lines_hash"] for s in (listed or {}).get("items", [])}
        seq = self._one_of(list(self.pools.splits))
        if not seq:
            return None
        if self.rng.random() < 0.5:
            return self.client.write("approve", {"seq": seq, "seen": self.pools.splits[seq]})
        return self.client.write("reject", {"seq": seq, "reason": "aturan lain"})

    def _price(self) -> Op:
        price = {"material_id": self._material(), "price_idr": self.rng.randrange(100, 9_000)}
        return self.client.write("price", {"valid_from": self.client.today(), "prices": [price]})

    def _again(self) -> Op | None:
        """The same request once more: a retry that came late."""
        done = self._one_of(self.pools.done)
        return done and self.client.write(done.verb, done.asked, done.key)

    def _other(self) -> Op | None:
        """Other content under a key that was used."""
        done = self._one_of([op for op in self.pools.done if op.verb == "deposit"])
        if not done:
            return None
        lines = [{**line, "quantity": line["quantity"] + 1} for line in done.asked["lines"]]
        return self.client.write("deposit", {**done.asked, "lines": lines}, done.key)

    def _member(self) -> int:
        return self.rng.choice(list(self.client.bank.numbers))

    def _material(self) -> int:
        return self.rng.choice(list(self.client.bank.prices))

    def _one_of(self, some: list[Any]) -> Any:
        """Mostly one of the newest, where others act too."""
        return self.rng.choice(some[-30:]) if some else None


class Crowd:
    """*count* clients at their desks, on all *banks* in turn, until told to stop."""

    def __init__(
        self,
        banks: list[Bank],
        port: int,
        *,
        count: int,
        seed: int,
        clock: Clock | Still | None = None,
    ):
        self.history = History()
        pools = {bank.bank_id: Pools() for bank in banks}
        self._stopping = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self.broken: list[BaseException] = []
        desks = []
        for number in range(count):
            bank = banks[number % len(banks)]
            client = Client(bank, port, self.history, clock or Still())
            desks.append(Desk(client, pools[bank.bank_id], random.Random(f"{seed}/{number}")))
        self._threads = [threading.Thread(target=self._work, args=(desk,)) for desk in desks]

    def _work(self, desk: Desk) -> None:
        try:
            while not self._stopping.is_set():
                self._going.wait()
                desk.step()
        except BaseException as error:
            self.broken.append(error)
        finally:
            desk.client.line.close()

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Nobody begins anything new meanwhile."""
        self._going.clear()
        yield
        self._going.set()

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._going.set()
        for thread in self._threads:
            thread.join()
        if self.broken:
            raise self.broken[0]
