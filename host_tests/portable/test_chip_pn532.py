"""The PN532 model against the manual's frames, by SPI; other buses and drivers' habits in their own files."""

from chip_bench import SpiLab, payload_of
from expect import unhex

from chips import pn532_host
from chips.iso14443 import MifareClassicTarget, Type2Target, Type4Target, TypeBTarget


class Echo:
    """An application that answers what it is sent plus 9000, after `cost` microseconds."""

    def __init__(self, cost: int = 2000, size: int = 0):
        self.cost = cost
        self.size = size
        self.seen = []

    def delay_us(self, capdu):
        return self.cost

    def transmit(self, capdu):
        self.seen.append(bytes(capdu))
        if self.size:
            return bytes([i & 0xFF for i in range(self.size)]) + b"\x90\x00"
        return bytes(capdu) + b"\x90\x00"


def card(cost: int = 2000, size: int = 0, ats: bytes = b"\x05\x78\x80\x70\x02"):
    return Type4Target(Echo(cost, size), unhex("083F6C4A"), 0x20, b"\x03\x04", ats)


def started():
    lab = SpiLab()
    lab.start()
    return lab


def listed(target):
    lab = started()
    lab.chip.place(target)
    lab.found = lab.command(unhex("D44A0100"))
    return lab


def test_settings_answer_as_the_manual_says():
    lab = started()
    for sent, wanted in (
        ("D402", "D50332010607"),
        ("D40001", "D50100"),
        ("D40002", "D50100"),
        ("D414020101", "D515"),
        ("D414010000", "D515"),
        ("D41001", "D511"),
        ("D41200", "D513"),
        ("D4320100", "D533"),
        ("D43202000B0A", "D533"),
        ("D4320400", "D533"),
        ("D43205FF0102", "D533"),
        ("D4320A59F43F114D85616F266287", "D533"),
        ("D4320B69FF3F114185616F", "D533"),
        ("D4320CFF0485", "D533"),
        ("D4320D85158A8508B28501DA", "D533"),
        ("D45201", "D55300"),
        ("D45401", "D55527"),
        ("D4400100B2010C00", "D54127"),
        ("D404", "D50527000080"),
    ):
        assert lab.command(unhex(sent)) == unhex(wanted), sent


def test_registers_and_pins_keep_what_is_written():
    lab = started()
    assert lab.command(unhex("D408633D05630216")) == unhex("D509")
    assert lab.command(unhex("D406633D6302")) == unhex("D5070516")
    assert lab.command(unhex("D40E8184")) == unhex("D50F")
    assert lab.command(unhex("D40C")) == unhex("D50D010402")


def test_a_wrong_command_gets_the_error_frame():
    lab = started()
    for sent in ("D499", "D41400", "D432010203", "D44A0300", "D44A00", "D40003"):
        assert lab.command(unhex(sent)) == b"\x7f", sent
    assert lab.command(unhex("D402"))[0] == 0xD5


def test_a_broken_frame_is_not_acknowledged():
    lab = started()
    for text in ("0000FF02FED4022B00", "0000FF02FDD4022A00", "0000FF02FED5022900", "0000FFFFFF0105FBD400"):
        lab.write(unhex(text))
        lab.clock.sleep_us(20000)
        assert not lab.ready(), text
    assert lab.command(unhex("D402")) == unhex("D50332010607")


def test_loopback_with_262_bytes_uses_extended_frames_both_ways():
    lab = started()
    payload = b"\xd4\x00\x00" + bytes([i & 0xFF for i in range(262)])
    lab.write(pn532_host.build(payload))
    assert lab.wait(lab.ready) and lab.read(6) == pn532_host.ACK
    assert lab.wait(lab.ready)
    frame = lab.read(280)
    assert frame[:8] == unhex("0000FFFFFF0109F6")
    assert payload_of(frame) == b"\xd5\x01" + payload[2:]


def test_frames_switch_form_at_256_bytes():
    assert pn532_host.build(bytes(255))[:5] == unhex("0000FFFF01")
    assert pn532_host.build(bytes(256))[:8] == unhex("0000FFFFFF0100FF")


def test_irq_is_low_while_a_frame_waits():
    lab = started()
    assert lab.chip.irq == 1
    del lab.edges[:]
    lab.write(pn532_host.build(unhex("D402")))
    assert lab.wait(lambda: lab.chip.irq == 0)
    assert lab.read(6) == pn532_host.ACK and lab.edges == [0, 1]
    assert lab.wait(lambda: lab.chip.irq == 0)
    lab.read(20)
    assert lab.chip.irq == 1 and lab.edges == [0, 1, 0, 1]
    assert lab.command(unhex("D414010000")) == unhex("D515")
    del lab.edges[:]
    assert lab.command(unhex("D402")) and lab.edges == []


def test_irq_rises_between_an_ack_that_was_read_late_and_the_answer():
    lab = started()
    lab.write(pn532_host.build(unhex("D402")))
    lab.clock.sleep_us(20000)
    del lab.edges[:]
    assert lab.read(6) == pn532_host.ACK and lab.chip.irq == 1
    lab.clock.sleep_us(200)
    assert lab.chip.irq == 0 and lab.edges == [1, 0]
    assert payload_of(lab.read(20)) == unhex("D50332010607")


def test_a_type_b_card():
    target = TypeBTarget(Echo())
    lab = started()
    lab.chip.place(target)
    assert lab.command(unhex("D43205FF0101")) == unhex("D533")
    assert lab.command(unhex("D44A0100")) == unhex("D54B00"), "type A polling does not find it"
    assert lab.command(unhex("D44A010300")) == unhex("D54B0101") + target.atqb + unhex("0100")
    assert lab.command(unhex("D4400100A40400")) == unhex("D5410000A404009000")


def test_some_boards_never_wake_from_power_down():
    lab = started()
    lab.chip.faults.sleep_forever = True
    assert lab.command(unhex("D416F0")) == unhex("D51700")
    lab.clock.sleep_us(5000)
    lab.wake()
    lab.write(pn532_host.build(unhex("D402")))
    lab.clock.sleep_us(5000)
    assert not lab.ready()
    lab.chip.reset_pin(0)
    lab.chip.reset_pin(1)
    lab.clock.sleep_us(3000)
    lab.start()


def test_noise_from_the_host_never_stops_the_chip():
    lab = started()
    lab.chip.place(card())
    state = 12345
    for _ in range(300):
        noise = bytearray()
        for _ in range(24):
            state = (state * 1103515245 + 12345) & 0x3FFFFFFF
            noise.append((0, 0xFF, 0xD4, state >> 16 & 0xFF)[state >> 12 & 3])
        lab.transfer(b"\x01" + noise)
        payload = bytes(noise[2 : 4 + noise[0] % 12])
        lab.write(pn532_host.build(b"\xd4" + payload) if payload[:1] not in b"\x16\x14" else noise)
        lab.clock.sleep_us(300)
        lab.read(12)
    lab.write(pn532_host.ACK)
    lab.clock.sleep_us(10000)
    assert lab.command(unhex("D402")) == unhex("D50332010607")


def test_nothing_is_heard_before_wake_up_and_no_card_before_sam_configuration():
    lab = SpiLab()
    lab.write(pn532_host.build(unhex("D402")))
    lab.clock.sleep_us(20000)
    assert not lab.ready()
    lab.wake()
    assert lab.command(unhex("D402")) == unhex("D50332010607")
    lab.chip.place(card())
    assert lab.command(unhex("D44A0100"), 300000) is None
    lab.write(pn532_host.ACK)
    lab.clock.sleep_us(10000)
    assert lab.command(unhex("D414010001")) == unhex("D515")
    assert lab.command(unhex("D44A0100"))[:3] == unhex("D54B01")


def test_reset_forgets_everything():
    lab = listed(card())
    lab.chip.reset_pin(0)
    assert not lab.ready()
    lab.chip.reset_pin(1)
    lab.clock.sleep_us(3000)
    lab.start()
    assert lab.command(unhex("D4400100B2010C00")) == unhex("D54127")


def test_listing_waits_for_a_card_without_end():
    lab = started()
    lab.write(pn532_host.build(unhex("D44A0100")))
    assert lab.wait(lab.ready) and lab.read(6) == pn532_host.ACK
    assert lab.answer(3000000) is None
    lab.chip.place(card())
    began = lab.clock.now
    assert lab.answer(100000) == unhex("D54B010103042004083F6C4A0578807002")
    assert lab.clock.now - began < 20000


def test_listing_ends_after_the_set_number_of_tries():
    lab = started()
    assert lab.command(unhex("D43205FF0102")) == unhex("D533")
    began = lab.clock.now
    assert lab.command(unhex("D44A0100")) == unhex("D54B00")
    assert lab.clock.now - began < 40000


def test_ack_aborts_and_a_command_right_after_it_is_lost():
    lab = started()
    lab.write(pn532_host.build(unhex("D44A0100")))
    assert lab.wait(lab.ready) and lab.read(6) == pn532_host.ACK
    lab.clock.sleep_us(50000)
    lab.write(pn532_host.ACK)
    lab.write(pn532_host.build(unhex("D402")))
    lab.clock.sleep_us(30000)
    assert not lab.ready()
    assert lab.command(unhex("D402")) == unhex("D50332010607")
    lab.chip.place(card())
    lab.clock.sleep_us(50000)
    assert not lab.ready()


def test_nack_repeats_the_last_response():
    lab = started()
    first = lab.command(unhex("D402"))
    lab.write(pn532_host.NACK)
    assert lab.answer() == first
    lab.chip.faults.corrupt = 1
    lab.write(pn532_host.build(unhex("D402")))
    assert lab.wait(lab.ready) and lab.read(6) == pn532_host.ACK and lab.wait(lab.ready)
    spoiled = lab.read(20)
    assert spoiled[:12] == unhex("0000FF06FAD5033201060702")[:11] + spoiled[11:12] and sum(spoiled[5:12]) & 0xFF
    lab.write(pn532_host.NACK)
    assert lab.answer() == first


def test_type_2_and_classic_targets():
    lab = listed(Type2Target())
    assert lab.found == unhex("D54B0101004400070416C6C2D73881")
    assert lab.command(unhex("D44001A20401020304")) == unhex("D54100")
    assert lab.command(unhex("D440013004"))[:7] == unhex("D5410001020304")
    assert lab.command(unhex("D44260")) == unhex("D543000004040201000F03")
    assert lab.command(unhex("D4400100A4040000")) == unhex("D54101")
    lab = listed(MifareClassicTarget())
    assert lab.found == unhex("D54B010100040804084A8D69")
    assert lab.command(unhex("D440013004")) == unhex("D54101")
    lab = listed(MifareClassicTarget())
    assert lab.command(unhex("D440016004FFFFFFFFFFFF084A8D69")) == unhex("D54100")
    assert lab.command(unhex("D440013004")) == unhex("D54100") + bytes(16)
    assert lab.command(unhex("D440016004D3F7D3F7D3F7084A8D69")) == unhex("D54114")


def test_without_automatic_rats_the_host_does_iso_dep_itself():
    target = card()
    lab = started()
    assert lab.command(unhex("D41204")) == unhex("D513")
    lab.chip.place(target)
    assert lab.command(unhex("D44A0100")) == unhex("D54B010103042004083F6C4A")
    assert lab.command(unhex("D442E050")) == unhex("D543000578807002")
    assert lab.command(unhex("D4420200A40400")) == unhex("D543000200A404009000")
    assert lab.command(unhex("D44203AABB")) == unhex("D5430003AABB9000")


def test_long_apdus_are_chained_on_the_air():
    target = card()
    lab = listed(target)
    apdu = bytes([i & 0xFF for i in range(255)])
    assert lab.command(b"\xd4\x40\x01" + apdu) == unhex("D54100") + apdu + unhex("9000")
    assert target.app.seen == [apdu]
    small = card(ats=unhex("0572800002"))
    lab = listed(small)
    assert small.fsc == 32
    assert lab.command(b"\xd4\x40\x01" + apdu) == unhex("D54100") + apdu + unhex("9000")


def test_more_information_both_ways():
    target = card(size=600)
    lab = listed(target)
    assert lab.command(b"\xd4\x40\x41" + bytes(262)) == unhex("D54100")
    answer = lab.command(b"\xd4\x40\x01" + bytes(10))
    assert target.app.seen == [bytes(272)]
    whole = b""
    while answer[2] == 0x40:
        assert len(answer) == 265
        whole += answer[3:]
        answer = lab.command(b"\xd4\x40\x01")
    assert answer[2] == 0
    whole += answer[3:]
    assert len(whole) == 602 and whole[-2:] == b"\x90\x00"


def test_a_slow_card_asks_for_time_and_gets_it():
    target = card(cost=1500000)
    lab = listed(target)
    began = lab.clock.now
    assert lab.command(unhex("D4400100A40400"), 4000000) == unhex("D5410000A404009000")
    assert 1500000 < lab.clock.now - began < 1600000


def test_a_card_pulled_away_ends_in_status_01():
    target = card(cost=50000)
    lab = listed(target)
    lab.write(pn532_host.build(unhex("D4400100A40400")))
    assert lab.wait(lab.ready) and lab.read(6) == pn532_host.ACK
    lab.clock.sleep_us(20000)
    target.leave()
    assert lab.answer() == unhex("D54101")
    assert lab.command(unhex("D4400100A40400")) == unhex("D54101")
    assert lab.command(unhex("D442B2")) == unhex("D54301")


def test_presence_check_by_r_nak():
    lab = listed(card())
    assert lab.command(unhex("D4400100A40400"))[2] == 0
    assert lab.command(unhex("D442B3")) in (unhex("D54300A2"), unhex("D54300A3"))
    assert lab.command(unhex("D40006")) == unhex("D50100")


def test_an_active_card_is_not_listed_again_until_it_was_released():
    lab = listed(card())
    assert lab.command(unhex("D43205FF0102")) == unhex("D533")
    assert lab.command(unhex("D44A0100")) == unhex("D54B00"), "every second read fails"
    assert lab.command(unhex("D44A0100"))[2] == 1
    assert lab.command(unhex("D45201")) == unhex("D55300")
    assert lab.command(unhex("D44A0100")) == unhex("D54B00"), "a halted card waits for a field reset"
    assert lab.command(unhex("D4320100")) == unhex("D533")
    assert lab.command(unhex("D44A0100"))[2] == 1
    assert lab.command(unhex("D4320100")) == unhex("D533")
    assert lab.command(unhex("D4400100A40400")) == unhex("D54127")


def test_a_tag_without_iso_dep_is_found_by_every_listing_that_tries_twice():
    lab = listed(Type2Target())
    for _ in range(3):
        assert lab.command(unhex("D44A0100"))[2] == 1
    assert lab.command(unhex("D43205FF0100")) == unhex("D533")
    assert lab.command(unhex("D44A0100"))[2] == 0, "a single try only throws it back to IDLE"
    assert lab.command(unhex("D44A0100"))[2] == 1


def test_deselect_and_select():
    lab = listed(card())
    assert lab.command(unhex("D44401")) == unhex("D54500")
    assert lab.command(unhex("D4400100A40400")) == unhex("D54127")
    assert lab.command(unhex("D45401")) == unhex("D55500")
    assert lab.command(unhex("D4400100A40400")) == unhex("D5410000A404009000")


def test_two_cards_and_one_by_its_uid():
    lab = started()
    lab.chip.place(MifareClassicTarget(unhex("01020304")))
    lab.chip.place(Type2Target(unhex("04112233445566")))
    assert lab.command(unhex("D44A0200")) == unhex("D54B02010004080401020304020044000704112233445566")
    lab = started()
    lab.chip.place(MifareClassicTarget(unhex("01020304")))
    lab.chip.place(Type2Target(unhex("04112233445566")))
    assert lab.command(unhex("D44A01008804112233445566")) == unhex("D54B0101004400") + unhex("0704112233445566")


def test_auto_poll():
    lab = started()
    began = lab.clock.now
    assert lab.command(unhex("D460010100")) == unhex("D56100")
    assert lab.clock.now - began > 150000
    lab.chip.place(Type2Target(unhex("04C63A63110189")))
    assert lab.command(unhex("D460FF0110")) == unhex("D56101100C010044000704C63A63110189")


def test_power_down_sleeps_until_the_named_bus_wakes_it():
    lab = started()
    assert lab.command(unhex("D41620")) == unhex("D51700")
    lab.clock.sleep_us(5000)
    assert not lab.ready()
    lab.wake()
    assert lab.command(unhex("D402")) == unhex("D50332010607")
    assert lab.command(unhex("D41680")) == unhex("D51700")
    lab.clock.sleep_us(5000)
    lab.wake()
    lab.write(pn532_host.build(unhex("D402")))
    lab.clock.sleep_us(5000)
    assert not lab.ready()


def test_faults():
    lab = started()
    lab.chip.faults.drop_ack = 1
    lab.write(pn532_host.build(unhex("D402")))
    lab.clock.sleep_us(20000)
    assert not lab.ready()
    lab.chip.faults.lose_irq = 1
    del lab.edges[:]
    lab.write(pn532_host.build(unhex("D402")))
    assert lab.wait(lab.ready) and lab.edges == [] and lab.chip.irq == 0
    assert lab.read(6) == pn532_host.ACK and lab.answer()
    lab.chip.faults.stuck = True
    lab.write(pn532_host.build(unhex("D402")))
    lab.clock.sleep_us(20000)
    assert not lab.ready()
    lab.chip.faults.stuck = False
    assert lab.command(unhex("D402"))
    lab.chip.faults.dead = True
    lab.write(pn532_host.build(unhex("D402")))
    lab.clock.sleep_us(20000)
    assert not lab.ready()
    lab.chip.reset_pin(0)
    lab.chip.reset_pin(1)
    lab.clock.sleep_us(3000)
    lab.start()


def test_a_scale_makes_everything_faster():
    times = []
    for scale in (1.0, 0.1):
        lab = SpiLab(scale)
        lab.start()
        lab.chip.place(card())
        assert lab.command(unhex("D44A0100"))[2] == 1
        began = lab.clock.now
        assert lab.command(unhex("D4400100A40400"))[2] == 0
        times.append(lab.clock.now - began)
    assert times[1] * 2 < times[0]
