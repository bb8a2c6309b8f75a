"""Columns that no proof speaks of, each with the reason. Every other column is proven.

A column that is neither proven nor listed here fails the proof of tampering: who adds one decides.
"""

PERSONAL = "personal: it can be put right and erased, and is never sealed"
WORDS = "words about a thing: they may be changed, the journal says when and by whom"
TYPED = "sealed only in the fingerprint of what was typed, which cannot be worked out again"
SECRET = "a secret or its use: of the installation, not of a bank's books"
PEOPLE = "people of the installation; what they may do in a bank is proven (staff_role)"
PHONE = "what a phone sent and how it was taken in; the deposit that came of it is sealed itself"
HABIT = "a wish about deposits to come; each deposit seals what was done"

OUTSIDE: dict[str, str] = {
    "alembic_version.*": "the schema itself is compared with what the migrations build",
    "api_token.*": SECRET,
    "staff_session.*": SECRET,
    "sign_in_attempt.*": SECRET,
    "staff_totp.*": SECRET,
    "staff_recovery.*": SECRET,
    "member_session.*": SECRET,
    "user.*": PEOPLE,
    "region_reader.*": PEOPLE,
    "bulk.*": "empty but within an import: a row that stays forbids the commit",
    "desk_device.*": PHONE,
    "desk_epoch.*": PHONE,
    "desk_flag.*": "what was decided, by whom and by which entry is proven by `verify` (tests/desk/test_decided.py: this town has"
    " no phones); what still waits is not",
    "desk_gap.*": PHONE,
    "desk_intake.*": f"{PHONE}; that one which was left out of the books was decided to be is proven too",
    "desk_newcomer.*": PERSONAL,
    "desk_pin.*": SECRET,
    "desk_record.*": PHONE,
    "desk_suspense.*": "sum and settlement are proven by `verify` (tests/desk/test_titipan.py: this town has no phones); for whom it"
    " was meant is not, and a row that still waits may go unseen",
    "desk_phone_day.*": "worked out anew from the books at each deposit; it decides what is asked about, not what is booked",
    "deposit_surplus.*": "sum and settlement are proven by `verify` (tests/deposits/test_surplus.py: in this town nobody who left is"
    " put right); for whom it waits is not",
    "weighing_session.*": PHONE,
    "late_sheet.*": "who has looked at a sheet of paper; the sheet's own entry is sealed",
    "member_person.*": PERSONAL,
    "entry_note.*": PERSONAL,
    "member.name": PERSONAL,
    "member.rt": PERSONAL,
    "member.rw": PERSONAL,
    "member.house_no": PERSONAL,
    "member.phone": PERSONAL,
    "member.sex": PERSONAL,
    "member.pin_hash": SECRET,
    "member.opened_on": PERSONAL,
    "member.kind": HABIT,
    "member.delivery": HABIT,
    "member.price_class": HABIT,
    "bank.slug": WORDS,
    "bank.name": WORDS,
    "bank.short_note": WORDS,
    "bank.address": WORDS,
    "bank.rw": WORDS,
    "bank.kelurahan": WORDS,
    "bank.kecamatan": WORDS,
    "bank.city": WORDS,
    "bank.paper": WORDS,
    "bank.phone": WORDS,
    "bank.opening_hours": WORDS,
    "material.name": WORDS,
    "material.category": WORDS,
    "material.grade": WORDS,
    "material.family": WORDS,
    "material.reporting_class": WORDS,
    "material.sipsn_class": WORDS,
    "material.equivalent_g": WORDS,
    "material.hazardous": WORDS,
    "material.usual_max_g": WORDS,
    "material.aliases": WORDS,
    "material.retired_on": WORDS,
    "fund.name": "of the five funds every bank begins with the name is only a word; a named cause's is sealed",
    "fund.purpose": WORDS,
    "split_rule.name": WORDS,
    "price_list.source": WORDS,
    "buyer.*": WORDS,
    "sale.buyer_id": TYPED,
    "sale.note_number": TYPED,
    "sale_line.is_told": TYPED,
    "sale_cost.kind": TYPED,
    "deposit.delivery": TYPED,
    "deposit_line.price_class": "which list the price came from; the price itself is sealed",
}  # fmt: skip


def is_outside(table: str, column: str) -> bool:
    """Whether no proof speaks of this column."""
    return f"{table}.{column}" in OUTSIDE or f"{table}.*" in OUTSIDE
