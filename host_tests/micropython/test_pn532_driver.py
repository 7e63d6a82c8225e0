"""The PN532 driver against the chip's model on each bus: every row of the table of symptoms and remedies."""

import asyncio

from pn532_rig import card, fails, rigs

from chips.iso14443 import MifareClassicTarget, Type2Target
from taptill.adapters.reader import CardReader
from taptill.drivers.pn532.chip import Pn532
from taptill.ports import CardLost, ReaderFault

IRQ_BUSES = ("spi", "i2c", "i2c-soft")
OK = b"\x90\x00"


def never():
    return False


async def listed(rig, target):
    await rig.reader.begin()
    rig.chip.place(target)
    found = await rig.reader.list_target(3000, never)
    assert found is not None
    return found


# Start.


def test_begin_wakes_configures_the_sam_first_and_reads_the_version():
    async def body(rig):
        await rig.reader.begin()
        assert rig.reader.version == b"\x32\x01\x06\x07"
        wanted = [0x14, 0x02, 0x10, 0x02] if rig.transport.faster else [0x14, 0x02]
        assert [command[0] for command in rig.commands][: len(wanted)] == wanted, rig.commands
        assert rig.count(0x14) == 1

    rigs(body)


def test_begin_without_a_reset_pin():
    async def body(rig):
        await rig.reader.begin()
        assert rig.reader.version

    rigs(body, reset=False)


def test_f_c12_begin_on_a_clone_that_refuses_its_address_while_asleep():
    async def body(rig):
        rig.chip.faults.nack_asleep = True
        await rig.reader.begin()
        rig.chip.place(card([OK]))
        assert await rig.reader.list_target(3000, never)

    rigs(body, ("i2c", "i2c-soft", "i2c-poll"))


def test_begin_again_at_the_faster_rate_of_before():
    async def body(rig):
        await rig.reader.begin()
        assert rig.chip.front.baud == 921600
        await rig.reader.begin()  # no reset line: the chip has kept the rate, this side begins at 115,200
        rig.chip.place(card([OK]))
        assert await rig.reader.list_target(3000, never)
        assert bytes(await rig.reader.exchange(b"\x00\xa4")) == OK

    rigs(body, ("uart-fast",), reset=False)


def test_begin_does_not_ask_for_ic_32():
    async def body(rig):
        await rig.reader.begin()
        run = rig.chip.commands.run
        rig.chip.commands.run = lambda code, data: b"\x2a\x01\x06\x07" if code == 2 else run(code, data)
        await rig.reader.begin()
        assert rig.reader.version[0] == 0x2A

    rigs(body, ("spi",))


def test_a_dead_chip_is_a_reader_fault_after_three_tries():
    async def body(rig):
        rig.chip.faults.stuck = True
        error = await fails(ReaderFault, rig.reader.begin())
        assert "does not answer" in str(error)
        assert rig.resets == 3

    rigs(body, ("spi", "uart", "uart-fast", "i2c"))


def test_begin_survives_a_lost_first_command():
    async def body(rig):
        rig.chip.faults.drop_ack = 1
        await rig.reader.begin()
        assert rig.reader.version

    rigs(body)


# A restart of the ESP32 alone: F-C4.


def restarted(rig):
    """The driver of the ESP32's next life, before it does anything; what had arrived is lost."""
    if hasattr(rig.bus, "_input"):
        rig.bus._input = bytearray()
    return Pn532(rig.transport, None)


async def found(reader):
    target = await reader.list_target(2000, never)
    assert target is not None and target.ats
    assert bytes(await reader.exchange(b"\x00\xa4")) == OK


def test_f_c4_a_card_is_found_after_a_restart_in_the_middle_of_a_tap():
    async def body(rig):
        await listed(rig, card(lambda capdu: OK))
        await rig.reader.exchange(b"\x00\xa4")
        again = restarted(rig)
        await again.begin()
        await found(again)

    rigs(body, reset=False)


def test_f_c4_a_reset_line_that_is_not_wired_is_none():
    """Not in the row: the board has a pin for RSTPDN and nobody has put the wire in."""

    async def body(rig):
        await listed(rig, card(lambda capdu: OK))
        again = Pn532(rig.transport, lambda level: None)
        await again.begin()
        await found(again)

    rigs(body, reset=False)


def test_f_c4_a_command_that_was_still_running_is_ended():
    """Not in the row: the chip was searching, or waiting for a slow card, when the ESP32 restarted."""

    async def body(rig):
        await rig.reader.begin()
        task = asyncio.create_task(rig.reader.list_target(60000, never))
        await asyncio.sleep_ms(30)
        task.cancel()
        again = restarted(rig)
        await again.begin()
        slow = card(lambda capdu: OK)
        rig.chip.place(slow)
        await found(again)
        slow.app.cost_us = 60000000
        task = asyncio.create_task(again.exchange(b"\x00\xa4"))
        await asyncio.sleep_ms(30)
        task.cancel()
        slow.app.cost_us = 500
        third = restarted(rig)
        await third.begin()
        await found(third)

    rigs(body, reset=False)


def test_f_c4_what_another_program_has_set_is_as_after_a_reset():
    """Not in the row: no RATS, a single try, MIFARE retries, as other drivers leave the chip."""

    async def body(rig):
        await rig.reader.begin()
        for code, values in ((0x12, b"\x00"), (0x32, b"\x05\x01\x00\x01"), (0x32, b"\x04\x05"), (0x32, b"\x02\x00\x01\x01")):
            await rig.reader._call(code, values)
        again = restarted(rig)
        await again.begin()
        waiting = asyncio.create_task(again.list_target(5000, never))
        await asyncio.sleep_ms(60)  # long after the one try is over
        rig.chip.place(card(lambda capdu: OK))
        assert (await waiting).ats
        rf = rig.chip.rf
        assert (rf.passive_retries, rf.com_retries, rf.wait_us) == (0xFF, 0, 51200)

    rigs(body, reset=False)


def test_f_c4_frames_without_their_ends_as_another_program_wanted_them():
    """Not in the row: fRemovePrePostAmble, and the chip is told to be silent on P70_IRQ besides."""

    async def body(rig):
        await rig.reader.begin()
        rig.chip.commands.parameters |= 0x20
        rig.chip.irq_enabled = False
        again = restarted(rig)
        await again.begin()
        assert not rig.chip.commands.bare and rig.chip.irq_enabled
        rig.chip.place(card(lambda capdu: OK))
        await found(again)

    rigs(body, reset=False)


def test_f_c4_a_frame_that_broke_off_on_the_uart_does_not_swallow_the_start():
    """Not in the row: the ESP32 restarted while it was sending its longest frame."""

    async def body(rig):
        await rig.reader.begin()
        rig.bus.write(b"\x00\x00\xff\xff\xff\x01\x09\xf6\xd4\x40\x01" + bytes(7))
        again = restarted(rig)
        await again.begin()
        rig.chip.place(card(lambda capdu: OK))
        await found(again)

    rigs(body, ("uart", "uart-fast"), reset=False)


# Listing.


def test_list_waits_for_a_card_that_comes_later():
    async def body(rig):
        await rig.reader.begin()
        waiting = asyncio.create_task(rig.reader.list_target(5000, never))
        await asyncio.sleep_ms(60)
        rig.chip.place(card([OK]))
        found = await waiting
        assert found.sak == 0x20 and found.number == 1 and found.sens_res == 0x0004
        assert found.uid == b"\x08\x11\x22\x33" and found.ats == b"\x05\x78\x80\x70\x02"
        assert rig.count(0x4A) == 1

    rigs(body)


def test_a_card_already_there_when_listing_begins_with_its_edge_lost():
    async def body(rig):
        await rig.reader.begin()
        rig.chip.place(card([OK]))
        rig.chip.faults.lose_irq = 100
        assert await rig.reader.list_target(3000, never)

    rigs(body, IRQ_BUSES)


def test_list_ends_with_the_time_and_the_next_command_is_heard():
    async def body(rig):
        await rig.reader.begin()
        start = rig.clock.ms
        assert await rig.reader.list_target(120, never) is None
        assert 110 <= rig.clock.ms - start < 1000
        del rig.commands[:]
        await rig.reader.field_off()
        assert rig.count(0x32) == 1  # heard at once: nothing was repeated
        rig.chip.place(card([OK]))
        assert await rig.reader.list_target(3000, never)

    rigs(body, scale=1.0)


def test_list_ends_when_cancelled():
    async def body(rig):
        await rig.reader.begin()
        asked = []

        def cancelled():
            asked.append(1)
            return len(asked) > 2

        start = rig.clock.ms
        assert await rig.reader.list_target(60000, cancelled) is None
        assert rig.clock.ms - start < 2000
        await rig.reader.field_off()

    rigs(body)


def test_a_cancelled_task_leaves_nothing_running():
    async def body(rig):
        await rig.reader.begin()
        task = asyncio.create_task(rig.reader.list_target(60000, never))
        await asyncio.sleep_ms(30)
        task.cancel()
        await fails(asyncio.CancelledError, task)
        rig.chip.place(card([OK]))
        assert await rig.reader.list_target(3000, never)
        assert bytes(await rig.reader.exchange(b"\x00\xa4\x04\x00")) == OK

    rigs(body)


def test_the_stale_response_of_an_aborted_command_is_passed_over():
    async def body(rig):
        await rig.reader.begin()
        # An answer nobody asked for any more is already waiting when the next command's answer is read.
        rig.chip.front.chip.later(3000, lambda: rig.chip._push(bytes([0, 0, 255, 2, 254, 0xD5, 0x33, 0xF8, 0])))
        rig.chip.place(card([OK]))
        assert await rig.reader.list_target(3000, never)

    rigs(body, ("spi", "uart", "i2c-soft"))


def test_polling_costs_few_status_reads():
    async def body(rig):
        await rig.reader.begin()
        rig.bus.clear()
        assert await rig.reader.list_target(600, never) is None
        assert rig.bus.status_reads < 110, rig.bus.status_reads

    rigs(body, ("spi-poll",))


# Talking.


def test_exchange_short_and_longest_normal_and_extended_frames():
    sizes = (2, 100, 252, 253, 254, 258, 262)

    async def body(rig):
        await listed(rig, card([bytes([size & 0xFF]) * (size - 2) + OK for size in sizes]))
        for size in sizes:
            answer = await rig.reader.exchange(b"\x00\xb2\x01\x0c\x00")
            assert len(answer) == size and bytes(answer[-2:]) == OK, (size, len(answer))
            assert size == 2 or answer[0] == size & 0xFF
        assert rig.count(0x40) == len(sizes)

    rigs(body)


def test_chained_answers_are_joined():
    sizes = (263, 300, 524, 525, 1000)

    async def body(rig):
        await listed(rig, card([bytes([at % 251 for at in range(size)]) for size in sizes]))
        for size in sizes:
            answer = await rig.reader.exchange(b"\x00\xb2\x01\x0c\x00")
            assert bytes(answer) == bytes([at % 251 for at in range(size)]), size
        # every further part was asked for with the target's number alone
        assert [command for command in rig.commands if command[0] == 0x40 and len(command) == 2]

    rigs(body)


def test_an_endless_answer_is_bounded():
    async def body(rig):
        await listed(rig, card([bytes(1200)]))
        error = await fails(CardLost, rig.reader.exchange(b"\x00\xb2\x01\x0c\x00"))
        assert "longer than 1024" in str(error)

    rigs(body, ("spi",))


def test_long_commands_are_chained():
    async def body(rig):
        target = card(lambda capdu: OK)
        await listed(rig, target)
        for size in (261, 262, 263, 600):
            capdu = bytes([at % 253 for at in range(size)])
            assert bytes(await rig.reader.exchange(capdu)) == OK
            assert target.app.seen[-1] == capdu, size
        heads = [command[1] for command in rig.commands if command[0] == 0x40]
        assert heads == [1, 1, 0x41, 1, 0x41, 0x41, 1], heads

    rigs(body)


def test_a_slow_card_with_waiting_time_extensions():
    async def body(rig):
        target = card([OK])
        target.app.cost_us = 300000
        await listed(rig, target)
        assert bytes(await rig.reader.exchange(b"\x80\xa8\x00\x00")) == OK

    rigs(body, ("spi", "uart", "i2c-soft"), scale=1.0)


def test_no_answer_in_time_is_aborted_and_the_chip_is_usable():
    async def body(rig):
        target = card(lambda capdu: OK)
        target.app.cost_us = 60000000
        await listed(rig, target)
        start = rig.clock.ms
        error = await fails(CardLost, rig.reader.exchange(b"\x80\xa8\x00\x00", 150))
        assert "in time" in str(error)
        assert rig.clock.ms - start < 1500
        target.app.cost_us = 500
        assert await rig.reader.list_target(3000, never)
        assert bytes(await rig.reader.exchange(b"\x00\xa4")) == OK

    rigs(body, scale=1.0)


def test_a_pulled_card_gets_one_retry_and_the_field_is_switched_off():
    async def body(rig):
        target = card([OK, None])
        await listed(rig, target)
        await rig.reader.exchange(b"\x00\xa4")
        error = await fails(CardLost, rig.reader.exchange(b"\x00\xb2"))
        assert "present card again" in str(error)
        assert rig.count(0x40) == 3 and rig.commands[-1] == b"\x32\x01\x00"
        assert rig.reader.target is None and not rig.chip.rf.on
        # and the next card is served
        rig.chip.place(card([OK]))
        assert await rig.reader.list_target(3000, never)
        assert bytes(await rig.reader.exchange(b"\x00\xa4")) == OK

    rigs(body)


def status_once(rig, statuses):
    """The chip's next InDataExchange answers are these statuses."""
    commands = rig.chip.commands
    left = list(statuses)

    def answer(code, data):
        if code == 0x40 and left:
            return bytes([left.pop(0)])
        return type(commands).run(commands, code, data)

    commands.run = answer


def test_status_01_once_is_overcome_by_one_retry():
    async def body(rig):
        target = card([b"\x6f\x00" + OK])
        await listed(rig, target)
        status_once(rig, [0x01])
        assert bytes(await rig.reader.exchange(b"\x00\xa4")) == b"\x6f\x00" + OK

    rigs(body)


def test_status_27_before_anything_was_said_lists_again():
    async def body(rig):
        await listed(rig, card([OK]))
        await rig.reader._call(0x52, b"\x00")  # the chip forgets its target, the driver keeps the number
        rig.chip.rf.near[0].field_off()
        assert bytes(await rig.reader.exchange(b"\x00\xa4")) == OK
        assert rig.count(0x4A) == 2

    rigs(body)


def test_status_27_in_the_middle_of_a_reading_is_a_lost_card():
    async def body(rig):
        target = card([OK, OK])
        await listed(rig, target)
        await rig.reader.exchange(b"\x00\xa4")
        status_once(rig, [0x27])
        await fails(CardLost, rig.reader.exchange(b"\x00\xb2"))
        assert rig.count(0x4A) == 1 and len(target.app.seen) == 1

    rigs(body, ("spi",))


def test_every_status_ends_typed():
    async def body(rig):
        for status in list(range(1, 0x40)):
            status_once(rig, [])
            rig.chip.remove()
            await rig.reader.field_off()
            rig.chip.place(card(lambda capdu: OK))
            assert await rig.reader.list_target(3000, never)
            assert bytes(await rig.reader.exchange(b"\x00\xa4")) == OK
            status_once(rig, [status, status])
            try:
                await rig.reader.exchange(b"\x00\xb2")
            except CardLost:
                assert status not in (0x0A, 0x0D, 0x0E, 0x10, 0x2D)
            except ReaderFault:
                assert status in (0x0A, 0x0D, 0x0E, 0x10, 0x2D)
            else:
                raise AssertionError(hex(status))

    async def begun(rig):
        await rig.reader.begin()
        await body(rig)

    rigs(begun, ("spi",), scale=0.01)


def test_the_nad_bit_is_no_error():
    async def body(rig):
        await listed(rig, card([OK]))
        run = rig.chip.commands.run
        rig.chip.commands.run = lambda code, data: b"\x80" + OK if code == 0x40 else run(code, data)
        assert bytes(await rig.reader.exchange(b"\x00\xa4")) == OK

    rigs(body, ("spi",))


def test_exchange_without_a_listed_card():
    async def body(rig):
        await rig.reader.begin()
        await fails(CardLost, rig.reader.exchange(b"\x00\xa4"))

    rigs(body, ("spi",))


# The link.


def test_a_spoiled_response_is_asked_for_again():
    async def body(rig):
        target = card([OK, b"\x01" * 256 + OK])
        await listed(rig, target)
        for size in (2, 258):
            rig.chip.faults.corrupt = 1
            assert len(await rig.reader.exchange(b"\x00\xa4")) == size
        assert len(target.app.seen) == 2

    rigs(body)


def test_bits_lost_on_the_bus_never_reach_the_caller():
    async def body(rig):
        target = card(lambda capdu: capdu[:1] * 40 + OK)
        await listed(rig, target)
        for turn in range(12):
            hits = [turn]

            def spoil(data):
                if hits and len(data):
                    at = hits.pop()
                    data[at % len(data)] ^= 0x11

            rig.bus.spoil = spoil
            try:
                answer = await rig.reader.exchange(bytes([turn, 0xB2, 1, 0x0C]))
                assert bytes(answer) == bytes([turn]) * 40 + OK, (turn, bytes(answer))
            except (CardLost, ReaderFault):
                rig.bus.spoil = None
                await rig.reader.begin()
                assert await rig.reader.list_target(3000, never)
            rig.bus.spoil = None

    rigs(body)


def test_a_lost_ack_is_survived():
    async def body(rig):
        await listed(rig, card([OK, OK]))
        rig.chip.faults.drop_ack = 1
        assert bytes(await rig.reader.exchange(b"\x00\xa4")) == OK
        rig.chip.faults.drop_ack = 2
        assert bytes(await rig.reader.exchange(b"\x00\xb2")) == OK

    rigs(body)


def test_repeated_link_errors_end_in_a_hardware_reset():
    async def body(rig):
        await rig.reader.begin()
        resets = rig.resets
        rig.chip.faults.dead = True
        for _ in range(3):
            await fails(ReaderFault, rig.reader.field_off())
        assert rig.resets > resets
        await rig.reader.field_off()
        assert not rig.chip.faults.dead

    rigs(body, ("spi", "uart", "uart-fast", "i2c"))


def test_a_chip_that_slept_is_woken_again_without_a_reset_pin():
    async def body(rig):
        await rig.reader.begin()
        rig.chip.power(False)
        rig.chip.power(True)
        for _ in range(3):
            try:
                await rig.reader.field_off()
                break
            except ReaderFault:
                continue
        await rig.reader.begin()
        rig.chip.place(card([OK]))
        assert await rig.reader.list_target(3000, never)

    rigs(body, ("spi", "uart", "i2c"), reset=False)


def test_a_refused_command_is_a_reader_fault():
    async def body(rig):
        await rig.reader.begin()
        error = await fails(ReaderFault, rig.reader._call(0x7A))
        assert "refuses" in str(error)
        await rig.reader.field_off()

    rigs(body)


# The port.


def test_release_lets_the_same_card_be_read_again():
    async def body(rig):
        target = card(lambda capdu: OK)
        for turn in range(3):
            if not turn:
                await listed(rig, target)
            else:
                assert await rig.reader.list_target(3000, never)
            assert bytes(await rig.reader.exchange(b"\x00\xa4")) == OK
            await rig.reader.release()
            await rig.reader.field_off()
        assert target.app.starts == 3

    rigs(body)


def test_reader_port():
    async def body(rig):
        port = CardReader(rig.reader)
        await port.off()  # never raises, not even before the start
        rig.chip.place(card([OK, None]))
        tapped = await port.wait_card(3000, never)
        assert bytes(await tapped.transceive(b"\x00\xa4")) == OK
        await fails(CardLost, tapped.transceive(b"\x00\xb2"))
        await port.off()
        assert port.fault is None and not rig.chip.rf.on
        assert await port.wait_card(60, never) is None
        assert not rig.chip.rf.on
        assert await port.wait_card(60000, lambda: True) is None

    rigs(body)


def test_what_is_no_payment_card_is_said_so():
    async def body(rig):
        port = CardReader(rig.reader)
        for target in (Type2Target(), MifareClassicTarget()):
            rig.chip.place(target)
            error = await fails(CardLost, port.wait_card(3000, never))
            assert str(error) == "not a payment card"
            rig.chip.remove()

    rigs(body, ("spi", "uart"))


def test_off_keeps_its_error_to_itself():
    async def body(rig):
        port = CardReader(rig.reader)
        await rig.reader.begin()
        rig.chip.faults.dead = True
        await port.off()
        assert isinstance(port.fault, ReaderFault)

    rigs(body, ("spi",))


# What it costs.


def test_bus_bytes_and_transfers_of_a_six_apdu_tap():
    # The sizes of visa_comdirect_credit in tap_timing_model.json: frames of 134 + 948 bytes and six ACKs are
    # 1,118 bytes; each bus adds its own command, address and ready bytes.
    requests = (20, 13, 26, 5, 5, 5)
    answers = (60, 115, 203, 15, 256, 236)
    wanted = {"spi": (1136, 18), "uart": (1118, 18), "i2c-soft": (1148, 18), "i2c": (1256, 30)}

    async def body(rig):
        await listed(rig, card([bytes(size - 2) + OK for size in answers]))
        rig.bus.clear()
        for size, answer in zip(requests, answers):
            assert len(await rig.reader.exchange(bytes(size))) == answer
        bus = rig.bus
        print("tap:", bus.bytes, "bytes,", bus.transfers, "transfers")
        measured.append((bus.bytes, bus.transfers))

    for name in wanted:
        measured = []
        rigs(body, (name,))
        assert measured[0][0] <= wanted[name][0] and measured[0][1] <= wanted[name][1], (name, measured)


def test_polling_stays_within_bounds_too():
    async def body(rig):
        await listed(rig, card([bytes(254) + OK] * 6))
        rig.bus.clear()
        for _ in range(6):
            await rig.reader.exchange(b"\x00\xb2\x01\x0c\x00")
        print("poll:", rig.bus.bytes, "bytes,", rig.bus.transfers, "transfers")
        assert rig.bus.bytes < 6 * (15 + 1 + 7 + 270) * 115 // 100

    rigs(body, ("spi-poll",), scale=1.0)
