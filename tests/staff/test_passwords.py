"""Which passwords are refused: what an attacker tries first, and nothing else."""

import pytest

from banksampah.staff import secrets
from banksampah.staff.passwords import PasswordWeak, _leaked, refuse_weak
from banksampah.staff.secrets import DECOY, is_outdated, new_password

KNOWN = ("bu.tini", "Bu Tini", "Gerpesh Jitu", "gerpesh-jitu")


@pytest.mark.parametrize(
    "password",
    ["1234567", "x" * 129, "12345678", "PASSWORD1", "football", "trustno1", "P@ssw0rd!", "s4y4ng123",
     "Rahasia#2026", "bismillah99", "!!indonesia!!", "aaaaaaaaab", "abcabcabc", "qwertyuiop1",
     "zxcvbnmm", "98765432", "17081945", "1945-08-17", "081234567890", "6281234567890"],
)  # fmt: skip
def test_what_everybody_tries_first_is_refused(password):
    with pytest.raises(PasswordWeak):
        refuse_weak(password)


@pytest.mark.parametrize(
    "password",
    ["gerpeshjitu", "Gerpesh-Jitu-17!", "bu.tini2026", "TiniTini99", "BankSampah2026",
     "bendahara.sampah", "ketuabank1"],
)  # fmt: skip
def test_names_everybody_knows_do_not_make_a_password(password):
    with pytest.raises(PasswordWeak):
        refuse_weak(password, KNOWN)


@pytest.mark.parametrize(
    "password",
    ["tiga-ember-besi", "ember biru besi tiga", "sayang-ember-biru", "kucing.hitam.lompat", "x" * 8
     + "qz" * 60, "ñandú🐦ñandú🐦", "        spasi", "83920175648", "gerpesh jitu di balai rw",
     "hanyahurufkecil"],
)  # fmt: skip
def test_any_composition_will_do(password):
    refuse_weak(password, KNOWN)


def test_more_than_ten_thousand_leaked_passwords_are_known():
    assert len(_leaked()) > 10_000
    assert all(len(password) >= 8 for password in _leaked())


def test_made_passwords_are_never_refused():
    for _ in range(200):
        refuse_weak(new_password(), KNOWN)


def test_an_unknown_name_costs_what_a_known_one_does():
    """The decoy is hashed at the cost in force: else its answer would come sooner or later."""
    assert not is_outdated(DECOY)
    cheaper = secrets.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")
    assert is_outdated(cheaper)
