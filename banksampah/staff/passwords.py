"""Which passwords are refused, and why: too short, leaked, or made of what everybody knows.

No rule asks for signs of some kind; what is refused is what an attacker tries first.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from banksampah.errors import Refused

PASSWORD_MIN, PASSWORD_MAX = 8, 128
LEFT_MIN = 4
"""Letters that must remain of a password once names everybody knows are taken out of it."""

OUR_WORDS = frozenset({
    "bank", "sampah", "banksampah", "bendahara", "petugas", "ketua", "pengawas", "nasabah",
    "setoran", "tabungan", "penjualan", "pembagian", "saldo", "admin", "administrator", "sedekah",
})  # fmt: skip
"""Words of the service: a password may hold them, but not be made of them."""

OFTEN_CHOSEN = frozenset({
    "alhamdulillah", "anakku", "arema", "bandung", "bismillah", "bojonegoro", "bunga", "cantik",
    "cinta", "ciptaan", "doraemon", "garuda", "ganteng", "gakada", "gatau", "gresik", "indonesia",
    "insyaallah", "jakarta", "jember", "kampung", "katasandi", "keluarga", "kucing", "lumajang",
    "lupalagi", "makassar", "malang", "mantap", "mawar", "medan", "melati", "merdeka", "mojokerto",
    "mutiara", "nusantara", "pancasila", "pasuruan", "persebaya", "persib", "persija",
    "probolinggo", "qwerty", "rahasia", "rahmat", "sahabat", "sandi", "sandiku", "sayang",
    "sayangku", "semangat", "semarang", "sidoarjo", "sukses", "surabaya", "terimakasih", "ultah",
    "yogyakarta",
})  # fmt: skip
_SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn",
)  # fmt: skip
_DISGUISED = str.maketrans("0134578@$!", "oieastbasi")


class PasswordWeak(Refused):
    """Another password, please; the sentence says what is wrong with this one."""

    code = "password_weak"


def refuse_weak(password: str, known: Iterable[str] = ()) -> None:
    """Raise PasswordWeak for a password that is short, leaked or guessed at once.

    *known* are names the guesser knows too: the person's own and those of their banks.
    """
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise PasswordWeak(
            f"Kata sandi {PASSWORD_MIN} sampai {PASSWORD_MAX} huruf.", field="password"
        )
    typed = password.lower()
    if typed in _leaked() or _is_pattern(typed) or not _core(typed).isdisjoint(_often_chosen()):
        raise PasswordWeak("Kata sandi ini terlalu mudah ditebak. Pilih lain.", field="password")
    if _is_made_of(typed, known):
        raise PasswordWeak(
            "Kata sandi ini memakai nama Anda atau nama bank. Pilih kata lain.", field="password"
        )


def _core(typed: str) -> set[str]:
    """What remains without figures and signs at the ends, also read as disguised letters."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", typed)
    plain = re.sub(r"[^a-z]", "", typed.translate(_DISGUISED))
    return {bare, bare.translate(_DISGUISED), plain} - {""}


def _is_pattern(typed: str) -> bool:
    """Repeats, runs over alphabet and keyboard, dates, telephone numbers."""
    if len(set(typed)) < 3 or re.fullmatch(r"(.{1,4})\1{2,}.?", typed):
        return True
    if any(typed in row or typed[::-1] in row for row in _SEQUENCES):
        return True
    return bool(re.fullmatch(r"(?:\+?62|0)8\d{8,11}", typed)) or _is_date(typed)


def _is_date(typed: str) -> bool:
    digits = re.sub(r"[./ -]", "", typed)
    if not re.fullmatch(r"\d{8}", digits, re.ASCII):
        return False
    for year, month, day in (
        (digits[4:], digits[2:4], digits[:2]),
        (digits[4:], digits[:2], digits[2:4]),
        (digits[:4], digits[4:6], digits[6:]),
    ):
        if "1900" <= year <= "2100" and "01" <= month <= "12" and "01" <= day <= "31":
            return True
    return False


def _is_made_of(typed: str, known: Iterable[str]) -> bool:
    """Whether hardly a letter of the password is left without the names everybody knows."""
    words = {re.sub(r"[^a-z]", "", name.lower()) for name in known}
    words |= {part for name in known for part in re.findall(r"[a-z]+", name.lower())}
    left = re.sub(r"[^a-z]", "", typed)
    if not left:
        return False
    named = False
    for word in sorted(words | OUR_WORDS, key=lambda word: (-len(word), word)):
        if len(word) >= 3 and word in left:
            left, named = left.replace(word, ""), True
    return named and len(left) < LEFT_MIN


@cache
def _leaked() -> frozenset[str]:
    lines = files("banksampah.staff").joinpath("common_passwords.txt").read_text().splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


@cache
def _often_chosen() -> frozenset[str]:
    return OFTEN_CHOSEN | _leaked()
