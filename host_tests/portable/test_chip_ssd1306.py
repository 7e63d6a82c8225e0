"""The OLED model against the data sheet's rules, with hand-made transactions."""

from chips.ssd1306 import Ssd1306


def commands(chip, *codes):
    chip.i2c_write(b"\x00" + bytes(codes))


def ready():
    chip = Ssd1306()
    commands(chip, 0xAE, 0x20, 0x00, 0xA1, 0xC8, 0x8D, 0x14, 0x21, 0, 127, 0x22, 0, 7)
    chip.i2c_write(b"\x40" + bytes(1024))
    commands(chip, 0xAF)
    return chip


def dots(chip):
    frame = chip.frame()
    return [(x, y) for y in range(64) for x in range(128) if frame[(y >> 3) * 128 + x] >> (y & 7) & 1]


def count(chip):
    return sum([bin(byte).count("1") for byte in chip.frame()])


def test_dark_until_pump_and_display_are_on():
    chip = Ssd1306()
    assert not any(chip.frame())
    commands(chip, 0xAF)
    assert not any(chip.frame())
    commands(chip, 0x8D, 0x14)
    assert any(chip.frame())  # memory holds noise after power-on


def test_horizontal_window():
    chip = ready()
    commands(chip, 0x21, 10, 12, 0x22, 2, 3)
    chip.i2c_write(b"\x40" + b"\x01\x02\x04\x08\x10\x20" + b"\x80")
    assert dots(chip) == [(11, 17), (12, 18), (10, 23), (10, 27), (11, 28), (12, 29)]


def test_vertical_mode():
    chip = ready()
    commands(chip, 0x20, 1, 0x21, 5, 6, 0x22, 0, 1)
    chip.i2c_write(b"\x40\x01\x02\x04\x08")
    assert dots(chip) == [(5, 0), (6, 2), (5, 9), (6, 11)]


def test_page_mode_keeps_the_page():
    chip = ready()
    commands(chip, 0x20, 2, 0xB3, 0x0F, 0x17)
    chip.i2c_write(b"\x40\x01\x02")
    assert dots(chip) == [(127, 24), (0, 25)]


def test_command_bytes_may_come_one_by_one():
    chip = ready()
    for code in (0x21, 7, 7, 0x22, 1, 1):
        chip.i2c_write(bytes((0x80, code)))
    chip.i2c_write(b"\xc0\x01\x80\xe3\x40\x02")
    assert dots(chip) == [(7, 9)]
    assert chip.unknown == 0


def test_mirrors_shift_and_inverse():
    chip = ready()
    commands(chip, 0xA0, 0x21, 0, 0, 0x22, 0, 0)
    chip.i2c_write(b"\x40\x01")
    assert dots(chip) == [(127, 0)]
    commands(chip, 0xC0)
    assert dots(chip) == [(127, 63)]
    commands(chip, 0xC8, 0x41)
    assert dots(chip) == [(127, 63)]
    commands(chip, 0x40, 0xD3, 2)
    assert dots(chip) == [(127, 62)]
    commands(chip, 0xD3, 0, 0xA7)
    assert count(chip) == 128 * 64 - 1
    commands(chip, 0xA5)
    assert count(chip) == 128 * 64
    commands(chip, 0xA4, 0xA6, 0xAE)
    assert count(chip) == 0


def test_contrast_status_and_unknown_commands():
    chip = ready()
    commands(chip, 0x81, 0x42)
    assert chip.contrast == 0x42
    assert chip.i2c_read(1) == b"\x00"
    commands(chip, 0xAE, 0x9A)
    assert chip.i2c_read(1) == b"\x40"
    assert chip.unknown == 1


def test_a_panel_of_32_rows_shows_the_upper_half_of_the_memory():
    chip = Ssd1306(height=32)
    commands(chip, 0x20, 0x00, 0xA1, 0xC8, 0xA8, 31, 0xDA, 0x02, 0x8D, 0x14, 0x21, 0, 127, 0x22, 0, 3)
    chip.i2c_write(b"\x40" + bytes(3 * 128) + b"\x80" + bytes(127))
    commands(chip, 0xAF)
    frame = chip.frame()
    assert len(frame) == 512 and [at for at in range(512) if frame[at]] == [3 * 128] and frame[3 * 128] == 0x80


def test_a_panel_set_to_the_com_pins_of_the_other_shows_rows_where_they_do_not_belong():
    for height, pins in ((32, 0x12), (64, 0x02)):
        chip = Ssd1306(height=height)
        commands(chip, 0x20, 0x00, 0xA1, 0xC8, 0xA8, height - 1, 0xDA, pins, 0x8D, 0x14, 0x21, 0, 127, 0x22, 0, height // 8 - 1)
        chip.i2c_write(b"\x40" + b"\x0f" * 128 + bytes((height // 8 - 1) * 128))
        commands(chip, 0xAF)
        frame = chip.frame()
        lit = [y for y in range(height) if frame[(y >> 3) * 128] >> (y & 7) & 1]
        assert len(lit) == 4 and lit != [0, 1, 2, 3]
