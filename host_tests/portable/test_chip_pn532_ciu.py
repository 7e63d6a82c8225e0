"""Registers of the PN532's CIU have their effect on raw frames (F-C13), as drivers in the field use them."""

from chip_bench import SpiLab
from expect import unhex

from chips.iso14443 import MifareClassicTarget, Type2Target, Type4Target, TypeBTarget
from chips.iso14443_3 import TYPE_A, TYPE_B, sealed

RX_MODE, TX_MODE, TX_CONTROL, MANUAL_RCV = 0x6303, 0x6302, 0x6304, 0x630D
BIT_FRAMING, CONTROL, STATUS2, COMMAND, COMM_IRQ = 0x633D, 0x633C, 0x6338, 0x6331, 0x6334
FIFO_DATA, FIFO_LEVEL, ERROR = 0x6339, 0x633A, 0x6336
SILENCE = b"\x01"
CRC_ERROR = b"\x02"


class Echo:
    def transmit(self, capdu):
        return bytes(capdu) + b"\x90\x00"


class Lab(SpiLab):
    """A host of the chip in few words."""

    def __init__(self, *targets):
        super().__init__()
        self.start()
        assert self.command(unhex("D43205FF0101")) == unhex("D533")
        for target in targets:
            self.chip.place(target)

    def read_register(self, address):
        return self.command(bytes((0xD4, 0x06, address >> 8, address & 0xFF)))[2]

    def write_register(self, *pairs):
        payload = b"\xd4\x08"
        for address, value in pairs:
            payload += bytes((address >> 8, address & 0xFF, value))
        assert self.command(payload) == b"\xd5\x09"

    def through(self, text, bits=0):
        """InCommunicateThru of these bytes, of the last of which so many bits: status and data."""
        self.write_register((BIT_FRAMING, bits))
        return self.command(b"\xd4\x42" + (unhex(text) if isinstance(text, str) else text))[2:]

    def listed(self, kind="00"):
        more = "00" if kind == "03" else ""
        return self.command(unhex("D44A01" + kind + more))

    def crcs(self, on):
        for address in (TX_MODE, RX_MODE):
            value = self.read_register(address)
            self.write_register((address, value | 0x80 if on else value & 0x7F))


def bare(*targets):
    """Cards in a field that is on, nothing listed, CRC left to the host: how anticollision tools begin."""
    lab = Lab(*targets)
    assert lab.command(unhex("D4320101")) == unhex("D533")
    lab.crcs(False)
    return lab


def test_f_c13_without_rx_crc_the_two_bytes_are_handed_over():
    lab = Lab(Type2Target())
    assert lab.listed()[2] == 1
    assert len(lab.through("3004")) == 17
    lab.write_register((RX_MODE, lab.read_register(RX_MODE) & 0x7F))
    got = lab.through("3004")
    assert len(got) == 19 and got[1:] == sealed(got[1:17], TYPE_A)
    assert lab.listed()[2] == 1, "a new listing sets the modes anew"
    assert len(lab.through("3004")) == 17


def test_f_c13_a_four_bit_ack_is_a_crc_error_unless_the_check_is_off():
    """Not in the row: nfcpy writes to Type 2 tags this way, and libnfc counts the bits in CIU_Control."""
    lab = Lab(Type2Target())
    assert lab.listed()[2] == 1
    assert lab.through("A20401020304") == CRC_ERROR and lab.read_register(ERROR) & 4
    lab.write_register((RX_MODE, lab.read_register(RX_MODE) & 0x7F))
    assert lab.through("A20505060708") == b"\x00\x0a" and lab.read_register(CONTROL) & 7 == 4
    assert lab.through("3004")[1:9] == unhex("0102030405060708") and lab.read_register(CONTROL) & 7 == 0
    assert lab.command(unhex("D44001A20601020304")) == unhex("D54100"), "the firmware's own command knows the ACK"


def test_f_c13_without_tx_crc_the_host_makes_it():
    lab = Lab(Type2Target())
    assert lab.listed()[2] == 1
    lab.write_register((TX_MODE, lab.read_register(TX_MODE) & 0x7F))
    assert len(lab.through(sealed(unhex("3004"), TYPE_A))) == 17
    assert lab.through("3004") == SILENCE
    assert lab.listed()[2] == 1
    assert lab.through("30042600") == SILENCE, "what is no command of the tag"


def anticollision(lab, uid):
    """REQA, every cascade level, SELECT: the UID that was found, the last SAK."""
    assert lab.through("26", 7)[:1] == b"\x00"
    found = b""
    for select in (0x93, 0x95, 0x97):
        got = lab.through(bytes((select, 0x20)))
        assert got[0] == 0 and len(got) == 6 and got[1] ^ got[2] ^ got[3] ^ got[4] == got[5]
        answer = lab.through(sealed(bytes((select, 0x70)) + got[1:], TYPE_A))
        assert answer[0] == 0 and answer[1:] == sealed(answer[1:2], TYPE_A)
        found += got[1:5] if not answer[1] & 4 else got[2:5]
        if not answer[1] & 4:
            return found, answer[1]
    raise AssertionError("a fourth level")


def test_f_c13_a_host_that_does_the_whole_anticollision_itself():
    """Not in the row: 7-bit frames, and libnfc's anticollision with UIDs of one, two and three levels."""
    for uid in (unhex("083F6C4A"), unhex("0416C6C2D73881"), unhex("04112233445566778899")):
        card = Type4Target(Echo(), uid)
        lab = bare(card)
        assert lab.through("26") == SILENCE, "eight bits are no REQA"
        assert lab.through("26", 7) == b"\x00\x04\x00"
        assert lab.through("26", 7) == SILENCE, "a second REQA throws it back"
        assert anticollision(lab, uid) == (uid, 0x20)
        assert lab.through(sealed(unhex("E050"), TYPE_A))[1:] == sealed(card.ats, TYPE_A)
        assert lab.through(sealed(unhex("0200A40400"), TYPE_A))[1:] == sealed(unhex("0200A404009000"), TYPE_A)
        lab.crcs(True)
        assert lab.through("0300B2") == unhex("000300B29000")
        assert lab.through("C2") == unhex("00C2")
        assert lab.through("26", 7) == SILENCE, "halted: only WUPA wakes it"
        lab.crcs(False)
        assert lab.through("52", 7) == b"\x00\x04\x00"


def test_f_c13_two_cards_that_answer_at_once_collide():
    lab = bare(Type2Target(), MifareClassicTarget())
    assert lab.through("26", 7) == b"\x06" and lab.read_register(ERROR) & 8


def test_f_c13_parity_in_the_hosts_hands():
    """Not in the row: with ManualRCV bit 4 nine bits a byte go and come, and a wrong one is silence."""
    lab = Lab(Type2Target())
    assert lab.listed()[2] == 1
    lab.crcs(False)
    lab.write_register((MANUAL_RCV, 0x10))

    def wrapped(data, spoil=-1):
        stream = 0
        for at in range(len(data)):
            parity = bin(data[at]).count("1") + 1 + (at == spoil) & 1
            stream |= (data[at] | parity << 8) << 9 * at
        return stream.to_bytes((9 * len(data) + 7) // 8, "little"), 9 * len(data) % 8

    frame = sealed(unhex("3000"), TYPE_A)
    got = lab.through(*wrapped(frame))
    assert got[0] == 0 and lab.read_register(CONTROL) & 7 == 9 * 18 % 8
    stream = int.from_bytes(got[1:], "little")
    page = bytes([stream >> 9 * at & 0xFF for at in range(18)])
    assert page == sealed(page[:16], TYPE_A) and got[1:] == wrapped(page)[0]
    assert lab.through(*wrapped(frame, 1)) == SILENCE
    lab.write_register((MANUAL_RCV, 0x20))
    assert len(lab.through(frame)) == 19


def test_f_c13_framing_and_speed_that_are_not_the_cards():
    lab = Lab(Type4Target(Echo(), unhex("083F6C4A")))
    for address, value in ((TX_MODE, 0x83), (TX_MODE, 0x90), (RX_MODE, 0x83), (RX_MODE, 0x90)):
        lab.chip.rf.field(False)
        assert lab.listed()[2] == 1
        assert lab.through("0200A4")[0] == 0
        lab.write_register((address, value))
        assert lab.through("0300A4") == SILENCE, (address, value)


def test_f_c13_type_b_by_hand():
    """Not in the row: nfcpy lets the firmware find the card, sends it to sleep and activates it by itself."""
    card = TypeBTarget(Echo())
    lab = Lab(card)
    assert lab.listed("03")[2] == 1 and lab.read_register(TX_MODE) == 0x83
    assert lab.through("CA01")[0] == 0
    assert lab.through("050000") == SILENCE and lab.through("050008") == b"\x00" + card.atqb
    assert lab.through(b"\x1d" + card.atqb[1:5] + unhex("00080100")) == b"\x00" + card.attrib_res
    assert lab.through("0200A40400") == unhex("000200A404009000")
    lab.crcs(False)
    assert lab.through(sealed(unhex("0300B2"), TYPE_B)) == b"\x00" + sealed(unhex("0300B29000"), TYPE_B)


def test_f_c13_the_field_in_tx_control():
    target = Type4Target(Echo(), unhex("083F6C4A"))
    lab = Lab(target)
    assert not lab.read_register(TX_CONTROL) & 3
    assert lab.listed()[2] == 1 and lab.read_register(TX_CONTROL) & 3 == 3
    lab.write_register((TX_CONTROL, 0x80))
    assert not lab.chip.rf.on and target.state == 0
    assert lab.through("0200A4") == SILENCE
    lab.write_register((TX_CONTROL, 0x83))
    assert lab.command(unhex("D404"))[3] == 1


def test_f_c13_a_listing_without_an_answer_leaves_its_request_in_the_fifo():
    lab = Lab()
    assert lab.listed() == unhex("D54B00") and lab.read_register(FIFO_DATA) == 0x26
    lab = Lab(Type2Target())
    assert lab.listed()[2] == 1 and lab.read_register(FIFO_DATA) != 0x26


def test_f_c13_the_cius_own_commands():
    """Not in the row: libnfc's timed transceive goes by FIFO, Command and BitFraming alone; the CRC coprocessor."""
    lab = Lab(Type2Target())
    assert lab.listed()[2] == 1
    data = unhex("3004")
    lab.write_register((COMMAND, 0x0C), (FIFO_LEVEL, 0x80), *[(FIFO_DATA, byte) for byte in data])
    assert lab.read_register(FIFO_LEVEL) == 2
    lab.write_register((COMM_IRQ, 0x7F), (BIT_FRAMING, 0x80))
    assert lab.wait(lambda: lab.read_register(FIFO_LEVEL) == 16), "no answer in the FIFO"
    assert lab.read_register(COMM_IRQ) & 0x60 == 0x60
    got = bytes([lab.read_register(FIFO_DATA) for _ in range(16)])
    assert got == bytes(16) and lab.read_register(FIFO_LEVEL) == 0
    lab.write_register((FIFO_DATA, 0x30), (FIFO_DATA, 0x04), (0x6301, 0x3D), (COMMAND, 0x03))
    assert bytes((lab.read_register(0x6312), lab.read_register(0x6311))) == sealed(data, TYPE_A)[2:]
    lab.write_register((FIFO_LEVEL, 0x80), *[(FIFO_DATA, byte) for byte in range(70)][:40])
    assert lab.read_register(FIFO_LEVEL) == 40
    lab.write_register((FIFO_LEVEL, 0x80))
    assert lab.read_register(FIFO_LEVEL) == 0


def test_f_c13_mifare_encryption_can_only_be_switched_off():
    lab = Lab(MifareClassicTarget())
    assert lab.listed()[2] == 1
    lab.write_register((STATUS2, 0x08))
    assert not lab.read_register(STATUS2) & 8
    assert lab.command(unhex("D440016004FFFFFFFFFFFF084A8D69")) == unhex("D54100")
    assert lab.read_register(STATUS2) & 8
    assert len(lab.through("3004")) == 17
    lab.write_register((STATUS2, 0x00))
    assert lab.through("3004") == SILENCE


def test_registers_without_an_effect_keep_their_values_and_constants_stay():
    lab = Lab()
    lab.write_register((0x6317, 0xF8), (0x6327, 0x55), (0x0102, 0x77))
    assert [lab.read_register(at) for at in (0x6317, 0x6327, 0x0102)] == [0xF8, 0x80, 0x77]
    lab.chip.reset_pin(0)
    lab.chip.reset_pin(1)
    lab.clock.sleep_us(3000)
    lab.start()
    assert lab.read_register(0x6317) == 0x88
