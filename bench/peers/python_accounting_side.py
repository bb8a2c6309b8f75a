"""python-accounting on SQLite: a cash sale of one line, posted by its own interface."""

import sys
from datetime import datetime
from typing import Any

from answering import answer
from python_accounting.config import config
from python_accounting.database.session import get_session
from python_accounting.models import Account, Base, Currency, Entity, Ledger, LineItem, Transaction
from python_accounting.models.recyclable import Recyclable
from python_accounting.transactions import CashSale
from sqlalchemy import create_engine, event, insert, select

CHUNK = 5_000


class Side:
    """An entity with a bank account and an account of revenue, in the SQLite file at *path*."""

    def __init__(self, path: str):
        self.engine = create_engine(f"sqlite:///{path}").execution_options(
            include_deleted=False, ignore_isolation=False
        )
        event.listen(self.engine, "connect", _as_ours)
        Base.metadata.create_all(self.engine)
        self.session = get_session(self.engine)
        self.entity = self._kept(Entity(name="Bank sampah"))
        currency = self._kept(Currency(name="Rupiah", code="IDR", entity_id=self.entity.id))
        kinds = Account.AccountType
        self.cash, self.revenue = (
            self._kept(
                Account(
                    name=name, account_type=kind, currency_id=currency.id, entity_id=self.entity.id
                )
            )
            for name, kind in (("Kas", kinds.BANK), ("Hasil", kinds.OPERATING_REVENUE))
        )
        self.day = datetime.now().replace(microsecond=0)

    def _kept(self, thing: Any) -> Any:
        self.session.add(thing)
        self.session.commit()
        return thing

    def post(self, count: int) -> None:
        """*count* sales by its interface, each posted and committed."""
        for _ in range(count):
            sale = CashSale(
                narration="Saldo",
                transaction_date=self.day,
                account_id=self.cash.id,
                entity_id=self.entity.id,
            )
            self.session.add(sale)
            self.session.flush()
            line = LineItem(
                narration="Saldo",
                account_id=self.revenue.id,
                amount=1_000,
                entity_id=self.entity.id,
            )
            self.session.add(line)
            self.session.flush()
            sale.line_items.add(line)
            self.session.add(sale)
            sale.post(self.session)

    def fill(self, count: int) -> None:
        """The rows that *count* more sales would write, in bulk, after at least one by `post`.

        Its own interface needs the better part of an hour for a hundred thousand.
        """
        connection = self.session.connection()
        newest = connection.execute(
            select(Transaction.__table__).order_by(Transaction.__table__.c.id.desc()).limit(1)
        ).one()
        first = newest.id
        tables = (Transaction, LineItem, Ledger, Ledger)
        rows = [
            (model.__table__, place, _row(connection, model.__table__, first + place))
            for place, model in enumerate(tables)
        ]
        kinds = [_row(connection, Recyclable.__table__, first + n) for n in range(len(rows))]
        prefix, number = newest.transaction_no.split("/")
        for start in range(1, count + 1, CHUNK):
            steps = range(start, min(start + CHUNK, count + 1))
            made: dict[Any, list[dict[str, Any]]] = {}
            for step in steps:
                self._sale(made, rows, kinds, step, f"{prefix}/{int(number) + step:04}")
            for table, values in made.items():
                connection.execute(insert(table), values)
        self.session.commit()

    def _sale(
        self, made: dict[Any, list[dict[str, Any]]], rows: Any, kinds: Any, step: int, number: str
    ) -> None:
        """The rows of one sale: those of the newest one, *step* sales later."""
        shift = step * len(rows)
        before: Ledger | None = None
        for (table, _place, row), kind in zip(rows, kinds, strict=True):
            changed = {"id": row["id"] + shift}
            for column in ("transaction_id", "line_item_id"):
                if row.get(column) is not None:
                    changed[column] = row[column] + shift
            if "transaction_no" in row:
                changed["transaction_no"] = number
            values = row | changed
            if table is Ledger.__table__:
                entry = Ledger(**values)
                entry.hash = values["hash"] = entry.get_hash(_Before(before))
                before = entry
            made.setdefault(Recyclable.__table__, []).append(kind | {"id": values["id"]})
            made.setdefault(table, []).append(values)

    def balance(self, count: int) -> str:
        """The cash account's balance, *count* times."""
        for _ in range(count):
            found = self.cash.closing_balance(self.session)
        return str(found)

    def rows(self) -> list[str]:
        """Every row of its tables, to compare two ways of writing them."""
        connection = self.session.connection()
        return [
            str(tuple(row))
            for model in (Recyclable, Transaction, LineItem, Ledger)
            for row in connection.execute(select(model.__table__).order_by(model.__table__.c.id))
        ]


class _Before:
    """Gives `Ledger.get_hash` the ledger row before, which is not in the database yet."""

    def __init__(self, row: Ledger | None):
        self.row = row

    def execute(self, _statement: object) -> "_Before":
        return self

    def fetchone(self) -> Ledger | None:
        return self.row


def _row(connection: Any, table: Any, key: int) -> dict[str, Any]:
    return dict(connection.execute(select(table).where(table.c.id == key)).mappings().one())


def _as_ours(connection: Any, _record: object) -> None:
    """The journal mode and the durability that our file has."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def check(folder: str) -> None:
    """That `fill` writes what `post` would have written, row for row. Raises AssertionError."""
    day = datetime(2026, 11, 2, 9)
    sides = [Side(f"{folder}/{name}.db") for name in ("posted", "filled")]
    for side in sides:
        side.day = day
        side.post(1)
    sides[0].post(4)
    sides[1].fill(4)
    posted, filled = (side.rows() for side in sides)
    assert posted == filled, (posted, filled)
    assert sides[0].balance(1) == sides[1].balance(1)


def main() -> None:
    assert "url" in config.database
    if sys.argv[1] == "check":
        check(sys.argv[2])
        return
    side = Side(sys.argv[1])
    answer({"post": side.post, "fill": side.fill, "balance": side.balance})


if __name__ == "__main__":
    main()
