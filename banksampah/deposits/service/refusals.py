"""Why a weighing is refused: each names the field at fault and the remedy."""

from datetime import date

from banksampah.errors import Refused
from banksampah.money import format_kg, format_percent


class RecordUnreadable(Refused):
    """A record of a batch is not of the form it should have; *errors* names fields and why."""

    code = "validation"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("Ada yang perlu diperbaiki.", errors=errors)


class MemberUnknown(Refused):
    code = "member_unknown"

    def __init__(self) -> None:
        super().__init__(
            "Nasabah ini tidak ada. Periksa nomor di kartu atau cari nama.", field="member_id"
        )


class MemberClosed(Refused):
    code = "member_closed"

    def __init__(self, number: str):
        super().__init__(
            f"Nasabah {number} sudah ditutup. Pilih nasabah lain, atau buka lagi yang ini.",
            field="member_id",
        )


class MaterialUnknown(Refused):
    code = "material_unknown"

    def __init__(self, line: int):
        super().__init__(
            "Jenis sampah ini tidak ada di daftar. Pilih dari daftar harga.",
            field=f"lines.{line}.material_id",
        )


class MaterialRetired(Refused):
    code = "material_retired"

    def __init__(self, line: int, name: str):
        super().__init__(
            f"{name} tidak diterima lagi. Pilih jenis lain dari daftar harga.",
            field=f"lines.{line}.material_id",
        )


class NoPrice(Refused):
    """No list names a price. An unset price ("harga menyusul") is a price list's own answer."""

    code = "no_price"

    def __init__(self, line: int, name: str, price_class: str, day: date):
        super().__init__(
            f"{name} belum ada di daftar harga golongan {price_class} pada {day:%d/%m/%Y}. "
            "Isi harganya di halaman Harga, atau simpan di sana sebagai harga menyusul.",
            field=f"lines.{line}.quantity",
        )


class WeightUnusual(Refused):
    """More than three times what is usual: taken once the same quantity is confirmed."""

    code = "weight_unusual"

    def __init__(self, line: int, name: str, weight_g: int, usual_max_g: int, quantity: int):
        super().__init__(
            f"{name} {format_kg(weight_g)} kg? Biasanya di bawah {format_kg(usual_max_g)} kg. "
            "Ubah beratnya, atau tandai bahwa berat ini benar.",
            field=f"lines.{line}.quantity",
            confirm_quantity=quantity,
        )


class DayRefused(Refused):
    code = "day_refused"

    def __init__(self, earliest: date, today: date):
        super().__init__(
            f"Tanggal timbang paling lama {earliest:%d/%m/%Y} dan paling baru {today:%d/%m/%Y}.",
            field="weighed_on",
            earliest_on=earliest.isoformat(),
            latest_on=today.isoformat(),
        )


class ShareTooLarge(Refused):
    """A share told for one deposit gives some of it away; it never gives more than the rule."""

    code = "share_too_large"

    def __init__(self, share_ppm: int):
        super().__init__(
            f"Bagian nasabah paling banyak {format_percent(share_ppm)}% menurut aturan bank. "
            "Isi yang lebih kecil.",
            field="share_ppm",
            share_ppm_max=share_ppm,
        )


class CauseUnknown(Refused):
    code = "cause_unknown"

    def __init__(self) -> None:
        super().__init__("Dana tujuan ini tidak ada. Pilih dari daftar.", field="cause_fund_id")


class CauseNeedsSedekah(Refused):
    code = "cause_needs_sedekah"

    def __init__(self) -> None:
        super().__init__(
            "Dana tujuan hanya untuk sedekah. Kosongkan tujuannya, atau pilih sedekah.",
            field="cause_fund_id",
        )
