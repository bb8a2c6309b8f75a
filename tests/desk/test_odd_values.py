"""Signs and figures that no phone sends, and that no database can hold."""

import pytest

from tests.desk.phones import hand_in_file, saved
from tests.desk.test_deciding import treasurer  # noqa: F401

TOTALS = {"code": "S-A", "deposits_count": 0, "weight_g": 0, "value_idr": 0, "last": 0}


@pytest.mark.parametrize("device", ["\x00", "\ud83d", 5, None, ["x"], "HP01\x00", "HP01\n", "HP٠١"])
def test_a_phone_that_is_none_is_the_one_that_sends(app, bank, phone, siti, kardus, device):
    record = phone.record(siti, (kardus, 1_000, 1_800)) | {"device": device}
    assert phone.send(record)[record["id"]]["state"] == "accepted"
    assert saved(app, bank, siti) == 1_800


def test_a_file_of_no_phone_is_refused(phone, siti, kardus, treasurer):  # noqa: F811
    record = phone.record(siti, (kardus, 1_000, 1_800)) | {"device": "\ud83d"}
    assert hand_in_file(treasurer, record).status_code == 422


@pytest.mark.parametrize("name", ["device", "held"])
@pytest.mark.parametrize("value", ["\x00", "\ufffd"])
def test_what_a_phone_asks_may_be_anything(phone, name, value):
    assert phone.browser.get("/timbang/kabar", **{name: value}).status_code == 200


@pytest.mark.parametrize(
    "odd", [{"code": "S\x00"}, {"code": "\ud83d"}, {"code": " S"}, {"weight_g": 2**70}]
)
def test_a_session_that_cannot_be_is_not_closed(phone, odd):
    assert phone.post("/timbang/tutup", TOTALS | odd).status_code == 400
    assert phone.post("/timbang/tutup", TOTALS).json["agrees"] is True
