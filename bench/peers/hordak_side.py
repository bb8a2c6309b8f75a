"""django-hordak on PostgreSQL: `Account.transfer_to`, and balances by its database function."""

import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django
from answering import answer
from django.conf import settings


def set_up(url: str) -> None:
    """Django with hordak in the database at *url*, migrated."""
    parts = urlsplit(url)
    place = parse_qs(parts.query)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": parts.username or "",
                "PASSWORD": parts.password or "",
                "HOST": place.get("host", [parts.hostname or ""])[0],
                "PORT": str(parts.port or place.get("port", [""])[0]),
                "CONN_MAX_AGE": None,
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        DEFAULT_CURRENCY="IDR",
        HORDAK_INTERNAL_CURRENCY="IDR",
        HORDAK_CURRENCIES=["IDR"],
        HORDAK_MAX_DIGITS=20,
    )
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 – Django must stand first

    call_command("migrate", verbosity=0)


class Side:
    """Two accounts, and transfers between them."""

    def __init__(self) -> None:
        from hordak.models import Account, AccountType  # noqa: PLC0415 – see set_up

        self.cash = Account.objects.create(
            name="Kas", code="1", type=AccountType.asset, currencies=["IDR"]
        )
        self.opening = Account.objects.create(
            name="Saldo awal", code="2", type=AccountType.equity, currencies=["IDR"]
        )

    def post(self, count: int) -> None:
        """*count* transfers of its own interface, each a durable transaction."""
        from django.db import transaction  # noqa: PLC0415
        from moneyed import Money  # noqa: PLC0415

        for n in range(count):
            with transaction.atomic():
                self.opening.transfer_to(
                    self.cash, Money(1_000 + n % 1_000, "IDR"), description="Saldo"
                )

    def fill(self, count: int) -> None:
        """The rows that *count* transfers write, made in bulk; the database's triggers see them."""
        from django.db import transaction  # noqa: PLC0415
        from hordak.models import Leg, Transaction  # noqa: PLC0415
        from moneyed import Money  # noqa: PLC0415

        for start in range(0, count, 5_000):
            amounts = [
                Money(1_000 + n % 1_000, "IDR") for n in range(start, min(start + 5_000, count))
            ]
            with transaction.atomic():
                made = Transaction.objects.bulk_create(
                    [Transaction(description="Saldo") for _ in amounts]
                )
                legs: list[Any] = []
                for one, amount in zip(made, amounts, strict=True):
                    legs.append(Leg(transaction=one, account=self.opening, credit=amount))
                    legs.append(Leg(transaction=one, account=self.cash, debit=amount))
                Leg.objects.bulk_create(legs)

    def balance(self, count: int) -> str:
        """The cash account's balance, *count* times, the way its manual recommends."""
        from hordak.models import Account  # noqa: PLC0415

        for _ in range(count):
            found = Account.objects.with_balances().get(pk=self.cash.pk).balance
        return str(found["IDR"].amount)

    def balance_by_orm(self, count: int) -> str:
        """The same by the method of an account."""
        for _ in range(count):
            found = self.cash.get_balance()
        return str(found["IDR"].amount)

    def rows(self) -> list[list[str]]:
        """Every transaction and leg without its random id and its time, to compare two ways."""
        from hordak.models import Leg, Transaction  # noqa: PLC0415

        left_out = {"id", "uuid", "timestamp", "transaction_id"}
        return [
            [str(value) for name, value in sorted(row.items()) if name not in left_out]
            for model in (Transaction, Leg)
            for row in model.objects.order_by("id").values()
        ]


def main() -> None:
    set_up(sys.argv[1])
    side = Side()
    answer(
        {
            "post": side.post,
            "fill": side.fill,
            "balance": side.balance,
            "balance_by_orm": side.balance_by_orm,
            "rows": side.rows,
        }
    )


if __name__ == "__main__":
    main()
