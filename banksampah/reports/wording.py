"""The proof in sentences: what a check compares, its two figures, what to do when they differ."""

from collections.abc import Iterable
from typing import NamedTuple

from flask_babel import gettext

from banksampah import codes
from banksampah.catalog.wording import CLASS_WORDS, SIPSN_WORDS
from banksampah.money import decimals_for, format_idr, format_kg, format_number
from banksampah.reports.downloads import Cell, Kg, Table
from banksampah.reports.queries.month import ClassWeight, MonthReport, Moved
from banksampah.reports.queries.proof import TAIL_ENTRIES, Check, ProofOfBooks, Term
from banksampah.reports.queries.region import RegionMonth
from banksampah.wording import gettext_noop as _n

FAULTS_SHOWN = 20


def _(sentence: str, **parts: str) -> str:
    return str(gettext(sentence, **parts))


TERMS = {
    "cash": _n("kas dan bank"),
    "receivable": _n("piutang pengepul"),
    "stock": _n("stok"),
    "member_debt": _n("piutang nasabah"),
    "savings": _n("tabungan"),
    "suspense": _n("titipan"),
    "payable": _n("utang"),
    "funds": _n("dana"),
    "result": _n("sisa usaha"),
    "came": _n("masuk"),
    "sold": _n("dijual"),
    "processed": _n("diolah"),
    "shrink": _n("susut"),
    "residue": _n("residu"),
    "withdrawals": _n("penarikan"),
    "splits": _n("pembagian"),
}
GOODS_TERMS = {"stock": _n("tersimpan")}


class Spoken(NamedTuple):
    """A check as the page shows it."""

    ok: bool
    heading: str
    equation: str
    explanation: str
    difference: str


class ToDo(NamedTuple):
    """What to do first about a difference."""

    what: str
    value: str
    detail: str
    path: str


def spoken(proof: ProofOfBooks, since: str, seal: str | None, *, is_staff: bool) -> list[Spoken]:
    """Every check in words, the chain after the sums, what a replay adds at the end."""
    said = [
        Spoken(
            check.ok,
            heading(check),
            equation(check),
            _explanation(check, proof, since),
            difference(check),
        )
        for check in proof.checks
    ]
    return [*said, _chain(proof, seal, is_staff), *_replayed(proof)]


def heading(check: Check) -> str:
    """What the check compares."""
    count = format_number(check.counted)
    if check.name.startswith("goods_"):
        return {
            "G": _("Sampah masuk = dijual + tersimpan + susut"),
            "PCS": _("Barang hitungan masuk = dijual + tersimpan + susut"),
            "ML": _("Cairan masuk = dijual + tersimpan + susut"),
        }[check.unit]
    return {
        "debit_credit": _("Debit sama dengan kredit"),
        "have_owe": _("Yang kita punya = yang kita pegang untuk orang lain"),
        "passbooks": _("Jumlah saldo %(n)s nasabah = akun Tabungan", n=count),
        "splits": _("Semua pembagian pas sampai rupiah terakhir"),
        "held": _("Uang tertahan = yang menunggu keputusan"),
    }[check.name]


def equation(check: Check) -> str:
    """The two sums with their addends: `Rp48.216.350 = Rp48.216.350`."""
    sign = "=" if check.left_sum == check.right_sum else "≠"
    left = sentence_case(_side(check, check.left, with_unit=True))
    return f"{left} {sign} {_side(check, check.right, with_unit=False)}"


def difference(check: Check) -> str:
    """By how much the two sums differ; "" when they agree."""
    return _figure(check, check.difference, with_unit=True) if check.difference else ""


def verdict(proof: ProofOfBooks) -> str:
    """The sentence under "n dari m tidak cocok"."""
    failed = [check for check in proof.checks if not check.ok]
    if not failed:
        return _("Ada catatan yang tidak sama dengan hitungan ulang. Hentikan pembayaran dulu.")
    first = failed[0]
    return _(
        "%(heading)s: berselisih %(difference)s. Hentikan pembayaran sampai jelas.",
        heading=heading(first),
        difference=difference(first) or _("pada satu akun"),
    )


def to_do(proof: ProofOfBooks, is_staff: bool) -> list[ToDo]:
    """What to do, the nearest thing first. Villagers are told whom to tell; no household named."""
    if not proof.failed_count:
        return []
    if not is_staff:
        what = _("Beri tahu bendahara dan pengawas")
        return [ToDo(what, "", _("Sebutkan pemeriksaan yang tidak cocok dan selisihnya."), "")]
    steps = [*_differing_books(proof.checks), *_replay_faults(proof)]
    if not proof.replayed:
        what = _("Ketuk Hitung ulang")
        steps.append(ToDo(what, "", _("Catatan yang berbeda ditunjukkan satu per satu."), ""))
    return steps


def _differing_books(checks: Iterable[Check]) -> Iterable[ToDo]:
    for check in checks:
        for book in check.differing[:FAULTS_SHOWN]:
            number = book.code.partition(".")[2]
            yield ToDo(
                _("Jangan bayar penarikan nasabah %(number)s sampai jelas", number=number),
                format_idr(book.difference_idr),
                _(
                    "Buku %(book)s, akun %(account)s",
                    book=format_idr(book.book_idr),
                    account=format_idr(book.account_idr),
                ),
                f"/nasabah?cari={number}",
            )


def _replay_faults(proof: ProofOfBooks) -> Iterable[ToDo]:
    for fault in proof.faults[:FAULTS_SHOWN]:
        if fault.seq is None:
            yield ToDo(_("Periksa akun"), "", fault.fact, "")
        else:
            what = _("Buka catatan %(seq)s", seq=format_number(fault.seq))
            yield ToDo(what, "", fault.fact, f"/pembukuan/jurnal/{fault.seq}")


def _explanation(check: Check, proof: ProofOfBooks, since: str) -> str:
    """What was added up; of a check that failed, what to do."""
    if not check.ok:
        return _remedy(check)
    if check.name.startswith("goods_"):
        return {
            "G": _("Dalam kilogram, untuk semua jenis."),
            "PCS": _("Dalam buah, untuk semua jenis."),
            "ML": _("Dalam liter, untuk semua jenis."),
        }[check.unit]
    count, entries = format_number(check.counted), format_number(proof.entries_count)
    return {
        "debit_credit": _(
            "Setiap catatan seimbang; %(n)s catatan sejak %(day)s.", n=entries, day=since
        ),
        "have_owe": _("Kas, bank dan stok di satu sisi; tabungan warga dan dana di sisi lain."),
        "passbooks": _("Saldo tiap buku tabungan dijumlahkan lagi dari setoran pertama."),
        "splits": _("Bagian dijumlahkan lagi untuk %(n)s pembagian.", n=count),
        "held": _("%(n)s usulan menunggu; uangnya belum bisa dipakai.", n=count)
        if check.counted
        else _("Tidak ada usulan yang menunggu."),
    }[check.name]


def _remedy(check: Check) -> str:
    if check.name.startswith("goods_"):
        return _("Timbang stok, lalu cocokkan dengan kartu stok tiap jenis.")
    return {
        "debit_credit": _("Saldo sebuah akun berubah di luar catatan. Hitung ulang mencarinya."),
        "have_owe": _("Selesaikan dulu pemeriksaan lain yang tidak cocok, lalu hitung ulang."),
        "passbooks": _("Tahan penarikan nasabah yang bukunya berbeda sampai jelas."),
        "splits": _("Jangan pakai dana dari pembagian itu sampai bagiannya jelas."),
        "held": _("Cocokkan daftar penarikan dan pembagian yang menunggu."),
    }[check.name]


def _chain(proof: ProofOfBooks, seal: str | None, is_staff: bool) -> Spoken:
    last = _("Catatan 1 sampai %(n)s", n=format_number(proof.entries_count))
    if seal:
        last = _(
            "%(entries)s · segel terakhir %(seal)s",
            entries=last,
            seal=codes.printed_seal(proof.entries_count, seal),
        )
    ok = not proof.chain_faults
    if not ok:
        explanation = _("Ada catatan yang tidak sama dengan segelnya. Jangan menutup buku.")
    elif proof.replayed:
        explanation = _("Tidak ada catatan yang hilang, disisipkan atau diubah.")
    else:
        count = format_number(min(TAIL_ENTRIES, proof.entries_count))
        explanation = _("Segel %(n)s catatan terakhir dihitung lagi.", n=count)
        if is_staff:
            explanation += " " + _("Hitung ulang memeriksa semuanya dari yang pertama.")
    return Spoken(ok, _("Rantai catatan utuh"), last, explanation, "")


def _replayed(proof: ProofOfBooks) -> Iterable[Spoken]:
    """What only a replay can tell: balances and documents worked out from the first entry."""
    if not proof.replayed:
        return
    for faults, said, explanation in (
        (
            proof.balance_faults,
            _("Semua saldo dihitung lagi dari catatan pertama"),
            _("Saldo hari ini, saldo tiap hari, dan saldo tutup buku."),
        ),
        (
            proof.document_faults,
            _("Semua dokumen dihitung lagi"),
            _("Setoran, penjualan, pembagian, penarikan dan stok, satu per satu."),
        ),
    ):
        count = format_number(len(faults))
        found = _("%(n)s perbedaan", n=count) if faults else _("Tidak ada perbedaan")
        yield Spoken(not faults, said, found, explanation, "")


def name_of(term: Term) -> str:
    """What an addend is called, with a capital."""
    return sentence_case(_(TERMS[term.name]))


def sentence_case(words: str) -> str:
    """*words* with a capital at the front."""
    return words[:1].upper() + words[1:]


def _side(check: Check, terms: tuple[Term, ...], *, with_unit: bool) -> str:
    """Addends joined by + and −, each named where the check has several; the unit said once."""
    labels = TERMS | GOODS_TERMS if check.name.startswith("goods_") else TERMS
    named = len(check.left) + len(check.right) > 2
    words: list[str] = []
    for term in terms:
        sign = "" if not words and term.amount >= 0 else "− " if term.amount < 0 else "+ "
        label = f"{_(labels[term.name])} " if named and term.name in labels else ""
        figure = _figure(check, abs(term.amount), with_unit=with_unit and not words)
        words.append(f"{sign}{label}{figure}")
    return " ".join(words)


def _figure(check: Check, amount: int, *, with_unit: bool) -> str:
    if check.unit == "IDR":
        return format_idr(amount)
    if check.unit == "PCS":
        return f"{format_number(amount)} {_('buah')}" if with_unit else format_number(amount)
    decimals = decimals_for([term.amount for term in (*check.left, *check.right)])
    figure = format_kg(amount, decimals)
    unit = "kg" if check.unit == "G" else _("liter")
    return f"{figure} {unit}" if with_unit else figure


def month_tables(report: MonthReport) -> list[Table]:
    """A bank's month for a spreadsheet: the figures of its page."""
    heading = (
        _("Kode"), _("Jenis sampah"), _("Satuan"), _("Stok awal"), _("Masuk"), _("Dijual"),
        _("Lainnya"), _("Stok akhir"), _("Nilai masuk (Rp)"), _("Hasil jual (Rp)"),
        _("Nilai stok akhir (Rp)"),
    )  # fmt: skip
    rows = [
        (
            line.material.code, line.material.label, _UNITS[line.material.unit],
            *(_quantity(n, line.material.unit) for n in (
                line.goods.opening, line.goods.came, line.goods.went, line.goods.other,
                line.goods.closing,
            )),
            line.credited_idr, line.sold_idr, line.value_idr,
        )
        for line in report.lines
    ]  # fmt: skip
    return [
        Table(_("Ringkasan"), (_("Keterangan"), _("Angka")), _summary(report, report.savings)),
        Table(_("Jenis sampah"), heading, rows),
        *_class_tables(report.reporting_classes, report.sipsn_classes),
    ]


def region_tables(report: RegionMonth) -> list[Table]:
    """A kelurahan's month for a spreadsheet."""
    named: list[tuple[Cell, ...]] = [
        (_("Kelurahan"), report.region.kelurahan),
        (_("Kecamatan"), report.region.kecamatan),
        (_("Kota atau kabupaten"), report.region.city),
        (_("Bank sampah"), report.banks_count),
        (_("Bank yang menimbang"), report.active_banks_count),
    ]
    return [
        Table(_("Ringkasan"), (_("Keterangan"), _("Angka")), named + _summary(report, None)),
        *_class_tables(report.reporting_classes, report.sipsn_classes),
    ]


_UNITS = {"kg": "kg", "litre": "liter", "pcs": "buah"}


def _quantity(quantity: int, unit: str) -> Cell:
    return quantity if unit == "pcs" else Kg(quantity)


def _summary(report: MonthReport | RegionMonth, savings: Moved | None) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [
        (_("Dari"), report.since.isoformat()),
        (_("Sampai"), report.until.isoformat()),
        (_("Sampah masuk (kg)"), Kg(report.weight_g)),
        (_("Nasabah menyetor"), report.households_count),
        (_("Setoran"), report.deposits_count),
        (_("Nilai masuk (Rp)"), report.credited_idr),
        (_("Hasil jual (Rp)"), report.sold_idr),
    ]
    if savings is not None:
        rows += [
            (_("Tabungan awal (Rp)"), savings.opening),
            (_("Tabungan masuk (Rp)"), savings.came),
            (_("Tabungan keluar (Rp)"), savings.went),
            (_("Perubahan lain (Rp)"), savings.other),
            (_("Tabungan akhir (Rp)"), savings.closing),
        ]
    return rows


def _class_tables(reporting: Iterable[ClassWeight], sipsn: Iterable[ClassWeight]) -> list[Table]:
    kinds = (("Kelas laporan", reporting, CLASS_WORDS), ("SIPSN", sipsn, SIPSN_WORDS))
    return [
        Table(
            name,
            (_("Kelas"), _("Nama"), "kg"),
            [(row.name, str(words[row.name]), Kg(row.weight_g)) for row in rows],
        )
        for name, rows, words in kinds
    ]
