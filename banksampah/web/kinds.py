"""What each kind of journal entry is called on screens, in exports and in printed journals."""


def _n(text: str) -> str:
    """Marks a name for the catalogue of translations; a page translates it, an export does not."""
    return text


KIND_NAMES = {
    "bank.open": _n("Bank dibuka"),
    "bank.change": _n("Profil bank diubah"),
    "bank.setting": _n("Pengaturan"),
    "staff.add": _n("Petugas baru"),
    "staff.grant": _n("Peran diberikan"),
    "staff.revoke": _n("Peran dicabut"),
    "staff.password": _n("Kata sandi petugas diganti"),
    "member.open": _n("Nasabah baru"),
    "member.change": _n("Data nasabah diubah"),
    "member.pin": _n("PIN nasabah diganti"),
    "member.import": _n("Nasabah diimpor"),
    "member.close": _n("Nasabah ditutup"),
    "member.merge": _n("Nasabah digabung"),
    "member.opening": _n("Saldo awal nasabah"),
    "material.add": _n("Jenis sampah baru"),
    "material.change": _n("Jenis sampah diubah"),
    "price.set": _n("Harga ditetapkan"),
    "price.import": _n("Daftar harga diimpor"),
    "share.set": _n("Bagian nasabah ditetapkan"),
    "stock.opening": _n("Stok awal"),
    "stock.count": _n("Stok dihitung"),
    "stock.residual": _n("Sisa nilai stok dihapus"),
    "cash.opening": _n("Kas awal"),
    "deposit.record": _n("Setoran"),
    "deposit.price": _n("Harga setoran menyusul"),
    "deposit.pricing": _n("Harga setoran menyusul"),
    "deposit.correct_member": _n("Koreksi nasabah setoran"),
    "deposit.correct_price": _n("Koreksi harga setoran"),
    "deposit.correct_weight": _n("Koreksi berat setoran"),
    "deposit.debt": _n("Piutang atas setoran yang dibatalkan"),
    "deposit.residue": _n("Sisa nilai setoran yang dibatalkan"),
    "withdrawal.request": _n("Penarikan diminta"),
    "withdrawal.pay": _n("Penarikan dibayar"),
    "withdrawal.refuse": _n("Penarikan ditolak"),
    "withdrawal.lapse": _n("Penarikan kedaluwarsa"),
    "withdrawal.lapsing": _n("Penarikan kedaluwarsa diperiksa"),
    "buyer.add": _n("Pembeli baru"),
    "sale.record": _n("Penjualan"),
    "sale.paid": _n("Penjualan dilunasi"),
    "fund.open": _n("Dana dibuka"),
    "split.rule": _n("Aturan pembagian"),
    "split.preset": _n("Paket aturan dipilih"),
    "split.propose": _n("Pembagian diusulkan"),
    "split.approve": _n("Pembagian disetujui"),
    "split.reject": _n("Pembagian ditolak"),
    "split.release": _n("Usulan pembagian dilepas"),
    "period.close": _n("Tutup buku"),
    "reversal": _n("Pembatalan"),
}


def kind_name(kind: str) -> str:
    """The Indonesian name of a kind of entry; the kind itself when it has none yet."""
    return KIND_NAMES.get(kind, kind)
