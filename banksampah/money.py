"""Rupiah and grams: the only place that rounds. Whole numbers in, whole numbers out."""

from collections.abc import Sequence

from banksampah.wording import gettext_noop as _n

PPM = 1_000_000
AMOUNT_MAX = 10**15  # a quadrillion rupiah, or a billion tonnes: beyond any bank, far below 2**63


def value_idr(quantity: int, price_idr: int, unit: str = "G") -> int:
    """Price a quantity, rounding half a rupiah up.

    Grams (G) are priced per kilogram, millilitres (ML) per litre, pieces (PCS) each.

    >>> value_idr(333, 1_500)   # 499.5
    500
    >>> value_idr(3, 100, "PCS")
    300
    """
    assert quantity >= 0, quantity
    assert price_idr >= 0, price_idr
    if unit == "PCS":
        return quantity * price_idr
    return (quantity * price_idr + 500) // 1_000


def share_idr(amount_idr: int, share_ppm: int) -> int:
    """A share in parts per million of one amount, rounding half a rupiah up.

    >>> share_idr(9_999, 850_000)   # 8499.15
    8499
    """
    assert amount_idr >= 0, amount_idr
    assert 0 <= share_ppm <= PPM, share_ppm
    return (amount_idr * share_ppm + PPM // 2) // PPM


def apportion(
    amount: int, weights: Sequence[int], priorities: Sequence[int] | None = None
) -> list[int]:
    """Divide *amount* by *weights* so that the parts sum to it exactly.

    Largest remainder (Hamilton, Hare-Niemeyer): each part is rounded down, and the left-over
    units go one each to the largest remainders; ties by priority (1 first), then by place.

    >>> apportion(5, [300_000, 700_000], [1, 2])
    [2, 3]
    """
    assert amount >= 0, amount
    total = sum(weights)
    assert total > 0 and min(weights) >= 0, weights
    ranks = priorities or range(len(weights))
    parts = [amount * weight // total for weight in weights]
    remainders = [amount * weight % total for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], ranks[i], i))
    for i in order[: amount - sum(parts)]:
        parts[i] += 1
    return parts


class Unreadable(ValueError):
    """A typed number that has no reading, or two. *template* and *parts* make the sentence.

    *readings*: what it may mean, as (label, text to type); `%(unit)s` stands for the unit.
    """

    def __init__(self, template: str, readings: Sequence[tuple[str, str]] = (), **parts: str):
        super().__init__(template % parts)
        self.template = template
        self.parts = parts
        self.readings = tuple(readings)


DIGITS_MAX = 12  # of a typed number before its decimals: a billion kilograms, beyond any bank
_SHORT = _n("Angka ini terlalu besar. Periksa jumlah angkanya.")
_MINUS = _n("Tulis angka tanpa tanda minus.")
_WEIGHT = _n("Tulis berat dengan angka dan satu koma, misalnya 2,35.")
_DECIMALS = _n("Paling banyak tiga angka di belakang koma, misalnya %(example)s.")
_TWO_READINGS = _n("%(typed)s bisa berarti dua hal. Tulis %(first)s atau %(second)s.")
_RUPIAH = _n("Tulis rupiah dengan angka, misalnya 12500 atau 12.500.")
_NO_CENTS = _n("Tulis rupiah penuh tanpa sen, misalnya 12500 atau 12.500.")
_MEANT = _n("Maksudnya Rp%(meant)s? Tulis %(meant)s.")
_PIECES = _n("Tulis jumlahnya dengan bilangan bulat, misalnya 12.")
_PERCENT = _n("Tulis persen antara 0 dan 100, misalnya 30 atau 12,5.")


def parse_weight_g(text: str) -> int:
    """Grams of a weight typed in kilograms, with comma or point; never through a float.

    Raises Unreadable with a sentence that says what to type; "2.350", which may be 2,35 kg or
    2350 kg, asks which.

    >>> parse_weight_g("2,35"), parse_weight_g("1.234,5")
    (2350, 1234500)
    """
    bare = _bare(text, suffix="kg", wrong=_WEIGHT)
    whole, comma, decimals = bare.partition(",")
    if not comma:
        whole, decimals = _split_point(bare)
    elif "." in whole:
        whole = _ungroup(whole, _WEIGHT)
    if not _is_digits(whole or "0") or (decimals and not _is_digits(decimals)):
        raise Unreadable(_WEIGHT)
    if comma and not decimals:
        raise Unreadable(_WEIGHT)
    if len(decimals) > 3:
        raise Unreadable(_DECIMALS, example=f"{whole[:6] or 0},{decimals[:3]}")
    return _small(whole or "0") * 1000 + int(decimals.ljust(3, "0"))


def _split_point(bare: str) -> tuple[str, str]:
    """Whole and decimals of a number without a comma."""
    whole, point, decimals = bare.partition(".")
    if "." in decimals:
        return _ungroup(bare, _WEIGHT), ""
    if point and not decimals:
        raise Unreadable(_WEIGHT)
    if point and len(decimals) == 3 and _is_digits(whole + decimals):
        first = f"{_small(whole or '0')},{decimals}".rstrip("0").rstrip(",")
        second = str(_small(whole + decimals))
        readings = [
            (f"{first} %(unit)s", first),
            (f"{format_number(int(second))} %(unit)s", second),
        ]
        raise Unreadable(_TWO_READINGS, readings, typed=bare, first=first, second=second)
    return whole, decimals


def parse_idr(text: str) -> int:
    """Rupiah of an amount typed with or without points between thousands. Raises Unreadable.

    >>> parse_idr("Rp1.250.000"), parse_idr("2500")
    (1250000, 2500)
    """
    bare = _bare(text, prefix="rp", wrong=_RUPIAH)
    whole, comma, cents = bare.partition(",")
    if comma and cents not in {"00", "-", "–"}:
        groups = bare.split(",")
        if _is_grouped(groups):
            meant = format_number(_small("".join(groups)))
            raise Unreadable(_MEANT, [(f"Rp{meant}", meant)], meant=meant)
        raise Unreadable(_NO_CENTS if _is_digits(whole.replace(".", "")) else _RUPIAH)
    if "." in whole:
        if not _is_grouped(whole.split(".")):
            raise Unreadable(_NO_CENTS if _is_digits(whole.replace(".", "")) else _RUPIAH)
        whole = whole.replace(".", "")
    if not _is_digits(whole):
        raise Unreadable(_RUPIAH)
    return _small(whole)


def parse_pieces(text: str) -> int:
    """A count of pieces, typed with or without points between thousands. Raises Unreadable."""
    bare = _bare(text, wrong=_PIECES)
    if "." in bare:
        bare = _ungroup(bare, _PIECES)
    if not _is_digits(bare):
        raise Unreadable(_PIECES)
    return _small(bare)


def parse_percent_ppm(text: str) -> int:
    """Parts per million of a percentage typed with up to four decimals. Raises Unreadable.

    >>> parse_percent_ppm("12,5")
    125000
    """
    bare = _bare(text, suffix="%", wrong=_PERCENT).replace(".", ",")
    whole, comma, decimals = bare.partition(",")
    if not _is_digits(whole) or len(decimals) > 4 or bool(comma) != bool(decimals):
        raise Unreadable(_PERCENT)
    if decimals and not _is_digits(decimals):
        raise Unreadable(_PERCENT)
    ppm = _small(whole) * 10_000 + int(decimals.ljust(4, "0"))
    if ppm > PPM:
        raise Unreadable(_PERCENT)
    return ppm


def format_number(amount: int) -> str:
    """Digits with points between thousands and the minus sign of print.

    >>> format_number(-1250000)
    '−1.250.000'
    """
    digits = f"{abs(amount):,}".replace(",", ".")
    return f"−{digits}" if amount < 0 else digits


def format_idr(amount_idr: int) -> str:
    """As a bank writes it: `Rp1.250.000`, `−Rp50.000`."""
    sign = "−" if amount_idr < 0 else ""
    return f"{sign}Rp{format_number(abs(amount_idr))}"


def format_percent(ppm: int) -> str:
    """Parts per million as per cent, exactly and without the sign.

    >>> format_percent(300_000), format_percent(125_000), format_percent(1)
    ('30', '12,5', '0,0001')
    """
    whole, rest = divmod(ppm, 10_000)
    return f"{whole},{rest:04}".rstrip("0").rstrip(",")


def format_kg(weight_g: int, decimals: int | None = None) -> str:
    """Kilograms without their unit. *decimals*: 2 or 3 in a table; None cuts trailing zeros.

    Two decimals are for tables where no line needs a third: a weight that does keeps it.

    >>> format_kg(2350), format_kg(2350, 3), format_kg(1234500, 2)
    ('2,35', '2,350', '1.234,50')
    """
    whole, grams = divmod(abs(weight_g), 1000)
    rest = f"{grams:03}"
    kept = rest.rstrip("0")
    if decimals is not None and len(kept) < decimals:
        kept = rest[:decimals]
    digits = format_number(whole) + (f",{kept}" if kept else "")
    return f"−{digits}" if weight_g < 0 else digits


def decimals_for(weights_g: Sequence[int]) -> int:
    """How many decimals a table of these weights needs: two, or three where one line does."""
    return 3 if any(weight_g % 10 for weight_g in weights_g) else 2


def _bare(text: str, *, prefix: str = "", suffix: str = "", wrong: str) -> str:
    """*text* without spaces around it and without its unit."""
    bare = text.strip().strip("\u00a0\u202f").strip()
    if prefix and bare.lower().startswith(prefix):
        bare = bare[len(prefix) :].lstrip(".").strip().strip("\u00a0")
    if suffix and bare.lower().endswith(suffix):
        bare = bare[: -len(suffix)].strip().strip("\u00a0")
    if bare[:1] in {"-", "−"} and len(bare) > 1:
        raise Unreadable(_MINUS)
    if not bare:
        raise Unreadable(wrong)
    return bare


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_grouped(groups: Sequence[str]) -> bool:
    """Whether these are the thousands of one number: 1-3 digits, then threes."""
    first, *others = groups
    return (
        _is_digits("".join(groups))
        and 1 <= len(first) <= 3
        and bool(others)
        and all(len(group) == 3 for group in others)
    )


def _ungroup(text: str, wrong: str) -> str:
    groups = text.split(".")
    if not _is_grouped(groups):
        raise Unreadable(wrong)
    return "".join(groups)


def _small(digits: str) -> int:
    if len(digits.lstrip("0")) > DIGITS_MAX:
        raise Unreadable(_SHORT)
    return int(digits)
