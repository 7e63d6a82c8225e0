"""python-escpos prints on the model of the slip printer: somebody else's driver, which knows nothing of ours."""

import pytest
from escpos.escpos import Escpos
from escpos.printer import Dummy
from paper import painter, slips
from PIL import Image, ImageDraw

from chips.escpos_printer import EscposPrinter


def test_text_sizes_alignment_and_emphasis():
    driver = Dummy(profile="default")
    driver.set(align="center", bold=True, double_width=True, double_height=True)
    driver.text("City Coffee\n")
    driver.set_with_default()
    driver.text("Espresso              2.50\n")
    driver.text("Café                  3.00\n")
    driver.set(align="right", underline=1)
    driver.text("Total 5.50\n")
    driver.cut()
    items = slips.on_model(driver.output, chinese=False)  # one with Chinese would take the é for half a character
    assert [line.strip() for line in painter.words(items)][:4] == [
        "City Coffee", "Espresso              2.50", "Café                  3.00", "Total 5.50",
    ]  # fmt: skip
    first, *_, last = [item for item in items if item["kind"] == "line"]
    assert first["spans"][0][:3] == [60, 24, 48] and first["spans"][0][3] & 1
    assert last["spans"][0][0] == 384 - 10 * 12 and last["spans"][0][3] & 2
    assert items[-1]["kind"] == "cut"


@pytest.mark.parametrize("way", ["bitImageRaster", "bitImageColumn"])
def test_a_picture_comes_out_as_it_went_in(way):
    picture = Image.new("1", (96, 48), 1)
    ImageDraw.Draw(picture).ellipse((8, 4, 80, 40), outline=0, fill=0)
    driver = Dummy()
    driver.image(picture, impl=way)
    items = [item for item in slips.on_model(driver.output) if item["kind"] == "dots"]
    drawn = b"".join(bytes.fromhex(item["data"]) for item in items)
    assert {item["across"] for item in items} == {12}
    assert drawn == bytes(byte ^ 0xFF for byte in picture.tobytes())


def test_a_qr_code_and_a_barcode():
    driver = Dummy()
    driver.qr("https://example.org/pay/1", native=True)
    driver.barcode("123456789012", "EAN13", function_type="A", check=False)
    bars = [item for item in slips.on_model(driver.output) if item["kind"] == "bars"]
    assert bytes.fromhex(bars[0]["data"]) == b"https://example.org/pay/1" and bytes.fromhex(bars[1]["data"]) == b"123456789012"


class OnModel(Escpos):
    """python-escpos on a model that answers."""

    def __init__(self):
        super().__init__()
        self.waiting, self.answers, self.items = [], bytearray(), []
        self.printer = EscposPrinter(
            lambda: 0, lambda delay, action: self.waiting.append(action), self.answers.extend, self.items.append
        )

    def _raw(self, msg):
        self.printer.receive(msg)
        while self.waiting:
            self.waiting.pop(0)()

    def _read(self):
        read = bytes(self.answers)
        self.answers.clear()
        return read

    def open(self, raise_not_found=True):
        pass


def test_its_questions_about_paper_and_line_are_answered():
    driver = OnModel()
    assert driver.is_online() and driver.paper_status() == 2
    driver.printer.paper_left = 700
    assert driver.is_online() and driver.paper_status() == 1
    driver.printer.paper_left = 0
    assert not driver.is_online() and driver.paper_status() == 0
