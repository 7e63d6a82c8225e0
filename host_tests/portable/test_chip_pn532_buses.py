"""The PN532 model under the habits of other people's drivers, on SPI, I2C and UART."""

from chip_bench import I2cLab, SpiLab, UartLab, payload_of
from expect import unhex

from chips import pn532_host
from chips.iso14443 import Type2Target, Type4Target
from chips.pn532_spi import reversed_bits


class Echo:
    def transmit(self, capdu):
        return bytes(capdu) + b"\x90\x00"


def test_bits_are_reversed_for_a_master_that_sends_the_most_significant_bit_first():
    assert [reversed_bits(byte) for byte in (0x01, 0x02, 0x03, 0xD4, 0xFF)] == [0x80, 0x40, 0xC0, 0x2B, 0xFF]


class MsbFirstMaster:
    """A bus whose master shifts MSB first, as most do: what it writes reaches the chip bit-reversed."""

    def __init__(self, lab):
        self.lab = lab

    def transfer(self, out) -> bytes:
        answer = bytearray()
        for byte in out:
            answer.append(reversed_bits(self.lab.spi.xchg(reversed_bits(byte))))
            self.lab.clock.sleep_us(8)
        return bytes(answer)


def test_adafruit_habits_on_spi():
    # CircuitPython's driver: one 00 byte with chip select held 10 ms, every byte reversed in software, the status
    # byte polled many times within one selection, fixed read lengths.
    lab = SpiLab()
    bus = MsbFirstMaster(lab)
    lab.spi.select()
    bus.transfer(b"\x00")
    lab.clock.sleep_us(10000)
    lab.spi.deselect()

    def call(payload: bytes, expected: int) -> bytes:
        frame = b"\x01" + pn532_host.build(payload)
        lab.spi.select()
        bus.transfer(bytes([reversed_bits(byte) for byte in frame]))
        lab.spi.deselect()
        for count in (6, expected + 10):
            lab.spi.select()
            tries = 0
            while reversed_bits(bus.transfer(bytes((reversed_bits(2), 0)))[1]) != 1:
                lab.clock.sleep_us(10000)
                tries += 1
                assert tries < 50
            lab.spi.deselect()
            lab.spi.select()
            got = bus.transfer(bytes((reversed_bits(3),)) + bytes(count))[1:]
            lab.spi.deselect()
            got = bytes([reversed_bits(byte) for byte in got])
            if count == 6:
                assert got == pn532_host.ACK
        return payload_of(got)

    assert call(unhex("D414011401"), 0) == unhex("D515")
    assert call(unhex("D402"), 4) == unhex("D50332010607")
    lab.chip.place(Type2Target())
    assert call(unhex("D44A0100"), 19)[2:] == unhex("0101004400070416C6C2D73881")


def test_a_master_that_waits_2_ms_in_every_selection_is_heard_at_once():
    # The first Arduino drivers: NSS low, 2 ms, then the frame.
    lab = SpiLab()
    lab.spi.select()
    lab.clock.sleep_us(2000)
    for byte in b"\x01" + pn532_host.build(unhex("D402")):
        lab.spi.xchg(byte)
    lab.spi.deselect()
    assert lab.wait(lab.ready) and lab.read(6) == pn532_host.ACK
    assert lab.answer() == unhex("D50332010607")


VERSION = pn532_host.build(unhex("D50332010607"))


def asked():
    """A chip whose answer to GetFirmwareVersion waits."""
    lab = SpiLab()
    lab.start()
    lab.write(pn532_host.build(unhex("D402")))
    assert lab.wait(lab.ready) and lab.read(6) == pn532_host.ACK
    assert lab.wait(lab.ready)
    return lab


def test_f_c14_a_frame_read_in_two_selections_goes_on_where_it_stopped():
    # pn532pi: the header in one selection, the rest in the next; the byte beside the second 03 counts.
    lab = asked()
    head = lab.transfer(b"\x03" + bytes(5))[1:]
    assert head == VERSION[:5] and lab.chip.irq == 0
    rest = lab.transfer(b"\x03" + bytes(head[3] + 1))
    assert head + rest == VERSION and lab.chip.irq == 1


def test_f_c14_a_master_that_cannot_listen_while_it_sends():
    # libnfc on Linux: it fetches the byte of the output register in a selection of its own, then goes on behind the 03.
    lab = asked()
    got = lab.transfer(b"\x03" + bytes(4))[1:]
    for size in (1, 2, 4, 2):
        first = lab.transfer(b"\x00")
        again = lab.transfer(b"\x03" + bytes(size - 1))
        assert again[:1] == first, "a selection without 03 moves nothing"
        got += first + again[1:]
    assert got == VERSION and lab.chip.irq == 1


def test_f_c14_what_lies_between_two_parts():
    """Not in the row: status reads in between, single bytes, an ACK in parts, and a frame that waits behind it."""
    lab = asked()
    got = lab.transfer(b"\x03\x00")[1:]
    for _ in range(len(VERSION) - 1):
        assert lab.ready() and lab.ready()
        got += lab.transfer(b"\x03")
    assert got == VERSION and not lab.ready()
    lab.write(pn532_host.build(unhex("D402")))
    lab.clock.sleep_us(20000)
    got = lab.transfer(b"\x03" + bytes(2))[1:]
    got += lab.transfer(b"\x03" + bytes(3))
    assert got == pn532_host.ACK
    assert lab.wait(lab.ready) and lab.read(len(VERSION)) == VERSION


def test_f_c14_a_half_read_frame_ends_with_what_comes_next():
    """Not in the row: NACK begins it anew, a new command and an abort throw its rest away, and so does a reset."""
    lab = asked()
    lab.transfer(b"\x03" + bytes(5))
    lab.write(pn532_host.NACK)
    assert lab.wait(lab.ready) and lab.read(len(VERSION)) == VERSION
    lab = asked()
    lab.transfer(b"\x03" + bytes(5))
    assert lab.command(unhex("D402")) == unhex("D50332010607")
    lab = asked()
    lab.transfer(b"\x03" + bytes(5))
    lab.write(pn532_host.ACK)
    lab.clock.sleep_us(5000)
    assert not lab.ready() and lab.read(8) == bytes(8)
    lab = asked()
    lab.transfer(b"\x03" + bytes(5))
    lab.chip.reset_pin(0)
    lab.chip.reset_pin(1)
    lab.clock.sleep_us(3000)
    lab.start()
    assert lab.command(unhex("D402")) == unhex("D50332010607")


def test_a_frame_that_is_read_longer_than_it_is_ends_in_zeros():
    lab = asked()
    assert lab.read(20) == VERSION + bytes(20 - len(VERSION)) and not lab.ready()


def test_chip_select_wakes_however_short_it_is():
    # pn532pi wakes the chip with nothing but a status read, libnfc with one byte.
    lab = SpiLab()
    assert lab.transfer(b"\x02\x00") == b"\xff\xff", "asleep: MISO stays high"
    lab.clock.sleep_us(1000)
    assert lab.command(unhex("D402")) == unhex("D50332010607")


def test_a_master_with_the_wrong_bit_order_sees_rubbish():
    lab = SpiLab()
    lab.wake()
    bus = MsbFirstMaster(lab)
    lab.spi.select()
    bus.transfer(b"\x01" + pn532_host.build(unhex("D402")))
    lab.spi.deselect()
    lab.clock.sleep_us(20000)
    assert lab.chip.waiting() is None


def i2c_answer(lab, count: int):
    assert lab.wait(lambda: lab.i2c.read(1) == b"\x01")
    data = lab.i2c.read(count + 1)
    assert data[:1] == b"\x01"
    return data[1:]


def i2c_started():
    lab = I2cLab()
    frame = pn532_host.build(unhex("D414010001"))
    assert lab.i2c.write(frame) == len(frame), "asleep: the clock is held, the frame is taken"
    assert i2c_answer(lab, 6) == pn532_host.ACK
    assert payload_of(i2c_answer(lab, 20)) == unhex("D515")
    return lab


def test_f_c12_a_sleeping_chip_holds_the_clock_and_takes_the_transfer():
    lab = I2cLab()
    frame = pn532_host.build(unhex("D402"))
    assert lab.i2c.write(frame) == len(frame) and 0 < lab.i2c.held_us <= 2000
    assert lab.i2c.read(1) == b"\x00", "a master that did not wait hears that nothing waits"
    assert i2c_answer(lab, 6) == pn532_host.ACK and lab.i2c.held_us == 0
    assert payload_of(i2c_answer(lab, 14)) == unhex("D50332010607")


def test_f_c12_a_read_wakes_too_and_so_does_power_down_end():
    """Not in the row: reading first, and sleeping again by PowerDown, with I2C among the sources and without."""
    lab = I2cLab()
    assert lab.i2c.read(8) == bytes(8) and lab.i2c.held_us
    lab.clock.sleep_us(1000)
    assert lab.i2c.read(1) == b"\x00" and not lab.i2c.held_us
    for sources, woken in ((0x80, True), (0x20, False)):
        lab.i2c.write(pn532_host.build(bytes((0xD4, 0x16, sources))))
        assert i2c_answer(lab, 6) == pn532_host.ACK
        assert payload_of(i2c_answer(lab, 10)) == unhex("D51700")
        lab.clock.sleep_us(5000)
        frame = pn532_host.build(unhex("D402"))
        assert lab.i2c.write(frame) == (len(frame) if woken else -1)
        if woken:
            assert i2c_answer(lab, 6) == pn532_host.ACK
            assert i2c_answer(lab, 14)


def test_f_c12_a_clone_that_refuses_its_address_while_asleep():
    lab = I2cLab()
    lab.chip.faults.nack_asleep = True
    frame = pn532_host.build(unhex("D402"))
    assert lab.i2c.write(frame) == -1 and lab.i2c.held_us == 0
    lab.clock.sleep_us(1000)
    assert lab.i2c.write(frame) == len(frame)
    assert i2c_answer(lab, 6) == pn532_host.ACK


def test_a_chip_in_reset_is_not_there():
    lab = I2cLab()
    lab.chip.reset_pin(0)
    assert lab.i2c.write(b"\x00") == -1 and lab.i2c.read(1) is None
    lab.chip.reset_pin(1)
    assert lab.i2c.write(b"\x00") == -1, "it still starts"
    lab.clock.sleep_us(3000)
    assert lab.i2c.write(b"\x00") == 1


def test_adafruit_habits_on_i2c():
    lab = i2c_started()
    lab.i2c.write(pn532_host.build(unhex("D402")))
    assert lab.i2c.read(1) is None, "busy with the command"
    lab.clock.sleep_us(200)
    assert lab.i2c.read(1) == b"\x00"
    assert i2c_answer(lab, 6) == pn532_host.ACK
    assert payload_of(i2c_answer(lab, 14)) == unhex("D50332010607")
    assert lab.i2c.read(3) == bytes(3)


def test_elechouse_habits_on_i2c():
    # Reads the length first, asks for the frame again by NACK, then reads it whole.
    lab = i2c_started()
    lab.chip.place(Type4Target(Echo(), unhex("083F6C4A")))
    lab.i2c.write(pn532_host.build(unhex("D44A0100")))
    assert i2c_answer(lab, 6) == pn532_host.ACK
    head = i2c_answer(lab, 5)
    assert head[:3] == unhex("0000FF") and (head[3] + head[4]) & 0xFF == 0
    assert lab.i2c.read(2) == b"\x00\x00", "a frame that was begun is gone"
    assert lab.i2c.write(pn532_host.NACK) == 6
    assert payload_of(i2c_answer(lab, head[3] + 7))[:4] == unhex("D54B0101")


def test_nfcpy_habits_on_uart():
    # Ten zeros before the first commands, ACK and answer read in whatever pieces they come.
    lab = UartLab()
    lab.write(bytes(10) + pn532_host.build(unhex("D402")))
    got = lab.take()
    assert got[:6] == pn532_host.ACK and got[6:] == pn532_host.build(unhex("D50332010607"))
    lab.write(bytes(10) + pn532_host.build(unhex("D414010000")))
    assert lab.take() == pn532_host.ACK + pn532_host.build(unhex("D515"))
    lab.write(pn532_host.build(unhex("D41007")))
    assert lab.take() == pn532_host.ACK + pn532_host.build(unhex("D511"))
    lab.write(pn532_host.ACK)
    lab.clock.sleep_us(1000)
    lab.baud = 921600
    began = lab.clock.now
    lab.write(pn532_host.build(unhex("D402")))
    assert lab.take() == pn532_host.ACK + pn532_host.build(unhex("D50332010607"))
    assert lab.clock.now - began < 20000
    lab.baud = 115200
    lab.write(pn532_host.build(unhex("D402")))
    assert lab.take() == b"", "the old rate is not understood any more"
    lab.baud = 921600
    lab.write(pn532_host.ACK)
    lab.clock.sleep_us(10000)
    lab.write(pn532_host.build(unhex("D416F0")))
    lab.take()
    lab.write(pn532_host.build(unhex("D402")))
    assert lab.take() == b"", "asleep; the command's own bytes only woke it"


def test_elechouse_habits_on_uart():
    lab = UartLab()
    lab.write(unhex("5555000000"))
    lab.clock.sleep_us(5000)
    assert lab.take(1000) == b""
    lab.write(pn532_host.build(unhex("D402")))
    assert payload_of(lab.take()[6:]) == unhex("D50332010607")
    lab.write(pn532_host.build(unhex("D4140114")))
    assert payload_of(lab.take()[6:]) == unhex("D515")
    lab.write(pn532_host.build(unhex("D44A0100")))
    assert lab.take() == pn532_host.ACK
    assert lab.take() == b""
    lab.chip.place(Type2Target())
    assert payload_of(lab.take()) == unhex("D54B0101004400070416C6C2D73881")


def test_uart_takes_the_time_of_its_bits():
    lab = UartLab()
    lab.write(unhex("55550000000000000000"))
    lab.clock.sleep_us(5000)
    began = lab.clock.now
    lab.write(pn532_host.build(b"\xd4\x00\x00" + bytes(262)))
    assert lab.wait(lambda: len(lab.heard) > 200)
    # 275 bytes there, 6 and 275 back, 10 bits each at 115,200 baud.
    assert 48000 < lab.clock.now - began < 52000
