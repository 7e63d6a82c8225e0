"""The bench itself: a small program (bench_firmware/main.py) on the models, under the supervisor."""

import asyncio
import json
import pathlib

import pytest

from play.scripts import Script, ScriptError, ScriptFailed, contains
from rig.bench_options import size_of
from rig.supervisor import Bench, BenchError, Options, PowerLost

FIRMWARE = str(pathlib.Path(__file__).resolve().parent / "bench_firmware")
SOON = 10  # seconds: a bound, not a wait


def play(folder, story, **options):
    """Run `story(bench)` over a bench with the small program."""

    async def run():
        async with Bench(folder, Options(firmware=FIRMWARE, **options)) as bench:
            await shown(bench, "idle")
            return await story(bench)

    return asyncio.run(run())


async def shown(bench, *words):
    await bench.wait_text(lambda lines: all(word in lines for word in words), SOON)


async def press(bench, keys: str):
    for key in keys:
        await bench.do("key", key=key)


def test_keys_are_seen_once_each_through_the_matrix(tmp_path):
    async def story(bench):
        await press(bench, "1234567890")
        await shown(bench, "typed", "1234567890")
        # However long it is held, it is one press.
        await bench.do("key", key="7", ms=300)
        await shown(bench, "typed", "12345678907")
        assert "123456789077" not in bench.text()

    play(tmp_path, story)


def test_f_d11_values_that_cannot_be_used_leave_the_bench_answering(tmp_path):
    """F-D11: over the socket, as a client sends them; the next command of each is carried out."""

    async def story(bench):
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.port, limit=1 << 20)

        async def answer(line: str) -> dict:
            writer.write(line.encode() + b"\n")
            while event := json.loads(await asyncio.wait_for(reader.readline(), SOON)):
                if event.get("id") == 7:
                    return event

        for line in (
            '{"id":7,"do":"card","card":{"a":1}}',
            '{"id":7,"do":"key","key":"5","ms":1e308}',
            '{"id":7,"do":"speed","factor":NaN}',
            '{"id":7,"do":"key","key":"x"}',
            '{"id":7,"do":"card","card":"no-such"}',
            '{"id":7,"do":"card","script":{"exchanges":[["0","9000"]]}}',
        ):
            told = await answer(line)
            assert told["ev"] == "error" and "\n" not in told["text"], told
            assert (await answer('{"id":7,"do":"state"}'))["on"] is True
        writer.close()
        await press(bench, "5")
        await shown(bench, "typed", "5")
        assert not [event for _, event in bench.events if event["ev"] == "log"]

    play(tmp_path, story)


def test_picture_is_what_was_drawn(tmp_path):
    async def story(bench):
        state = await bench.do("state")
        assert state["oled_unknown"] == 0 and state["bus_bytes"]["i2c"] > 1024
        await press(bench, "1")
        await shown(bench, "typed", "1")
        return bench.frame(), bench.image().size, await bench.do("screenshot")

    frame, size, reply = play(tmp_path, story)
    assert size == (128 * 4 + 20, 64 * 4 + 20)
    # "1" of MicroPython's 8×8 font in the second line of text, at y = 10.
    rows = [[frame[(y >> 3) * 128 + x] >> (y & 7) & 1 for x in range(8)] for y in range(10, 18)]
    assert rows[:4] == [[0, 0, 0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0, 0, 0], [0, 0, 1, 1, 1, 0, 0, 0], rows[0]]
    assert reply["text"] == ["typed", "1"]


def test_files_survive_the_power(tmp_path):
    async def story(bench):
        await press(bench, "42A")
        await shown(bench, "saved", "42")
        await bench.power_off()
        assert bench.text() == [] and bench.frame() == bytes(1024)
        with pytest.raises(BenchError, match="switched off"):
            await bench.do("key", key="1")
        await bench.power_on()
        await shown(bench, "idle", "cause 1")
        await press(bench, "B")
        await shown(bench, "kept", "42")

    play(tmp_path, story)


@pytest.mark.parametrize("how", ["before", "torn", "after"])
def test_power_cut_at_a_write_stops_everything(tmp_path, how):
    async def story(bench):
        await press(bench, "1A")
        await shown(bench, "saved", "1")
        await press(bench, "2")
        await shown(bench, "typed", "12")
        place = bench.count
        await bench.do("cut", after="write", n=1, how=how)
        with pytest.raises(PowerLost):
            await press(bench, "A11")
        event = await bench.wait_event(lambda event: event["ev"] == "power", SOON, place)
        assert not event["on"] and "cut at write" in event["why"]
        await bench.power_on()
        await shown(bench, "idle")
        await press(bench, "B")
        await bench.wait_text(lambda lines: lines[:1] == ["kept"], SOON)
        # Before and torn: the old content stands.  After: the file system may have needed one write or more.
        assert bench.text()[1] in (("1", "12") if how == "after" else ("1",))

    play(tmp_path, story)


def test_power_cut_can_be_armed_before_the_first_instant(tmp_path):
    async def story(bench):
        await press(bench, "1A")
        await shown(bench, "saved", "1")
        await bench.power_off()
        await bench.power_on(cut="write:1:2:0.5")
        await shown(bench, "idle")
        place = bench.count
        with pytest.raises(PowerLost):
            await press(bench, "2A11")
        await bench.wait_event(lambda event: event["ev"] == "power" and not event["on"], SOON, place)
        assert not bench.on
        await bench.power_on()
        await shown(bench, "idle")
        await press(bench, "B")
        await shown(bench, "kept", "1")

    play(tmp_path, story)


def test_f_e3_the_rtc_and_its_memory_live_through_a_reset_and_not_without_power(tmp_path):
    """As on the ESP32 port, where both are in the domain of the RTC."""

    async def story(bench):
        await shown(bench, "2000", "b''")
        with pytest.raises(PowerLost):
            await press(bench, "D11")  # sets both, and resets
        await shown(bench, "cause 2", "2026", "b'kept'")
        await press(bench, "*")  # a watchdog that nobody feeds
        await shown(bench, "cause 3", "2026", "b'kept'")
        await bench.do("power", on=False)
        await bench.do("power")
        await shown(bench, "cause 1", "2000", "b''")

    play(tmp_path, story)


async def echo_host(seen):
    async def serve(reader, writer):
        data = b""
        while len(data) < 10:
            part = await reader.read(64)
            if not part:
                break
            data += part
        seen.append(data)
        if len(data) == 10:
            writer.write(b"12345")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


def test_network_steps_are_counted_and_can_be_cut(tmp_path):
    async def story(bench):
        seen = []
        server, port = await echo_host(seen)
        await press(bench, f"{port}C")
        await shown(bench, "no host", "118")  # not joined to Wi-Fi yet
        await press(bench, "#")
        await shown(bench, "online")
        place = bench.count
        await press(bench, "C")
        await shown(bench, "host", "12345")
        steps = [event["step"] for number, event in bench.events if number > place and event["ev"] == "net"]
        assert steps[:5] == ["open", "opened", "send", "send-half", "sent"]
        assert "got" in steps and steps[-1] == "close"
        await bench.do("cut", after="net", n=4)
        with pytest.raises(PowerLost):
            await press(bench, "C11")
        await bench.wait_event(lambda event: event["ev"] == "power" and not event["on"], SOON, place)
        for _ in range(1000):
            if len(seen) == 2:
                break
            await asyncio.sleep(0.01)
        assert seen == [b"hello host", b"hello"]
        server.close()

    play(tmp_path, story)


def test_wifi_lost_and_back(tmp_path):
    async def story(bench):
        await bench.do("wifi", up=False)
        await press(bench, "1#")
        assert (await bench.do("state"))["wifi"] == 1001
        await bench.do("wifi", up=True)
        place = bench.count
        await shown(bench, "online")
        event = await bench.wait_event(lambda event: event["ev"] == "buzzer", SOON, max(0, place - 20))
        assert event["hz"] == 2700 and event["ms"] >= 20
        assert (await bench.do("state"))["wifi"] == 1010

    play(tmp_path, story)


def test_reset_and_watchdog_start_it_again(tmp_path):
    async def story(bench):
        with pytest.raises(PowerLost):
            await press(bench, "D11")
        await shown(bench, "idle", "cause 2")
        await press(bench, "*")
        await shown(bench, "idle", "cause 3")

    play(tmp_path, story)


def test_clients_get_events_and_replies_over_the_socket(tmp_path):
    async def story(bench):
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.port)

        async def until(wanted):
            while True:
                event = json.loads(await asyncio.wait_for(reader.readline(), SOON))
                if wanted(event):
                    return event

        assert (await until(lambda event: event["ev"] == "power"))["on"]
        writer.write(b'{"do":"key","key":"9","id":7}\n')
        await until(lambda event: event["ev"] == "screen" and event.get("text") == ["typed", "9"])
        assert (await until(lambda event: event.get("id") == 7))["ev"] == "ok"
        for line, words in (
            (b'{"do":"dance"}\n', "does not know"),
            (b'{"do":"key","key":"Z"}\n', "not on this keypad"),
            (b'{"do":"card","card":"nobody"}\n', "no card is named"),
            (b'{"do":"cut","after":"tea","n":1}\n', "no such kind"),
        ):
            writer.write(line)
            assert words in (await until(lambda event: event["ev"] == "error"))["text"]
        writer.write(b'{"do":"power","on":false}\n')
        assert not (await until(lambda event: event["ev"] == "power"))["on"]
        writer.close()

    play(tmp_path, story)


def test_the_firmware_gets_exactly_the_heap_asked_for(tmp_path):
    async def story(bench):
        state = await bench.do("state")
        image = bench.folders["rom"].stat().st_size  # stands in for the board's flash
        return state["heap"] + state["heap_free"], state["heap_models"] - image

    total, models = play(tmp_path, story, heap="150k")
    assert abs(total - 150 * 1024) < 2048
    assert models < 340_000  # 240 kB of models; the table of names, for all that the firmware has, lies there too


def test_a_script_drives_it(tmp_path):
    text = f"""
    # types, saves, loses its power, still knows
    expect "idle" within 5s
    press 4 2 A
    expect "saved 42" within 5s
    screenshot {tmp_path}/out.png
    power off
    wait off
    power on
    expect "idle"
    hold B 1s
    expect "kept 42"
    expect not "idle"
    """

    class Stand:
        def __init__(self, bench):
            self.bench = bench

    async def story(bench):
        await Script(text, "good.txt").run(Stand(bench))
        with pytest.raises(ScriptFailed, match=r"bad.txt:2: expect \"idle\".*the screen: kept / 42"):
            await Script('\nexpect "idle" within 0.2s', "bad.txt").run(Stand(bench))

    play(tmp_path, story)
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "line, words",
    [
        ("dance", "no such act"),
        ("press 1 E", "no key"),
        ("tap nobody", "no card is named"),
        ("tap missing.json", "missing.json"),
        ("tap visa-credit after", "name=value"),
        ("cut net 1 torn", "only a write"),
        ("cut write 0", "from 1 to"),
        ("cut-power after-write 2 torn", "is written now: cut write 2 torn"),
        ('expect "x" within 5', "10s"),
        ('say "x', "quotation"),
        ("wifi maybe", "on or off"),
    ],
)
def test_a_script_is_checked_before_it_runs(line, words):
    with pytest.raises(ScriptError, match="f.txt:2: ") as caught:
        Script("\n" + line + "\n", "f.txt")
    assert words in str(caught.value)


def test_text_is_found_across_lines():
    assert contains(["PAY", "12.50"], "PAY 12.50") and contains(["请输入", "金额"], "请输入金额")
    assert not contains(["PAY"], "PAID")


def test_wrong_options_are_refused():
    with pytest.raises(BenchError, match="colour"):
        Options(colour="red")
    with pytest.raises(BenchError, match="lots"):
        size_of("lots")
    assert size_of("192k") == 196608


def test_unknown_board_is_named(tmp_path):
    async def run():
        await Bench(tmp_path, Options(board="abacus")).start()

    with pytest.raises(BenchError, match="abacus"):
        asyncio.run(run())
