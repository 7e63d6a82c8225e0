"""F-M17: the retail MAC as a setting, agreed on both sides and by nothing on the wire; `till decode` and the host's side of it.

Cases that the row does not name: a host whose terminal is set otherwise, a sign-on that asks for single keys, keys of before.
"""

import asyncio
import json
import subprocess

import line_story
import pytest
from acquirer_bench import MAK, PIK, TERMINAL, AsciiTerminal, HandTerminal, RetailTerminal, new_acquirer, run
from board_double import deployed
from click.testing import CliRunner
from test_bench_sale import SETTINGS, Till, options
from test_state_lock import ENVIRONMENT, ROOT, TILL

from acquirer import books, mac
from acquirer.keys import random_key
from acquirer.profiles.cn_pos import wire
from acquirer.tls import server_context
from rig import plain_line
from rig.lab import Lab
from taptill.core.des import Des
from taptill.core.profiles.cn_pos import mac as ours
from till import bench_command, provision
from till.decode import decode

DOUBLE = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
TEXTS = (b"", b"1", b"Now is the time for all ", b"Now is the time for it", bytes(range(200)))


@pytest.mark.parametrize("kind", mac.KINDS)
def test_both_sides_make_the_same_mac(kind):
    """The terminal's own DES and the acquirer's library; ISO/IEC 9797-1 algorithm 3 and the dialect's."""
    for text in TEXTS:
        assert mac.code(kind, DOUBLE, text) == ours.code(kind, Des(DOUBLE), text)
    assert (ours.ECB, ours.RETAIL) == mac.KINDS


def test_f_m17_sales_reversals_and_a_void_under_the_retail_mac(tmp_path):
    """The whole terminal on the bench; `till decode` finds its messages right under that MAC and wrong under the dialect's."""
    found = asyncio.run(line_story.told(tmp_path, {"mac": "retail"}))
    sealed = [mti for mti, last in found.macs("--mac", "retail") if last]
    assert len(sealed) >= 8 and set(sealed) == {"0200", "0210", "0400", "0410"}
    assert [mti for mti, last in found.macs("--mac", "retail") if last == "MAC WRONG"] == ["0210"]  # the answer that was spoilt
    assert {last for _, last in found.macs() if last} == {"MAC WRONG"}
    assert line_story.spilt(found) == []


def test_f_m17_the_wire_never_talks_the_host_down():
    """A terminal that is agreed to make the retail MAC: no other MAC, and no sign-on for single keys, whoever asks."""

    async def work():
        async with new_acquirer(control_port=0) as acquirer:
            acquirer.ledger.set_mac(TERMINAL, "retail")
            assert acquirer.ledger.working_keys(TERMINAL) == (None, None)  # keys of the other MAC are gone
            acquirer.ledger.set_working_keys(TERMINAL, PIK, DOUBLE)
            async with HandTerminal(acquirer, mak=DOUBLE) as weak:
                weak.send(weak.body("0200", weak.sale(2)))
                length = int.from_bytes(await weak.reader.readexactly(2), "big")
                refused = wire.decode(await weak.reader.readexactly(length))
                assert refused.fields[39] == "A0"
                assert mac.retail_mac(DOUBLE, refused.mac_data) == refused.fields[64]
                assert (await weak.sign_on("001")).fields[39] == "40"
            async with RetailTerminal(acquirer, mak=DOUBLE) as sound:
                assert await sound.code("0200", sound.sale(3)) == "00"
                assert (await sound.sign_on("003")).fields[39] == "00"
                assert await sound.code("0200", sound.sale(4)) == "00"
            assert books.problems(acquirer.ledger) == []
            async with HandTerminal(acquirer, mak=DOUBLE) as terminal:
                acquirer.ledger.set_mac(TERMINAL, "ecb")
                assert (await terminal.sign_on("001")).fields[39] == "00"
                assert await terminal.code("0200", terminal.sale(5)) == "00"

    asyncio.run(work())


def test_working_keys_are_for_the_mac_of_the_profile_that_asked_for_them():
    """On a line of another MAC they are wrong, both ways, and a sign-on there brings keys for it; the agreed MAC stays."""

    async def work(acquirer):
        ledger = acquirer.ledger

        def told() -> tuple:
            known = ledger.terminal(TERMINAL)
            return known["mac"], known["agreed"], known["signed_on"]

        assert told() == ("ecb", "ecb", True)
        async with AsciiTerminal(acquirer) as ascii, HandTerminal(acquirer) as other:
            assert (await ascii.sign_on()).fields[39] == "00" and told() == ("retail", "ecb", True)
            assert await ascii.code("0200", ascii.sale(2)) == "00"
            # That key, in the weak MAC, on the other line: refused, and without an F64 that would tell something of the key.
            other.pik, other.mak = ascii.pik, ascii.mak
            refused = await other.ask("0200", other.sale(3))
            assert refused.fields[39] == "A0" and 64 not in refused.fields
            assert await other.code("0400", other.reversal(other.sale(2))) == "A0"
            assert told() == ("retail", "ecb", True) and await ascii.code("0200", ascii.sale(4)) == "00"
            assert (await other.sign_on()).fields[39] == "00" and told() == ("ecb", "ecb", True)
            assert await other.code("0200", other.sale(5)) == "00"
            # Now it is the ASCII terminal's turn.
            ascii.pik, ascii.mak = other.pik, other.mak
            assert await ascii.code("0200", ascii.sale(6)) == "63" and (await ascii.sign_on()).fields[39] == "00"
            assert await ascii.code("0400", ascii.reversal(ascii.sale(4))) == "00"
        # Where both are agreed on the same MAC, keys hold on both lines.
        ledger.set_mac(TERMINAL, "retail")
        async with AsciiTerminal(acquirer) as ascii, RetailTerminal(acquirer) as sound:
            assert (await ascii.sign_on()).fields[39] == "00"
            sound.pik, sound.mak = ascii.pik, ascii.mak
            assert await sound.code("0200", sound.sale(7)) == await ascii.code("0200", ascii.sale(8)) == "00"

    run(work, lines={"iso87a-tcp": 0})


def test_f_m17_decode_says_when_a_key_is_none_for_that_mac():
    refused = CliRunner().invoke(decode, ["60" + "00" * 30, "--mak", MAK.hex(), "--mac", "retail"])
    assert refused.exit_code == 2
    assert "'--mac'" in CliRunner().invoke(decode, ["60", "--mac", "sound"]).output


SHOP = {
    "merchant_name": "Corner shop",
    "merchant_id": "100000000000001",
    "terminal_id": "10000001",
    "host": "h",
    "port": 1,
}


@pytest.mark.parametrize(
    "words, warnings",
    [
        ("--plain", [plain_line.WARNING]),
        ("--bind 0.0.0.0", [plain_line.WARNING]),
        ("--bind 0.0.0.0 --tls", []),
        ("--line iso87a-tcp=0 --line iso87a-tls=0", []),  # this computer alone can come, and each profile has TLS too
        ("--tls --line iso87a-tcp=0", ["iso87a-tcp: " + plain_line.OVERHEARD]),  # whose MAC is sound
    ],
)
def test_f_m17_a_host_that_takes_plain_tcp_warns(tmp_path, words, warnings):
    ports = "--port 0 --tls-port 0 --control 0".split()
    process = subprocess.Popen(
        [*TILL, "host", *ports, *words.split(), "--state", str(tmp_path)], env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline().startswith("acquirer:")
    process.terminate()
    assert process.communicate()[1].splitlines() == [f"till: {warning}" for warning in warnings]


@pytest.mark.parametrize("words", ["--plain", "--tls"])
def test_f_m17_a_terminal_on_plain_tcp_is_warned_of(tmp_path, deployed_flash, words):
    """At `till run` and, for a board, at `till provision`."""
    (tmp_path / "script.txt").write_text("wait idle\n")
    done = CliRunner().invoke(bench_command.run, [str(tmp_path / "script.txt"), words])
    assert done.exit_code == 0 and (plain_line.WARNING in done.stderr) is (words == "--plain")
    server_context(tmp_path)  # makes a CA
    (tmp_path / "config.json").write_text(json.dumps({**SHOP, "tls": words == "--tls", "tls_name": "h"}))
    with deployed(tmp_path / "board", deployed_flash) as board:
        given = [tmp_path / "config.json", "--ca", tmp_path / "ca.der", "--port", board.port]
        done = CliRunner().invoke(provision.provision, [str(each) for each in given], env={"TILL_TMK": random_key().hex()})
    assert done.exit_code == 0, done.output
    assert (plain_line.WARNING in done.stderr) is (words == "--plain")


def test_f_m17_the_start_screen_of_an_open_line_says_so(tmp_path):
    """Over TLS it does not."""

    async def run(tls):
        seen = []
        async with Lab(tmp_path / str(tls), tls, SETTINGS, options(), listener=seen.append) as lab:
            await Till(lab).shows("HINT_IDLE")
        return {name for event in seen if event["ev"] == "screen" for name in event.get("names", ())}

    assert "NO_TLS" in asyncio.run(run(False)) and "NO_TLS" not in asyncio.run(run(True))


@pytest.mark.parametrize(
    "place, begin, end",
    [
        ("tools/facts/tables/fields.txt", "[field 64]", "\nsize"),
        ("tools/desk/lessons/sale.txt", "Field 64 is a MAC", "until"),
        ("tools/desk/lessons/wrong-mac.txt", "The MAC is made of the whole message", "\nstep"),
        ("firmware/taptill/core/profiles/cn_pos/messages.md", "weak by construction", "Known answers"),
        ("README.md", "**Leave ", "\n\n"),
    ],
)
def test_f_m17_whoever_explains_the_mac_says_what_guards_the_line(place, begin, end):
    """The page taught that nobody without the key can change a message; it is not so."""
    text = (ROOT / place).read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]
    assert "TLS" in text
    if place.startswith("tools"):
        chinese = [line for line in text.splitlines() if any("\u4e00" <= sign <= "\u9fff" for sign in line)]
        assert "TLS" in "".join(chinese)
