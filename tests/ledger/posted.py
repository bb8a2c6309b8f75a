"""Calls of PostgreSQL's own functions by the service's login: each right but for one thing."""

from banksampah.ledger.chart import CASH, OPENING

RIGHT = {
    "p_bank": "1",
    "p_kinds": "ARRAY['x']",
    "p_effective_on": "ARRAY['2026-11-21'::date]",
    "p_occurred_on": "ARRAY['2026-11-21'::date]",
    "p_recorded_ms": "ARRAY[1]::bigint[]",
    "p_keys": "ARRAY['alone']",
    "p_request_hashes": "ARRAY[repeat('a', 64)]",
    "p_actors": "ARRAY[1]::bigint[]",
    "p_approvers": "ARRAY[NULL]::bigint[]",
    "p_reverses": "ARRAY[NULL]::bigint[]",
    "p_resolves": "ARRAY[NULL]::bigint[]",
    "p_bodies": "ARRAY['{}']",
    "p_of": "ARRAY[1, 1]",
    "p_lines": "ARRAY[1, 2]",
    "p_accounts": f"ARRAY[{CASH}, {OPENING}]::bigint[]",
    "p_units": "ARRAY['IDR', 'IDR']",
    "p_amounts": "ARRAY[5, -5]::bigint[]",
    "p_helds": "ARRAY[0, 0]::bigint[]",
}
TWO = {
    name: f"{value} || {value.replace('alone', 'alone2')}"
    for name, value in RIGHT.items()
    if name not in {"p_bank", "p_of", "p_accounts", "p_amounts"}
} | {
    "p_of": "ARRAY[1, 1, 2, 2]",
    "p_accounts": f"ARRAY[{CASH}, {OPENING}, {CASH}, {OPENING}]::bigint[]",
}
"""Two entries at once, but for their amounts."""
MANY = "SELECT array_agg({}) FROM generate_series(1, 2002) n"
IDR = "'IDR'::text"
FUND = 3
"""The entry of the kept books that put money into the till."""


def posted(**changed: str) -> str:
    """The call that is right, with the lists that are given instead."""
    facts = RIGHT | changed
    return (
        f"SELECT post_entries({', '.join(f'{name} => {value}' for name, value in facts.items())})"
    )


def accounts(code: str = "9000.1", unit: str = "IDR", sign: int = 1) -> str:
    return (
        f"SELECT open_accounts(1, ARRAY[900001]::bigint[], ARRAY['{code}'], ARRAY['{unit}'],"
        f" ARRAY[{sign}], ARRAY[false])"
    )


def _bound(name: str) -> str:
    beyond = 10**15 + 1
    return posted(**{name: f"ARRAY[{beyond}, -{beyond}]::bigint[]"})


HELD = posted(p_accounts=f"ARRAY[{CASH}]::bigint[]", p_units="ARRAY['IDR']", p_of="ARRAY[1]",
              p_lines="ARRAY[1]", p_amounts="ARRAY[0]::bigint[]", p_helds="ARRAY[7]::bigint[]",
              p_keys="ARRAY['held']")  # fmt: skip
"""Seven rupiah of the till are held, by entry 5."""


def _release(held: int, resolves: str) -> str:
    return posted(p_accounts=f"ARRAY[{CASH}]::bigint[]", p_units="ARRAY['IDR']", p_of="ARRAY[1]",
                  p_lines="ARRAY[1]", p_amounts="ARRAY[0]::bigint[]",
                  p_helds=f"ARRAY[{held}]::bigint[]", p_resolves=f"ARRAY[{resolves}]::bigint[]")  # fmt: skip


CALLS = {
    "a list that is shorter": [posted(p_approvers="ARRAY[]::bigint[]")],
    "a day of a closed month": [posted(p_effective_on="ARRAY['2026-09-15'::date]")],
    "a line left out": [posted(p_lines="ARRAY[1, 3]")],
    "legs for the entry before": [posted(p_of="ARRAY[0, 0]", p_lines="ARRAY[98, 99]")],
    "legs before their turn, in no seal": [
        posted(**TWO | {"p_of": "ARRAY[2, 2, 1, 1]"}, p_amounts="ARRAY[5, -5, 6, -6]::bigint[]")
    ],
    "a first entry before all time": [posted(p_bank="2", p_recorded_ms="ARRAY[0]::bigint[]")],
    "a note on another bank's entry": [
        posted(p_bank="2"),
        "SELECT set_config('app.bank_id', '1', false)",
        "INSERT INTO entry_note (bank_id, seq, note) VALUES (2, 1, 'x')",
    ],
    "not balanced": [posted(p_amounts="ARRAY[5, -4]::bigint[]")],
    "a reversal that is no mirror": [posted(p_reverses=f"ARRAY[{FUND}]::bigint[]")],
    "half a release": [HELD, _release(-3, "5")],
    "a release that resolves nothing": [HELD, _release(-7, "NULL")],
    "more than is in the till": [posted(p_amounts=f"ARRAY[{-(10**14)}, {10**14}]::bigint[]")],
    "more than is in the till, for a moment": [
        posted(**TWO, p_amounts=f"ARRAY[{-(10**14)}, {10**14}, {10**14}, {-(10**14)}]::bigint[]")
    ],
    "a key used before": [posted(p_keys="ARRAY['k1']")],
    "an account with a code that is there": [accounts(code="2100.017")],
    "a kind with a sign": [posted(p_kinds="ARRAY['x!']")],
    "a day of another millennium": [posted(p_effective_on="ARRAY['3000-01-01'::date]")],
    "a weighing of another millennium": [posted(p_occurred_on="ARRAY['1999-12-31'::date]")],
    "a key with a space": [posted(p_keys="ARRAY['a b']")],
    "a fingerprint that is none": [posted(p_request_hashes="ARRAY['x']")],
    "a body of two lines": [posted(p_bodies="ARRAY[E'{\\n}']")],
    "a line too many": [
        posted(
            p_of=f"({MANY.format('1')})", p_lines=f"({MANY.format('n::int')})",
            p_accounts=f"({MANY.format(f'{CASH}::bigint')})", p_units=f"({MANY.format(IDR)})",
            p_amounts=f"({MANY.format('(CASE WHEN mod(n, 2) = 0 THEN 1 ELSE -1 END)::bigint')})",
            p_helds=f"({MANY.format('0::bigint')})",
        )
    ],
    "an amount beyond all": [_bound("p_amounts")],
    "a hold beyond all": [
        posted(p_accounts=f"ARRAY[{OPENING}, {OPENING}]::bigint[]",
               p_helds=f"ARRAY[{10**15 + 1}, 0]::bigint[]")
    ],
    "a leg that moves nothing": [posted(p_amounts="ARRAY[0, 0]::bigint[]")],
    "an account without a code": [accounts(code="")],
    "an account in pounds": [accounts(unit="LB")],
    "an account of sign two": [accounts(sign=2)],
    "an empty note": [
        f"INSERT INTO entry_note (bank_id, seq, note) VALUES (1, {FUND}, '')",
    ],
    "a month closed without its entry": ["SELECT close_period(1, '2026-10-31', 3)"],
}  # fmt: skip
"""By what is wrong: the calls, of which the last must be refused."""
