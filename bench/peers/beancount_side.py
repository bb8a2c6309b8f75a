"""Beancount: a journal is a text, loaded whole before anything is known of it."""

import sys
from typing import Any

from answering import answer
from beancount import loader
from beancount.core.data import Transaction
from beancount.core.inventory import Inventory


class Side:
    """A file of Beancount, and its entries once loaded."""

    def __init__(self, path: str):
        self.path = path
        self.entries: list[Any] = []

    def load(self) -> dict[str, int]:
        """Load the file as `bean-check` does, without a cache."""
        self.entries, errors, _options = loader.load_file(self.path)
        transactions = sum(isinstance(entry, Transaction) for entry in self.entries)
        return {"transactions": transactions, "errors": len(errors)}

    def balance(self, account: str) -> str:
        """What *account* holds, from the loaded entries."""
        total = Inventory()
        for entry in self.entries:
            if isinstance(entry, Transaction):
                for posting in entry.postings:
                    if posting.account == account:
                        total.add_position(posting)
        return str(total.get_currency_units("IDR").number)


def main() -> None:
    loader.initialize(False)  # no cache: a second load must load
    side = Side(sys.argv[1])
    answer({"load": side.load, "balance": side.balance})


if __name__ == "__main__":
    main()
