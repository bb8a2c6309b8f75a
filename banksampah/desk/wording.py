"""The words of the weighing desk: given to the phone with the page, since it speaks without us."""

from flask_babel import gettext as _

from banksampah.desk.models import BECAME, NOTES, UNTOLD


def words() -> dict[str, str]:
    """Every sentence the phone may show, by the name its scripts know it by."""
    return _places() | _weighing() | _handing_over() | _sending() | _counting() | _notes()


def _notes() -> dict[str, str]:
    told = {code: said for code, said in NOTES.items() if code not in UNTOLD} | BECAME
    return {f"note_{code}": _(sentence) for code, sentence in told.items()}


def _places() -> dict[str, str]:
    return {
        "desk": _("Timbang"),
        "back": _("Kembali"),
        "prepare": _("Siapkan HP"),
        "check_data": _("Data"),
        "data_of": _("harga v{v}, {n} nasabah, per {time}"),
        "data_age": _("Data per {time}."),
        "price_old": _("Harga di HP ini per {time}. Ambil harga baru jika ada internet."),
        "newer": _("Data baru dipakai mulai nasabah berikutnya."),
        "dont_clear": _("Jangan hapus data Chrome. Ada {n} setoran di HP ini."),
        "no_data": _("Belum ada data di HP ini. Ambil data dulu."),
        "check_kept": _("Simpanan HP"),
        "kept": _("tetap ✓"),
        "not_kept": _("belum dijamin tetap"),
        "check_unsent": _("Belum terkirim"),
        "check_room": _("Ruang di HP"),
        "check_printer": _("Printer"),
        "ready": _("siap ✓"),
        "not_ready": _("belum siap"),
        "none_yet": _("belum"),
        "try_printer": _("Tes printer"),
        "check_home": _("Di layar HP"),
        "installed": _("terpasang ✓"),
        "install": _("Pasang di layar HP"),
        "fetch": _("Ambil data terbaru"),
        "fetch_failed": _("Data belum bisa diambil. Cari sinyal, lalu coba lagi."),
        "practice_do": _("Latihan"),
        "practice": _("LATIHAN – tidak dicatat"),
        "big_text": _("Huruf besar"),
        "repair": _("Perbaiki aplikasi (setoran tetap aman)"),
        "begin": _("Mulai sesi"),
        "go_on": _("Lanjutkan sesi"),
        "operator": _("Siapa yang menimbang?"),
        "pin": _("PIN timbang"),
        "pin_typed": _("{n} dari 4 angka"),
        "pin_wrong": _("PIN itu bukan milik orang ini. Coba lagi."),
        "who": _("Siapa yang menyetor?"),
        "next_receipt": _("Setoran {no}"),
        "scan": _("Pindai kartu"),
        "no_camera": _("Kamera tidak bisa dipakai. Ketik nomornya."),
        "member_no": _("Nomor nasabah"),
        "name": _("Nama"),
        "house": _("No. rumah"),
        "search": _("Cari nama"),
        "search_any": _("Nomor atau nama"),
        "recent": _("Baru saja"),
        "new_member": _("Warga baru"),
        "name_missing": _("Isi nama warga."),
        "save_and_weigh": _("Simpan dan timbang"),
        "not_found": _("Nomor {n} tidak ada."),
        "more_names": _("Masih ada yang lain. Ketik lebih banyak hurufnya."),
        "name_not_found": _("Nama itu tidak ada. Pakai Warga baru."),
        "scan_how": _("Arahkan kamera ke kode di kartu."),
        "torch": _("Lampu"),
        "closed": _("sudah ditutup"),
        "weigh_who": _("Timbang {name}"),
        "choose_first": _("Pilih nasabah dulu"),
        "unsaved": _("Barang belum disimpan"),
        "unsaved_of": _("{name} {number}: {n} jenis, {value}. Belum disimpan."),
        "unsaved_go_on": _("Lanjutkan {name} {number}"),
        "unsaved_give": _("Barang ini milik {name} {number}"),
        "unsaved_clear": _("Hapus, lalu timbang {name} {number}"),
        "card_of_other": _("Kartu itu bukan dari bank sampah ini."),
    }


def _weighing() -> dict[str, str]:
    return {
        "material": _("Jenis sampah"),
        "price_later": _("harga menyusul"),
        "price_each": _("harga per satuan"),
        "per_kg": _("per kg"),
        "per_pcs": _("per buah"),
        "per_litre": _("per liter"),
        "weighed": _("Sudah ditimbang"),
        "change": _("Ubah"),
        "kinds": _("{n} jenis"),
        "pick_first": _("Pilih bahan dulu"),
        "save": _("Simpan {value}"),
        "weight": _("Berat"),
        "count": _("Jumlah buah"),
        "pieces": _("buah"),
        "litres": _("liter"),
        "tare": _("Kurangi karung 0,2 kg"),
        "again": _("Timbang lagi, jumlahkan"),
        "remove": _("Hapus"),
        "comma": _("koma"),
        "keypad": _("Papan angka"),
        "erase": _("Hapus satu angka"),
        "next_total": _("Lanjut · total {value}"),
        "weight_missing": _("Isi berat {material}."),
        "too_much": _("{x} terlalu banyak. Paling banyak {y}."),
        "weight_check": _("{x} kg? Biasanya di bawah {y} kg."),
        "yes": _("Ya, {x}"),
        "too_fine": _("Paling banyak tiga angka di belakang koma. Yang mana?"),
        "two_readings": _("{x} bisa berarti dua hal. Yang mana?"),
        "tare_heavy": _("Karung 0,2 kg lebih berat dari {x}. Tanpa karung?"),
        "type_again": _("Ketik lagi"),
        "leave_out": _("Tanpa {material}"),
        "scale": _("Pakai timbangan"),
        "scale_reads": _("Timbangan menunjuk {x}."),
        "scale_silent": _("Timbangan tidak terbaca. Periksa kabelnya, atau ketik beratnya."),
        "scale_empty": _("Timbangan kosong. Taruh barangnya, lalu coba lagi."),
        "scale_moves": _("Timbangan belum diam. Tunggu sebentar, lalu coba lagi."),
        "scale_over": _("Timbangan kelebihan beban. Kurangi, lalu coba lagi."),
        "scale_below": _("Timbangan di bawah nol. Kosongkan, tekan nol, lalu coba lagi."),
        "scale_unit": _("Timbangan tidak memakai kg atau g. Ganti satuannya, lalu coba lagi."),
        "use_weight": _("Pakai {x}"),
        "at_time": _("pukul {time}"),
        "receipt": _("Bukti setoran"),
        "quantity": _("Berat"),
        "price": _("Harga"),
        "value": _("Nilai"),
        "sum": _("Jumlah"),
        "savings": _("Saldo tabungan"),
        "before": _("Saldo sebelum"),
        "this_one": _("Setoran ini"),
        "provisional": _("Saldo sementara"),
        "becomes": _("Menjadi saldo tetap setelah setoran terkirim."),
        "told_other": _("HP menyebut {value}. Di bawah ini yang dicatat di buku."),
        "void": _("Batalkan setoran"),
        "void_why": _("Sebabnya apa? Setoran tetap terlihat, dicoret."),
        "voided": _("Setoran ini dibatalkan."),
        "voided_chip": _("Dibatalkan"),
        "held": _("Diterima bank, belum di buku. Bendahara memeriksanya dulu."),
        "dismissed": _("Bendahara tidak mencatat setoran ini. Tanyakan sebabnya."),
        "dismissed_chip": _("Tidak dicatat"),
        "reason_member": _("Salah orang"),
        "reason_weight": _("Salah berat"),
        "reason_double": _("Dobel"),
        "reason_other": _("Lainnya"),
        "cancelled_only": _(
            "Sudah dibatalkan. Simpan dulu barang {name} {number}, lalu timbang ulang."
        ),
        "next_member": _("Nasabah berikutnya"),
    }


def _handing_over() -> dict[str, str]:
    return {
        "share": _("Bagian nasabah"),
        "sedekah": _("Sedekah. Tabungan tidak bertambah."),
        "print": _("Cetak"),
        "print_how": _("Cetak dengan apa?"),
        "by_serial": _("Printer struk (kabel atau Bluetooth)"),
        "by_rawbt": _("Aplikasi RawBT"),
        "by_system": _("Printer lain"),
        "print_itself": _("Cetak sendiri setelah disimpan"),
        "print_failed": _("Struk belum tercetak. Nyalakan printer, lalu coba lagi."),
        "print_other": _("Coba lagi, atau pilih printer lain"),
        "wa": _("{bank}: setoran {date}, {goods}, {value}. {balance} Bukti {no}. Periksa: {url}"),
    }


def _sending() -> dict[str, str]:
    return {
        "saved_phone": _("Tersimpan di HP. Dikirim saat ada internet."),
        "sent": _("Terkirim ✓"),
        "save_failed": _("Gagal menyimpan di HP. Catat dulu di buku, lalu ketuk Coba lagi."),
        "phone_full": _("HP penuh. Hapus foto atau aplikasi lain, lalu ketuk Coba lagi."),
        "try_again": _("Coba lagi"),
        "on_phone": _("Di HP"),
        "on_its_way": _("Mengirim"),
        "sent_chip": _("Terkirim"),
        "need_look": _("Perlu dilihat"),
        "unsent": _("{n} setoran belum terkirim. Aman di HP ini."),
        "send_now": _("Kirim sekarang"),
        "sending": _("Mengirim, {n} setoran lagi"),
        "send_failed": _(
            "{n} setoran belum bisa terkirim. Dicoba lagi pukul {time}. Data aman di HP."
        ),
        "no_internet": _("Tanpa internet. Anda tetap bisa menimbang."),
        "sign_in": _("Masuk dulu supaya setoran bisa terkirim."),
        "sign_in_to_send": _("Masuk lagi untuk mengirim {n} setoran."),
        "sign_in_do": _("Masuk"),
        "unregistered": _("HP ini belum terdaftar. Minta kode ke bendahara."),
        "unregistered_with": _(
            "{n} setoran belum terkirim. HP ini belum terdaftar. Minta kode ke bendahara."
        ),
        "revoked": _("HP ini dinonaktifkan. Setoran yang ada diserahkan ke bendahara."),
        "refused": _("{n} setoran belum diterima. Cadangkan, lalu hubungi bendahara."),
        "backup": _("Cadangkan setoran"),
        "broken": _("Simpanan HP tidak bisa dibuka. Cadangkan setoran, lalu perbaiki aplikasi."),
        "clock_wrong": _("Jam HP salah. Betulkan di setelan HP."),
    }


def _counting() -> dict[str, str]:
    return {
        "history": _("Riwayat sesi"),
        "nothing_yet": _("Belum ada setoran di sesi ini."),
        "session_sum": _("Jumlah sesi"),
        "valid": _("Setoran berlaku"),
        "weight_sum": _("Berat"),
        "value_sent": _("Nilai terkirim"),
        "value_held": _("Nilai diperiksa bendahara"),
        "value_phone": _("Nilai di HP"),
        "value_session": _("Nilai sesi"),
        "last_sent": _("Terkirim terakhir {time}"),
        "update_ready": _("Versi baru siap. Perbarui setelah sesi ditutup."),
        "close_session": _("Tutup sesi"),
        "phone": _("HP"),
        "books": _("Buku"),
        "count_line": _("{n} setoran, {kg} kg, {value}"),
        "compare": _("Bandingkan dengan buku"),
        "compare_offline": _("Belum bisa dibandingkan. Cari sinyal, lalu coba lagi."),
        "match": _("Cocok ✓"),
        "differ": _("Selisih. Lihat Riwayat sesi, lalu tanyakan ke bendahara."),
        "missing": _("Yang belum sampai: {list}."),
        "close_anyway": _("Tutup walau berbeda"),
        "done": _("Selesai"),
    }
