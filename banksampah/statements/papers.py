"""From a document to the PDF in hand: its title, its file name, its sheets, its words.

Papers are Indonesian whatever language the screens speak.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response
from markupsafe import Markup
from segno import make_qr

from banksampah import codes
from banksampah.catalog.queries import in_sentence
from banksampah.clock import day_in
from banksampah.desk.sheets import (
    BLANK_COLUMNS,
    BLANK_ROWS,
    COLUMNS,
    MEMBERS_ON_A_SHEET,
    Sheet,
)
from banksampah.money import format_idr
from banksampah.statements.queries import (
    DepositReceipt,
    LateDeposit,
    Letterhead,
    Minutes,
    Part,
    Statement,
    WithdrawalReceipt,
)
from banksampah.web import words
from banksampah.web.pdf import PAPERS, percent, print_paper, print_slip

SLIP = "58mm"
LANDSCAPE = {"A4": "landscape-a4.css", "F4": "landscape-f4.css"}
RULE_WORDS_FUNDS_MAX = 4
LEFT_OVER_WHY = {
    "largest": "pecahan terbesar",
    "tie": "pecahan sama besar, menurut urutan aturan",
}
ORIGIN_WORDS = {"bought": "Hasil barang yang dibeli", "donated": "Hasil sampah sedekah"}


@dataclass(frozen=True, slots=True)
class Paper:
    """A printed document and what to call its file."""

    pdf: bytes
    file_name: str


def print_statement(doc: Statement, *, paper: str, printed_at: datetime) -> Paper:
    """The statement on A4 or F4."""
    pdf = print_paper(
        "statement.html",
        sheets=[PAPERS[paper]],
        doc=doc,
        title=f"Rekening koran {doc.member.name}, {words.date_span(doc.since, doc.until)}",
        head=f"Rekening koran · {doc.member.number} {doc.member.name}",
        printed=words.full_time(printed_at, doc.bank.zone),
    )
    return Paper(pdf, f"rekening-koran-{doc.member.number}-{doc.since}-{doc.until}.pdf")


def print_deposit_receipt(
    doc: DepositReceipt, *, printed_at: datetime, slip: bool, check_at: str
) -> Paper:
    """The receipt on A6, or on a 58 mm roll. *check_at* is where its code can be checked."""
    facts = {
        "doc": doc,
        "title": f"Bukti setoran {doc.number}",
        "head": f"Bukti setoran {doc.number}",
        "when": _weighed_when(doc),
        "times": _slip_times(doc),
        "notice": _deposit_notice(doc),
        "proof": proof_of(doc, check_at),
        "printed": words.full_time(printed_at, doc.bank.zone),
    }
    if slip:
        pdf = print_slip("deposit_slip.html", **facts)
    else:
        pdf = print_paper("deposit_receipt.html", sheets=["receipt.css"], **facts)
    return Paper(pdf, f"bukti-setoran-{doc.number}.pdf")


def print_withdrawal_receipt(
    doc: WithdrawalReceipt, *, printed_at: datetime, check_at: str
) -> Paper:
    """Two copies on one A4 sheet, one for each side."""
    member = doc.member
    how = "lewat transfer" if doc.method == "transfer" else "tunai"
    pdf = print_paper(
        "withdrawal_receipt.html",
        sheets=["withdrawal.css"],
        doc=doc,
        title=f"Kwitansi penarikan {doc.number}",
        when=words.full_time(doc.paid_at, doc.bank.zone),
        purpose=", ".join(
            filter(
                None,
                (f"Penarikan tabungan nasabah {member.number}", member.name, member.place, how),
            )
        ),
        notice="Sudah dibatalkan. Kwitansi ini tidak berlaku lagi." if doc.reversed else "",
        proof=proof_of(doc, check_at),
        printed=words.full_time(printed_at, doc.bank.zone),
    )
    return Paper(pdf, f"kwitansi-{doc.number}.pdf")


def print_weighing_sheets(
    sheets: Sequence[Sheet], bank: Letterhead, *, paper: str, printed_at: datetime
) -> Paper:
    """Sheets to weigh by hand, one a page, on A4 or F4 laid sideways."""
    first = sheets[0].number
    place = f"RT {first.rt}" if first.rt else "Tanpa RT"
    title = f"Lembar timbang {place}, {words.long_date(first.day)}"
    pdf = print_paper(
        "weighing_sheet.html",
        sheets=[LANDSCAPE[paper], "weighing_sheet.css"],
        sheets_of_day=sheets,
        bank=bank,
        place=place,
        title=title,
        blank_rows=BLANK_ROWS + MEMBERS_ON_A_SHEET,
        blank_columns=BLANK_COLUMNS,
        columns=COLUMNS,
        printed=words.full_time(printed_at, bank.zone),
    )
    return Paper(pdf, f"lembar-timbang-{first.day}-rt-{first.rt or '00'}.pdf")


def print_minutes(doc: Minutes, *, paper: str, printed_at: datetime) -> Paper:
    """The minutes on A4 or F4; a proposal not approved yet is printed as a draft."""
    number = minutes_number(doc)
    approved = doc.state == "approved"
    heading = "Berita acara pembagian hasil" if approved else "Rancangan pembagian hasil"
    pdf = print_paper(
        "split_minutes.html",
        sheets=[PAPERS[paper], "minutes.css"],
        doc=doc,
        title=f"{heading} nomor {number}",
        head=f"{heading} nomor {number}",
        heading=heading,
        number=number,
        approved=approved,
        notice=_minutes_notice(doc),
        rule_words=_rule_words(doc),
        notes=_minutes_notes(doc),
        late_why=[_late_why(one) for one in doc.late],
        origin_words=ORIGIN_WORDS,
        signers=_signers(doc.bank) if approved else [],
        printed=words.full_time(printed_at, doc.bank.zone),
    )
    return Paper(pdf, f"berita-acara-{doc.seq:05}.pdf")


def minutes_number(doc: Minutes) -> str:
    """The number an office files it under: "00045/BA-PH/RW17/XI/2026"."""
    day = doc.decided_on or doc.sold_on
    month = words.ROMAN_MONTHS[day.month - 1]
    parts = (f"{doc.seq:05}", "BA-PH", doc.bank.rw.replace(" ", ""), month, str(day.year))
    return "/".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Proof:
    """What lets anybody check a paper: a QR code, the code beneath it, where to type that."""

    picture: str
    code: str
    place: str


def proof_of(doc: DepositReceipt | WithdrawalReceipt, check_at: str) -> Proof | None:
    """The proof of a document in the books, to be checked at *check_at*."""
    if doc.seal is None:
        return None
    tag = doc.seal.digits[: codes.TAG_CHARS]
    code = codes.printed_code(doc.number, tag)
    qr = make_qr(f"{check_at}/{codes.address_code(doc.number, tag)}", error="m")
    picture = qr.svg_inline(
        border=0, omitsize=True, svgclass=None, lineclass=None,
        title=f"Kode QR untuk memeriksa {doc.number}, {code}",
    )  # fmt: skip
    place = check_at.partition("//")[2].removesuffix("/v") + "/periksa"
    # The press reads XML. Our own drawing: no text of anybody's is in it.
    picture = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return Proof(Markup(picture), code, place)


def _weighed_when(doc: DepositReceipt) -> str:
    """The weighing's moment; for one entered later, its day and the day of writing."""
    moment = _moment(doc)
    when = words.full_time(moment, doc.bank.zone) if moment else words.full_date(doc.weighed_on)
    if _is_of_its_day(doc, doc.recorded_at):
        return when
    return f"{when}, dicatat {words.full_time(doc.recorded_at, doc.bank.zone)}"


def _slip_times(doc: DepositReceipt) -> list[tuple[str, str]]:
    """The same on a narrow slip, in rows: when it was weighed, and when it was entered if later."""
    moment, zone = _moment(doc), doc.bank.zone
    weighed = words.slip_time(moment, zone) if moment else words.slip_date(doc.weighed_on)
    rows = [("Waktu", weighed)]
    if not _is_of_its_day(doc, doc.recorded_at):
        rows.append(("Dicatat", words.slip_time(doc.recorded_at, zone)))
    return rows


def _moment(doc: DepositReceipt) -> datetime | None:
    """When it was weighed, as the phone told it, or when it was entered that day."""
    known = (moment for moment in (doc.weighed_at, doc.recorded_at) if moment is not None)
    return next((moment for moment in known if _is_of_its_day(doc, moment)), None)


def _is_of_its_day(doc: DepositReceipt, moment: datetime) -> bool:
    return day_in(doc.bank.zone, moment) == doc.weighed_on


def _deposit_notice(doc: DepositReceipt) -> str:
    paid = "Sudah dibayar tunai, tidak masuk tabungan." if doc.paid_in_cash else ""
    return " ".join(filter(None, (_told_notice(doc), _changed_notice(doc), paid)))


def _told_notice(doc: DepositReceipt) -> str:
    """Where the household was told something else at the scale."""
    if doc.told_idr is None:
        return ""
    return f"HP menyebut {format_idr(doc.told_idr)}. Di buku {format_idr(doc.value_idr)}."


def _changed_notice(doc: DepositReceipt) -> str:
    if doc.changed_on is None:
        return ""
    day = words.long_date(doc.changed_on)
    if doc.reversed:
        return f"Dibatalkan {day}, catatan {doc.changed_seq}. Bukti ini tidak berlaku lagi."
    return f"Diubah {day}, catatan {doc.changed_seq}. Angka terbaru ada di rekening koran."


def _minutes_notice(doc: Minutes) -> str:
    day = words.long_date(doc.decided_on) if doc.decided_on else ""
    reason = f" Alasan: {doc.reason.rstrip('.')}." if doc.reason else ""
    return {
        "pending": "Belum disetujui. Rancangan ini berlaku setelah disetujui.",
        "approved": "",
        "rejected": f"Ditolak {day} oleh {doc.decided_by or 'pengurus'}.{reason}",
        "released": f"Tidak berlaku: penjualannya dibatalkan {day}.",
        "reversed": f"Tidak berlaku: persetujuannya dibatalkan {day}.{reason}",
    }[doc.state]


def _rule_words(doc: Minutes) -> str:
    """The rule in one breath, if there is only one: "30 % lingkungan, 70 % sosial"."""
    shares = {tuple((line.fund, line.weight_ppm or 0) for line in part.lines) for part in doc.parts}
    if len(shares) > 1 or None in {part.rule for part in doc.parts}:
        return ""
    (lines,) = shares
    if len(lines) > RULE_WORDS_FUNDS_MAX:
        return ""
    return ", ".join(
        f"{percent(ppm)} {in_sentence(fund.removeprefix('Dana '))}" for fund, ppm in lines
    )


def _minutes_notes(doc: Minutes) -> list[str]:
    rules = list(dict.fromkeys(_rule_note(part) for part in doc.parts))
    if len(rules) > 1:
        rules = [f"{ORIGIN_WORDS[part.origin]}: {_rule_note(part)}" for part in doc.parts]
    lines = [line for part in doc.parts for line in part.lines]
    for reason, why in LEFT_OVER_WHY.items():
        if lucky := [line.fund for line in lines if line.reason == reason]:
            left_over = f"Sisa pembulatan {format_idr(len(lucky))} masuk ke"
            rules.append(f"{left_over} {_listed(list(dict.fromkeys(lucky)))}, {why}.")
    if doc.state != "approved":
        return rules
    proposed = f"Diusulkan oleh {doc.proposed_by}. " if doc.proposed_by else ""
    return [*rules, f"{proposed}Disetujui oleh {doc.decided_by or 'aturan bank'}."]


def _late_why(one: LateDeposit) -> str:
    """Why a deposit came after its time was divided."""
    came, booked = words.short_date(one.came_on), words.short_date(one.booked_on)
    if one.way == "phone":
        held = f", disahkan {booked}" if one.booked_on > one.came_on else ""
        return f"Dikirim {one.paper_number} pada {came}{held}"
    if one.way == "sheet":
        return f"Lembar {one.paper_number} diketik {came}"
    return f"Dicatat {came}"


def _rule_note(part: Part) -> str:
    if part.rule is None:
        return "Bagian ditetapkan pengurus, tanpa aturan."
    since = words.long_date(part.rule.valid_from)
    return f"Aturan “{part.rule.name}” versi {part.rule.version}, berlaku sejak {since}."


def _listed(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} dan {last}" if others else last


def _signers(bank: Letterhead) -> list[list[str]]:
    """Who signs, three in a row: each as the lines above the signature."""
    head = ["Mengetahui,", f"Ketua {bank.rw}"] if bank.rw else ["Mengetahui,"]
    return [["Ketua,"], ["Bendahara,"], ["Sekretaris,"], ["Saksi,"], head, ["Saksi,"]]


def as_response(paper: Paper) -> Response:
    """The PDF, to be shown by the browser and saved under its own name."""
    response = Response(paper.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{paper.file_name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
