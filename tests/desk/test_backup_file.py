"""Cadangkan setoran from end to end: the file that a phone makes, handed in by the treasurer, and
the same deposits sent by the phone itself."""

import io
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext

from tests.desk.journey import home, tap
from tests.desk.stall import Stall, online, sent, weigh
from tests.engines import in_the_browser

pytestmark = in_the_browser


def test_what_waits_is_handed_in_as_a_file_and_booked_once(stall: Stall, sign_in: Any) -> None:
    treasurer = sign_in("treasurer")

    def hand_in(file: bytes, name: str) -> None:
        answer = treasurer.post("/perangkat/berkas", {"file": (io.BytesIO(file), name)})
        assert answer.status_code == 200, answer.text
        assert "2 setoran dibaca" in answer.text

    def work(context: BrowserContext) -> tuple[bytes, str]:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        context.set_offline(True)
        for number in ("2", "3"):
            home(page)
            weigh(page, number, ("Besi", "2"), ("Koran", "1,5"))
        home(page)
        page.locator(".back").click()
        with page.expect_download() as asked:
            tap(page, "Cadangkan setoran")
        made = Path(asked.value.path()).read_bytes()
        context.set_offline(False)
        hand_in(made, asked.value.suggested_filename)
        assert [row.number for row in stall.taken()] == [1, 2, 3]
        sent(page, lambda: online(page))
        return made, asked.value.suggested_filename

    made, name = stall.use(work, accept_downloads=True)
    assert b'"Warga' not in made  # nobody's name goes by way of a file
    assert name.startswith("setoran-HP01-")
    hand_in(made, name)
    assert [row.number for row in stall.taken()] == [1, 2, 3]
    assert [stall.saved(n) for n in range(3)] == [3_800, 11_200, 11_200]
