"""A member's card before the camera: a film of a real QR code, read by what the phone loads for it."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from tests.desk.stall import GOODS, Stall, keys, weigh_each
from tests.desk.test_hands import TAP_S
from tests.engines import in_the_browser
from tests.screens.conftest import Eyes

pytestmark = in_the_browser

CARD = "BS1:0123-7KQ4M2"
FILM = (640, 480)


def film_of(card: str) -> bytes:
    """A few frames of a card that is held before the camera, not quite straight."""
    drawn = io.BytesIO()
    segno.make(card, error="m", micro=False).save(drawn, kind="png", scale=7, border=4)
    code = Image.open(drawn).convert("L").rotate(8, expand=True, fillcolor=255)
    frame = Image.new("L", FILM, 90)
    frame.paste(code, ((FILM[0] - code.width) // 2, (FILM[1] - code.height) // 2))
    grey = bytes([128]) * (FILM[0] * FILM[1] // 2)
    head = f"YUV4MPEG2 W{FILM[0]} H{FILM[1]} F10:1 Ip A1:1 C420jpeg\n".encode()
    return head + (b"FRAME\n" + frame.tobytes() + grey) * 3


def eyes_on(film: Path) -> Eyes:
    """A browser whose camera sees *film*."""
    return Eyes(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eyes]:
    """A browser whose camera sees the card."""
    film: Path = tmp_path_factory.mktemp("film") / "card.y4m"
    film.write_bytes(film_of(CARD))
    opened = eyes_on(film)
    yield opened
    opened.close()


def begun(context: BrowserContext, stall: Stall) -> Page:
    """The desk at the choice of a household, with its taps counted from now on."""
    page = stall.open_desk(context)
    page.evaluate("window.taps = 0; addEventListener('pointerdown', () => window.taps++, true)")
    return page


def scan(page: Page) -> None:
    page.get_by_role("button", name="Pindai kartu").click()
    page.get_by_role("heading", name="Warga 1.").wait_for()


@pytest.mark.parametrize(("materials", "taps_max", "seconds_max"), [(3, 21, 25), (8, 51, 49)])
def test_taps_with_a_card(
    stall: Stall, seeing: Eyes, materials: int, taps_max: int, seconds_max: int
) -> None:
    def work(context: BrowserContext) -> int:
        page = begun(context, stall)
        scan(page)
        weigh_each(page, *[(name, "2,35") for _code, name, _price, _family in GOODS[:materials]])
        page.get_by_role("button", name="Nasabah berikutnya").click()
        page.locator("#nomor").wait_for()
        return int(page.evaluate("window.taps"))

    taps = replace(stall, _eyes=seeing).use(work)
    assert taps <= taps_max
    assert taps * TAP_S <= seconds_max


def test_the_camera_is_let_go(stall: Stall, seeing: Eyes) -> None:
    """Read or not: no lamp stays on behind the screen. What reads the code came with the tap."""

    def work(context: BrowserContext) -> tuple[list[str], list[str]]:
        page = context.new_page()
        fetched: list[str] = []
        context.on("request", lambda request: fetched.append(request.url))
        page.add_init_script(TRACKS)
        page = stall.open_desk(context, page)
        assert not [url for url in fetched if "jsQR" in url]
        scan(page)
        read = page.evaluate("window.tracks.map((track) => track.readyState)")
        page.locator(".back").click()
        page.get_by_role("button", name="Pindai kartu").click()
        page.locator("video").wait_for()
        page.get_by_role("button", name="Kembali").last.click()
        page.locator("#nomor").wait_for()
        left = page.evaluate("window.tracks.map((track) => track.readyState)")
        return [*read, *left], [url for url in fetched if "jsQR" in url]

    states, fetched = replace(stall, _eyes=seeing).use(work)
    assert set(states) == {"ended"}
    assert fetched


TRACKS = """window.tracks = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (what) => {
  const stream = await ask(what);
  window.tracks.push(...stream.getTracks());
  return stream;
};"""


def test_another_banks_card_is_not_taken(stall: Stall, tmp_path: Path) -> None:
    """It says so and goes on looking. What the dock would do is out of the way; back leads to the number."""
    film = tmp_path / "other.y4m"
    film.write_bytes(film_of("https://warga.example/b/rw-18/n/0123"))
    other = eyes_on(film)

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        keys(page, "7")
        page.get_by_role("button", name="Pindai kartu").click()
        page.get_by_text("Kartu itu bukan dari bank sampah ini.").wait_for()
        assert page.locator("video").is_visible()
        assert not page.locator("#dok").is_visible()
        page.locator("#kepala .back").click()
        page.locator("#nomor").wait_for()
        assert page.locator("#dok").is_visible()

    try:
        replace(stall, _eyes=other).use(work)
    finally:
        other.close()


def test_without_a_camera_the_number_is_typed(stall: Stall) -> None:
    def work(context: BrowserContext) -> str:
        page = stall.open_desk(context)
        page.get_by_role("button", name="Pindai kartu").click()
        page.locator("#isi .band").wait_for()
        assert page.locator("#nomor").is_visible()
        return page.locator("#isi .band").inner_text()

    assert stall.use(work) == "Kamera tidak bisa dipakai. Ketik nomornya."


COLOUR = """async (one) => {
  await Promise.all(document.getAnimations().map((change) => change.finished.catch(() => null)));
  return getComputedStyle(document.querySelector(one)).backgroundColor; }"""
"""As it is once nothing changes any more."""


def test_the_card_comes_first_until_a_household_is_found(stall: Stall) -> None:
    """One filled button: the scan, then what weighs the household whose number is typed."""

    def filled(page: Page) -> list[str]:
        page.locator("#dok:not([aria-disabled])").wait_for()  # a screen just drawn takes no tap
        return [
            button.inner_text()
            for button in page.locator("#isi .btn:not(.two), #dok .btn:not(.two)").all()
            if button.is_enabled()
        ]

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        assert filled(page) == ["Pindai kartu"]
        assert page.locator("#isi .btn, #isi input").first.get_attribute("id") == "pindai"
        keys(page, "129")
        assert filled(page) == ["Pindai kartu"]
        page.locator(".key.soft").click()
        keys(page, "3")
        assert filled(page) == ["Timbang Warga 1."]
        colours = [page.evaluate(COLOUR, one) for one in ("#lanjut", "#pindai")]
        assert colours[0] != colours[1]
        for _key in range(3):
            page.locator(".key.soft").click()
        still = page.evaluate(COLOUR, "#lanjut")
        assert still not in colours  # neither to be tapped nor as if it were

    stall.use(work)
