"""Other people's PN532 drivers, as PyPI has them, against the model on SPI, I2C and UART (F-C12, F-C13, F-C14).

Adafruit's CircuitPython driver, nfcpy (its own UART transport; SPI and I2C by one of ours), pn532pi with its quick2wire.
Each finds cards, reads their UIDs, exchanges APDUs, reads and writes tags; with RSTPDN wired and without.
"""

import errno
import types

import ndef
import pytest
from field_host import (
    BUSES,
    CALL_US,
    CircuitI2c,
    CircuitSpi,
    CircuitUart,
    DigitalInOut,
    Direction,
    Host,
    Serial,
    SpiDev,
    i2c_ioctl,
    importing,
    on_our_clock,
)

from chips import pn532_host
from chips.iso14443 import MifareClassicTarget, Type2Target, Type4Target, TypeBTarget

with importing(
    digitalio={"Direction": Direction, "DigitalInOut": DigitalInOut},
    busio={"SPI": CircuitSpi, "I2C": CircuitI2c, "UART": CircuitUart},
    micropython={"const": lambda value: value},
):
    import adafruit_pn532.i2c
    import adafruit_pn532.spi
    import adafruit_pn532.uart

with importing(spidev={"SpiDev": SpiDev}):
    import pn532pi
    import pn532pi.interfaces.pn532hsu
    import pn532pi.interfaces.pn532i2c
    import pn532pi.interfaces.pn532spi
    import quick2wire.i2c

with importing(usb1={}, pyDes={"triple_des": None, "CBC": 0}):  # readers on USB, Ultralight C: not here
    import nfc.clf.pn532
    import nfc.clf.transport
    import nfc.tag.tt2_nxp
    import nfc.tag.tt4

WIRED = pytest.mark.parametrize("wired", [False, True], ids=["no-reset", "reset"])
ON_EACH_BUS = pytest.mark.parametrize("bus", BUSES)

FACTORY_KEY = b"\xff" * 6
TEXT = "TapTill"
MESSAGE = b"".join(ndef.message_encoder([ndef.TextRecord(TEXT)]))


class Files:
    """An NFC Forum Type 4 application: capability container E103, NDEF file E104 (T4T 1.0, 5.1)."""

    def __init__(self):
        self.files = {
            b"\xe1\x03": bytes.fromhex("000F20003B00340406E104010000FF")[:15],
            b"\xe1\x04": len(MESSAGE).to_bytes(2, "big") + MESSAGE + bytes(200),
        }
        self.open = None
        self.seen: list = []

    def activated(self) -> None:
        self.open = None

    def transmit(self, capdu: bytes) -> bytes:
        self.seen.append(bytes(capdu))
        if capdu[:4] == b"\x00\xa4\x04\x00":
            return b"\x90\x00" if b"\xd2\x76\x00\x00\x85\x01\x01" in capdu else b"\x6a\x82"
        if capdu[:2] == b"\x00\xa4":
            self.open = self.files.get(bytes(capdu[5:7]))
            return b"\x90\x00" if self.open else b"\x6a\x82"
        if capdu[:2] == b"\x00\xb0" and self.open:
            at = capdu[2] << 8 | capdu[3]
            return self.open[at : at + (capdu[4] or 256)] + b"\x90\x00"
        return bytes(capdu[::-1]) + b"\x90\x00"


def payment_card() -> Type4Target:
    return Type4Target(Files(), bytes.fromhex("083F6C4A"))


def tag() -> Type2Target:
    """An NTAG213 with a text on it."""
    made = Type2Target()
    made.memory[12:16] = bytes.fromhex("E1101200")
    made.memory[16 : 19 + len(MESSAGE)] = bytes((3, len(MESSAGE))) + MESSAGE + b"\xfe"
    return made


SELECT = bytes.fromhex("00A4040007D276000085010100")
OTHER = bytes.fromhex("80CA9F3600")


# Adafruit's CircuitPython driver.


def adafruit(monkeypatch, host: Host, bus: str):
    on_our_clock(monkeypatch, host, "adafruit_pn532")
    on_our_clock(monkeypatch, host, "adafruit_bus_device")
    if bus == "spi":
        spi = CircuitSpi(host)
        return adafruit_pn532.spi.PN532_SPI(spi, DigitalInOut(spi.select), reset=host.reset)
    if bus == "i2c":
        return adafruit_pn532.i2c.PN532_I2C(CircuitI2c(host), reset=host.reset)
    return adafruit_pn532.uart.PN532_UART(CircuitUart(host), reset=host.reset)


@ON_EACH_BUS
@WIRED
def test_adafruits_driver(monkeypatch, bus: str, wired: bool) -> None:
    host = Host(bus, wired)
    reader = adafruit(monkeypatch, host, bus)
    assert reader.firmware_version == (0x32, 1, 6, 7)
    reader.SAM_configuration()
    assert reader.read_passive_target(timeout=0.2) is None, "an empty field"
    ntag = tag()
    host.chip.place(ntag)
    assert reader.read_passive_target(timeout=0.5) == ntag.uid
    assert reader.ntag2xx_write_block(30, b"\xde\xad\xbe\xef") and reader.ntag2xx_read_block(30) == b"\xde\xad\xbe\xef"
    host.chip.remove()
    classic = MifareClassicTarget()
    host.chip.place(classic)
    assert reader.read_passive_target(timeout=0.5) == classic.uid
    assert reader.mifare_classic_authenticate_block(classic.uid, 4, 0x60, FACTORY_KEY)
    assert reader.mifare_classic_write_block(4, bytes(range(16)))
    assert reader.mifare_classic_read_block(4) == bytes(range(16))
    host.chip.remove()
    assert reader.listen_for_passive_target()
    host.sleep(1)
    card = payment_card()
    host.chip.place(card)
    assert reader.get_passive_target(timeout=1) == card.uid
    for apdu in (SELECT, OTHER):
        answer = reader.call_function(0x40, params=b"\x01" + apdu, response_length=64)
        assert answer[0] == 0 and answer[1:] == Files().transmit(apdu)
    assert reader.power_down()
    host.chip.remove()
    host.chip.place(card)
    assert reader.read_passive_target(timeout=0.5) == card.uid, "the next command wakes it"


# pn532pi.


def pn532pi_reader(monkeypatch, host: Host, bus: str):
    on_our_clock(monkeypatch, host, "pn532pi")
    if host.reset:  # the driver knows of no reset line: the board pulls it when it is switched on
        host.reset.switch_to_output(False)
        host.sleep(0.01)
        host.reset.value = True
        host.sleep(0.01)
    if bus == "spi":
        monkeypatch.setattr(SpiDev, "host", host, raising=False)
        interface = pn532pi.Pn532Spi(pn532pi.Pn532Spi.SS0_GPIO8)
    elif bus == "i2c":
        files = types.SimpleNamespace(open=lambda path, flags: 7, close=lambda fd: None, O_RDWR=2)
        monkeypatch.setattr(quick2wire.i2c, "posix", files)
        monkeypatch.setattr(quick2wire.i2c, "ioctl", i2c_ioctl(host))
        interface = pn532pi.Pn532I2c(pn532pi.Pn532I2c.RPI_BUS1)
    else:
        monkeypatch.setattr(pn532pi.interfaces.pn532hsu, "Serial", type("Port", (Serial,), {"host": host}))
        interface = pn532pi.Pn532Hsu(pn532pi.Pn532Hsu.RPI_MINI_UART)
    return pn532pi.Pn532(interface)


@ON_EACH_BUS
@WIRED
def test_pn532pi(monkeypatch, bus: str, wired: bool) -> None:
    host = Host(bus, wired)
    reader = pn532pi_reader(monkeypatch, host, bus)
    reader.begin()
    assert reader.getFirmwareVersion() == 0x32010607
    assert reader.SAMConfig() and reader.setPassiveActivationRetries(2)
    assert reader.readPassiveTargetID(0) == (False, b"")
    ntag = tag()
    host.chip.place(ntag)
    assert reader.readPassiveTargetID(0) == (True, ntag.uid)
    assert reader.mifareultralight_WritePage(30, bytearray(b"\x01\x02\x03\x04"))
    assert reader.mifareultralight_ReadPage(30) == (True, b"\x01\x02\x03\x04")
    host.chip.remove()
    classic = MifareClassicTarget()
    host.chip.place(classic)
    found, uid = reader.readPassiveTargetID(0)
    assert found and uid == classic.uid
    assert reader.mifareclassic_AuthenticateBlock(uid, 4, 0, bytearray(FACTORY_KEY))
    assert reader.mifareclassic_WriteDataBlock(4, bytearray(range(16)))
    assert reader.mifareclassic_ReadDataBlock(4) == (True, bytearray(range(16)))
    host.chip.remove()
    card = payment_card()
    host.chip.place(card)
    assert reader.inListPassiveTarget()
    for apdu in (SELECT, OTHER):
        assert reader.inDataExchange(bytearray(apdu)) == (True, Files().transmit(apdu))
    # On the UART the driver gives the chip 10 ms for the ACK, in which the line takes no more than 115 bytes.
    long = bytes.fromhex("80E20000C8") + bytes(60 if bus == "uart" else 200)
    assert reader.inDataExchange(bytearray(long)) == (True, Files().transmit(long))
    assert reader.inRelease() and reader.setRFField(False, False)
    assert not reader.readRegister(0x6304) & 3
    assert reader.writeRegister(0x6317, 0xF8) and reader.readRegister(0x6317) == 0xF8


# nfcpy.


class FrameTransport:
    """nfcpy's idea of a transport (frames in and out, milliseconds, ETIMEDOUT) over SPI or I2C."""

    TYPE = "BUS"

    def __init__(self, host: Host, bus: str):
        self._host, self._spi = host, bus == "spi"

    def wake(self) -> None:
        if self._spi:
            self._host.front.select()
            self._host.sleep(0.002)
            self._host.front.deselect()
            self._host.sleep(0.001)

    def write(self, frame) -> None:
        if self._spi:
            self._host.front.select()
            for byte in b"\x01" + bytes(frame):
                self._host.front.xchg(byte)
            self._host.front.deselect()
        else:
            self._host.i2c_write(0x24, frame)
        self._host.busy(len(frame), 400_000)

    def _ready(self) -> bool:
        if not self._spi:
            try:
                return self._host.i2c_read(0x24, 1) == b"\x01"
            except OSError:
                return False  # it takes a command in
        self._host.front.select()
        self._host.front.xchg(2)
        status = self._host.front.xchg(0)
        self._host.front.deselect()
        return status == 1

    def read(self, timeout: int) -> bytearray:
        end = self._host.clock.now + timeout * 1000
        while not self._ready():
            if self._host.clock.now >= end:
                raise OSError(errno.ETIMEDOUT, "no frame")
            self._host.sleep(0.0005)
        if self._spi:
            self._host.front.select()
            self._host.front.xchg(3)
            data = bytes([self._host.front.xchg(0) for _ in range(280)])
            self._host.front.deselect()
        else:
            data = self._host.i2c_read(0x24, 281)[1:]
        self._host.busy(280, 400_000)
        if data.startswith(pn532_host.ACK):
            return bytearray(pn532_host.ACK)
        size = data[5] << 8 | data[6] if data[3:5] == b"\xff\xff" else data[3]
        return bytearray(data[: size + (10 if data[3:5] == b"\xff\xff" else 7)])

    def close(self) -> None:
        """Nothing to close."""


def nfcpy_frontend(monkeypatch, host: Host, bus: str, rate: int = 115200):
    on_our_clock(monkeypatch, host, "nfc")
    if host.reset:
        host.reset.switch_to_output(False)
        host.sleep(0.01)
        host.reset.value = True
        host.sleep(0.01)
    if bus == "uart":
        port = types.SimpleNamespace(Serial=type("Port", (Serial,), {"host": host}), SerialTimeoutException=OSError)
        monkeypatch.setattr(nfc.clf.transport, "serial", port)
        shell = lambda line: 0 if str(rate) in line or "115200" in line else 1  # `stty` on a port that can do these
        monkeypatch.setattr(nfc.clf.pn532, "os", types.SimpleNamespace(system=shell, strerror=str))
        device = nfc.clf.pn532.init(nfc.clf.transport.TTY("/dev/ttyS0"))
    else:
        transport = FrameTransport(host, bus)
        transport.wake()
        chipset = nfc.clf.pn532.Chipset(transport, logger=nfc.clf.pn532.log)
        chipset.sam_configuration("normal")
        device = nfc.clf.pn532.Device(chipset, logger=nfc.clf.pn532.log)
    frontend = nfc.clf.ContactlessFrontend()
    frontend.device = device
    return frontend


def sensed(frontend, kind: str = "106A"):
    return frontend.sense(nfc.clf.RemoteTarget(kind))


@ON_EACH_BUS
@WIRED
def test_nfcpy(monkeypatch, bus: str, wired: bool) -> None:
    host = Host(bus, wired)
    frontend = nfcpy_frontend(monkeypatch, host, bus)
    assert frontend.device.chipset.get_firmware_version() == b"\x32\x01\x06\x07"
    assert sensed(frontend) is None
    host.chip.place(tag())
    found = nfc.tag.activate(frontend, sensed(frontend))
    assert isinstance(found, nfc.tag.tt2_nxp.NTAG213) and found.identifier == tag().uid
    assert [record.text for record in found.ndef.records] == [TEXT]
    found.ndef.records = [ndef.TextRecord("changed")]
    assert not found.ndef.has_changed and found.ndef.records[0].text == "changed"
    host.chip.remove()
    assert sensed(frontend) is None
    card = payment_card()
    host.chip.place(card)
    found = nfc.tag.activate(frontend, sensed(frontend))
    assert found.type == "Type4Tag" and found.identifier == card.uid
    assert [record.text for record in found.ndef.records] == [TEXT]
    assert found.transceive(OTHER) == Files().transmit(OTHER)
    long = bytes.fromhex("80E20000C8") + bytes(200)
    assert found.transceive(long) == Files().transmit(long), "chained on the air, by the host"
    assert found.is_present
    host.chip.remove()
    assert not found.is_present


@ON_EACH_BUS
def test_nfcpy_activates_a_type_b_card_by_itself(monkeypatch, bus: str) -> None:
    host = Host(bus, False)
    frontend = nfcpy_frontend(monkeypatch, host, bus)
    host.chip.place(TypeBTarget(Files()))
    target = sensed(frontend, "106B")
    assert target is not None and target.sensb_res == TypeBTarget(Files()).atqb
    found = nfc.tag.activate(frontend, target)
    assert found.type == "Type4Tag" and [record.text for record in found.ndef.records] == [TEXT]


@ON_EACH_BUS
def test_nfcpy_gives_up_a_command_and_goes_on(monkeypatch, bus: str) -> None:
    """It aborts with an ACK and sends the next command a millisecond later: card emulation that nobody comes to."""
    host = Host(bus, False)
    frontend = nfcpy_frontend(monkeypatch, host, bus)
    for _ in range(3):
        with pytest.raises(OSError):
            frontend.device.chipset.tg_init_as_target(0, bytes(6), bytes(18), bytes(10), timeout=0.05)
        frontend.device.mute()
    host.chip.place(payment_card())
    assert sensed(frontend) is not None


@pytest.mark.parametrize("rate", [230400, 460800, 921600])
def test_nfcpy_changes_the_rate_closes_and_opens_again(monkeypatch, rate: int) -> None:
    """Closing goes back to 115,200 and puts the chip to sleep: the next start wakes it without a reset."""
    host = Host("uart", False)
    for _ in range(2):
        frontend = nfcpy_frontend(monkeypatch, host, "uart", rate)
        assert host.baud == host.front.baud == rate
        card = payment_card()
        host.chip.place(card)
        assert sensed(frontend).sdd_res == card.uid
        host.chip.remove()
        frontend.close()
        host.sleep(1)


# libnfc reads in pieces: with half-duplex SPI of Linux (drivers/pn532_spi.c), after one byte to see whether it sleeps.


def libnfc_chunk(device: SpiDev, size: int) -> bytes:
    first = device.xfer2([0x00])
    rest = device.xfer2([0xC0] + [0] * (size - 1))[1:]
    return bytes(first + rest)


def test_libnfcs_way_of_reading(monkeypatch) -> None:
    host = Host("spi", False)
    monkeypatch.setattr(SpiDev, "host", host, raising=False)
    device = SpiDev()
    turned = [int(f"{byte:08b}"[::-1], 2) for byte in range(256)]
    assert device.xfer2([0]) == [0xFF], "asleep"
    host.sleep(0.001)
    for payload, expected in (("D414010001", "D515"), ("D402", "D50332010607"), ("D40000" + "AB" * 255, "D50100" + "AB" * 255)):
        frame = b"\x01" + pn532_host.build(bytes.fromhex(payload))
        device.writebytes([turned[byte] for byte in frame])
        got = b""
        for _ in range(2):
            while device.xfer2([turned[2], 0])[1] != turned[1]:
                host.sleep(0.01)
            if not got:
                got = bytes(turned[byte] for byte in device.xfer2([turned[3]] + [0] * 6)[1:])
                assert got == pn532_host.ACK
        size = len(pn532_host.build(bytes.fromhex(expected)))
        answer = bytes(device.xfer2([turned[3], 0, 0, 0, 0])[1:])
        for chunk in (1, 2, 2, size - 11, 2):
            if chunk > 0 and len(answer) < size:
                answer += libnfc_chunk(device, min(chunk, size - len(answer)))
        assert bytes(turned[byte] for byte in answer) == pn532_host.build(bytes.fromhex(expected))


def test_a_use_of_a_bus_takes_its_time() -> None:
    host = Host("spi", False)
    before = host.clock.now
    host.selected([0, 0], 1_000_000)
    assert host.clock.now - before == CALL_US + 16
