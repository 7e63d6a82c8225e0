"""The acquirer as a service: TLS, control socket, time server, command, ledger file, the shared card table."""

import asyncio
import json
import os
import pathlib
import signal
import socket
import ssl
import stat
import subprocess
import sys

import pyemv
import pytest
from acquirer_bench import MERCHANT, NOW, TERMINAL, VECTOR_CARD, VISA, HandTerminal, clock, new_acquirer, run
from click.testing import CliRunner
from sqlalchemy import update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.schema import CreateTable

from acquirer import books, sntp, testcards
from acquirer.ledger import LedgerError
from acquirer.profiles.cn_pos import wire
from acquirer.report import masked, reconcile
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger
from acquirer.tables import accounts, metadata, postings
from cards import cryptogram, issuers
from till.host_command import host

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")


def client_context(folder: pathlib.Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "ca.pem")


def test_tls_is_checked_against_the_private_ca(tmp_path):
    async def work():
        async with new_acquirer(state=tmp_path, tls_port=0) as acquirer:
            context = client_context(tmp_path)
            for name in ("acquirer.taptill.example", "localhost", "127.0.0.1"):
                terminal = await HandTerminal(acquirer).connect_tls(context, name)
                assert await terminal.code("0200", terminal.sale(2)) == "00"
                assert terminal.writer.get_extra_info("peercert")["subject"][1][0][1] == "acquirer.taptill.example"
                terminal.writer.close()
            with pytest.raises(ssl.SSLCertVerificationError):
                await HandTerminal(acquirer).connect_tls(context, "other.example")
            with pytest.raises(ssl.SSLCertVerificationError):
                await HandTerminal(acquirer).connect_tls(ssl.create_default_context(), "localhost")
            pinned = ssl.create_default_context(cadata=acquirer.ca_der)
            terminal = await HandTerminal(acquirer).connect_tls(pinned, "localhost")
            async with HandTerminal(acquirer) as plain:  # TCP at the same time
                assert await plain.code("0200", plain.sale(3)) == "00"
            terminal.writer.close()

    asyncio.run(asyncio.wait_for(work(), 30))


def test_the_ca_is_made_once_and_its_keys_are_private(tmp_path):
    async def one() -> bytes:
        async with new_acquirer(state=tmp_path, tcp_port=None, tls_port=0) as acquirer:
            assert list(acquirer.ports) == ["tls"]
            return acquirer.ca_der

    assert asyncio.run(one()) == asyncio.run(one())
    if os.name == "posix":
        for name in ("server.pem", "ca.key.pem"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


async def ask_control(acquirer: Acquirer, *lines: str) -> "list[dict]":
    reader, writer = await asyncio.open_connection("127.0.0.1", acquirer.ports["control"])
    answers = []
    for line in lines:
        writer.write(line.encode() + b"\n")
        answers.append(json.loads(await asyncio.wait_for(reader.readline(), 5)))
    writer.close()
    return answers


def test_the_control_socket_commands_the_host():
    async def work():
        async with new_acquirer(control_port=0) as acquirer, HandTerminal(acquirer) as terminal:
            answers = await ask_control(
                acquirer,
                "decline 51 next",
                "status",
                f"balance {VISA} 100.00",
                f"balance {VISA}",
                f"card {VISA} stolen",
                "add-terminal 10000009 100000000000009 " + "0123456789ABCDEF" * 2,
                f"provision {TERMINAL}",
                "day-cut",
                "ledger",
                "transactions",
                "help",
            )
            assert all(answer["ok"] for answer in answers)
            assert answers[1]["faults"][0]["fault"] == "decline"
            assert answers[3] == {"ok": True, "card": "400000******0002", "balance": 10000}
            assert acquirer.ledger.tmk("10000009") == bytes.fromhex("0123456789ABCDEF" * 2)
            assert answers[6]["mac"] == "ecb" and answers[6]["merchant"] == MERCHANT
            assert answers[7]["business_day"] == 20260302
            assert answers[8]["problems"] == [] and answers[9]["transactions"] == []
            assert await terminal.code("0200", terminal.visa_sale(2)) == "51"  # the fault comes first
            assert await terminal.code("0200", terminal.visa_sale(4)) == "43"
            assert (await ask_control(acquirer, "hand"))[0]["ok"] is False
            await ask_control(acquirer, f"card {VISA} open", "clear")
            assert await terminal.code("0200", terminal.visa_sale(3)) == "00"
            rows = (await ask_control(acquirer, "transactions"))[0]["transactions"]
            assert [row["state"] for row in rows] == ["declined", "declined", "approved"]
            assert VISA not in json.dumps(rows)
            await ask_control(acquirer, f"reset-keys {TERMINAL}")
            assert await terminal.code("0200", terminal.sale(5)) == "A0"
            await ask_control(acquirer, "fresh")
            assert books.transactions(acquirer.ledger) == []

    asyncio.run(asyncio.wait_for(work(), 30))


@pytest.mark.parametrize(
    "line, words",
    [
        ("", "empty command"),
        ("explode", "explode: unknown command"),
        ("card 1", "usage: card CARD"),
        ("card nobody open", "card nobody: unknown"),
        (f"card {VISA} burn", "burn is not one of"),
        (f"balance {VISA} much", "much is not an amount"),
        ("balance 4999999999999999", "499999******9999: unknown"),
        (f"batch {TERMINAL} x", "x is not a number"),
        (f"batch {TERMINAL} 0", "0 is not 1 to 999999"),
        ("reset-keys 00000000", "terminal 00000000: unknown"),
        ("add-terminal 1 2", "terminal: 8 ASCII characters"),
        ("add-terminal 10000002 2", "merchant: 15 ASCII characters"),
        ("add-terminal 10000002 100000000000002 XYZ", "TMK: not hexadecimal"),
        ("wait-request lunch", "lunch is not one of"),
        ("wait-request sale soon", "soon is not a number"),
        ("wait-request sale 0.01", "nothing came in time"),
        ("wait-request sale 1 after", "usage: wait-request"),
        ("status now", "usage: status"),
        ("decline", "CODE is missing"),
    ],
)
def test_a_wrong_command_gets_one_clear_line(line, words):
    async def work(acquirer):
        answer = await acquirer.command(line)
        assert answer["ok"] is False and words in answer["error"] and "\n" not in answer["error"]

    run(work)


def test_the_control_socket_is_bounded():
    async def work():
        async with new_acquirer(control_port=0) as acquirer:
            answers = await ask_control(acquirer, "x" * 5000)
            assert answers == [{"ok": False, "error": "line too long"}]
            reader, writer = await asyncio.open_connection("127.0.0.1", acquirer.ports["control"])
            writer.write(b"y" * 200000)
            assert json.loads(await asyncio.wait_for(reader.readline(), 5))["error"] == "line too long"
            writer.close()

    asyncio.run(asyncio.wait_for(work(), 30))


def test_wait_request_waits_for_the_condition():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            waiting = asyncio.ensure_future(acquirer.command("wait-request reversal 5"))
            sale = terminal.sale(2)
            await terminal.ask("0200", sale)
            assert not waiting.done()
            await terminal.ask("0400", terminal.reversal(sale))
            assert await waiting == {"ok": True, "which": "reversal", "count": 1}
            assert (await acquirer.command("wait-request 0200 5 after 0"))["count"] == 1

    run(work)


@pytest.mark.parametrize(
    "data", [b"\x00", b"\x00\x03abc", b"\xff\xff" + bytes(300), b"\x00\x40" + b"A" * 64, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"]
)
def test_rubbish_closes_the_connection_and_harms_nobody(data):
    async def work(acquirer):
        reader, writer = await asyncio.open_connection("127.0.0.1", acquirer.ports["tcp"])
        writer.write(data)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.sale(2)) == "00"

    run(work)


def test_f_h4_frames_of_length_0_keep_the_line():
    """F-H4: before, between and after messages, and cut in two; a close after one is a close between two messages."""

    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            for stan, alive in enumerate((b"\0\0", b"\0\0" * 50), 2):
                terminal.writer.write(alive)
                assert await terminal.code("0200", terminal.sale(stan)) == "00"
            terminal.writer.write(b"\0")
            await terminal.writer.drain()
            terminal.writer.write(b"\0" + wire.frame(terminal.body("0200", terminal.sale(4))))
            assert (await terminal.receive()).fields[39] == "00"
            terminal.writer.write(b"\0\0")
            terminal.writer.write_eof()
            assert await asyncio.wait_for(terminal.reader.read(), 5) == b""

    run(work)


def test_a_readable_message_with_a_bad_field_gets_30():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            body = bytearray(terminal.body("0200", terminal.sale(2)))
            place = bytes(body).index(bytes.fromhex("000000001250"))
            body[place] = 0xAB
            terminal.send(bytes(body))
            assert (await terminal.receive()).fields[39] in ("30", "97")
            terminal.send(terminal.body("0210", terminal.sale(2)))  # an answer is no request
            assert await asyncio.wait_for(terminal.reader.read(), 5) == b""

    run(work)


def test_the_time_server_answers_clients_only():
    request = bytes([0x23]) + bytes(39) + bytes(range(8))
    answer = sntp.answer(request, 0.5)
    assert len(answer) == 48 and answer[0] == 0x24 and answer[24:32] == bytes(range(8))
    assert answer[40:48] == (2208988800).to_bytes(4, "big") + bytes.fromhex("80000000")
    assert sntp.answer(answer, 0) is None and sntp.answer(b"short", 0) is None

    async def work():
        async with new_acquirer(sntp_port=0) as acquirer:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.setblocking(False)
                client.connect(("127.0.0.1", acquirer.ports["sntp"]))
                loop = asyncio.get_running_loop()
                await loop.sock_sendall(client, request)
                data = await asyncio.wait_for(loop.sock_recv(client, 100), 5)
                assert int.from_bytes(data[40:44], "big") - 2208988800 == int(NOW.timestamp())

    asyncio.run(work())


def test_every_shared_card_is_known_and_its_cryptogram_verifies():
    """The virtual cards' own arithmetic against the issuer's (pyemv): two programs, one result."""

    async def work(acquirer):
        testcards.load(acquirer.ledger)
        async with HandTerminal(acquirer) as terminal:
            for stan, card in enumerate(issuers.CARDS, 2):
                issuer = issuers.issuer_of(card["pan"])
                version, amount = issuer["version"], 1250
                values = {
                    "9F02": bytes.fromhex(f"{amount:012d}"),
                    "9F03": bytes(6),
                    "9F1A": b"\x01\x56",
                    "95": bytes(5),
                    "5F2A": b"\x01\x56",
                    "9A": b"\x26\x03\x01",
                    "9C": b"\0",
                    "9F37": b"\1\2\3\4",
                    "82": b"\x20\0",
                    "9F36": stan.to_bytes(2, "big"),
                }
                if version.startswith("mc-"):
                    checks = bytes.fromhex("A00003000000")
                    issued = b"\x01" + bytes([0x14 if version == "mc-20" else 0x10]) + checks + bytes(10)
                else:
                    checks = bytes.fromhex("03A00000")
                    issued = bytes.fromhex("06010A" if version == "visa-10" else "060112") + checks
                master = cryptogram.icc_master_key(bytes.fromhex(issuer["imk"]), card["pan"], card["psn"])
                arqc = cryptogram.cryptogram(version, master, values, issued, checks)
                tags = {"9F26": arqc, "9F27": b"\x80", "9F10": issued, **values}
                sale = terminal.sale(
                    stan,
                    amount,
                    f2=card["pan"],
                    f14=card["expiry"],
                    f22="072",
                    f23="0" + card["psn"],
                    f55=bytes(pyemv.tlv.encode(tags)),
                )
                if card["pan"] == VECTOR_CARD:  # the bench has its own row for this number
                    continue
                wanted = {"expired": "54", "blocked": "62"}.get(card["name"], "00")
                answer = await terminal.ask("0200", sale)
                assert answer.fields[39] == wanted, card["name"]
                assert (55 in answer.fields) == (wanted == "00")

    run(work)


def test_a_ledger_file_survives_a_restart(tmp_path):
    url = f"sqlite:///{(tmp_path / 'ledger.sqlite').as_posix()}"

    async def work(stan: int, ledger: SqlLedger) -> None:
        async with Acquirer(ledger, clock=clock) as acquirer:
            tmk = ledger.tmk(testcards.DEMO_TERMINAL)
            async with HandTerminal(acquirer, testcards.DEMO_TERMINAL, testcards.DEMO_MERCHANT, tmk) as terminal:
                await terminal.sign_on()
                sale = terminal.sale(2, f2="4761739001010010", f14="3112")
                assert await terminal.code("0200", sale) == "00"
                assert ledger.balance("4761739001010010") == 500000 - 1250

    for stan in (2, 3):
        ledger = SqlLedger(url, clock)
        asyncio.run(work(stan, ledger))
        assert len(books.transactions(ledger)) == 1 and books.problems(ledger) == []
        ledger.close()


def test_snapshot_and_restore():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            await terminal.ask("0200", terminal.sale(2))
            before, kept = acquirer.ledger.snapshot(), books.transactions(acquirer.ledger)
            await terminal.ask("0200", terminal.sale(3))
            await terminal.ask("0400", terminal.reversal(terminal.sale(2)))
            acquirer.ledger.restore(before)
            assert books.transactions(acquirer.ledger) == kept and acquirer.ledger.merchant_balance(MERCHANT) == 1250
            assert await terminal.code("0200", terminal.sale(3)) == "00"

    run(work)


def test_spoilt_books_are_found():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            await terminal.ask("0200", terminal.sale(2))
        kept = acquirer.ledger.snapshot()
        for change in (update(postings).values(amount=postings.c.amount + 1), update(accounts).values(balance=7)):
            with acquirer.ledger.connection() as connection:
                connection.execute(change)
            assert books.problems(acquirer.ledger) != []
            acquirer.ledger.restore(kept)

    run(work)


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////no/such/folder/ledger.sqlite", "nodb://x"])
def test_a_ledger_that_cannot_be_opened_is_one_line(url):
    with pytest.raises(LedgerError) as caught:
        SqlLedger(url)
    assert "\n" not in str(caught.value) and str(caught.value).startswith("ledger")


@pytest.mark.parametrize("dialect", [postgresql.dialect(), mysql.dialect(), sqlite.dialect()])
def test_the_tables_can_be_made_on_any_database(dialect):
    made = [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables]
    assert len(made) == 9 and any("one_stan_a_batch" in text for text in made)


def test_a_ledger_of_another_version_is_refused(tmp_path):
    url = f"sqlite:///{(tmp_path / 'ledger.sqlite').as_posix()}"
    ledger = SqlLedger(url, clock)
    with ledger.connection() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '99'")
    ledger.close()
    with pytest.raises(LedgerError, match="another version"):
        SqlLedger(url, clock)
    result = CliRunner().invoke(host, ["--state", str(tmp_path)])
    assert result.exit_code == 2 and "another version" in result.output


def test_another_batch_is_told_at_sign_on_and_frees_the_traces():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.sale(2)) == "00"
            assert await acquirer.command(f"batch {TERMINAL} 7") == {"ok": True, "terminal": TERMINAL, "batch": 7}
            assert await terminal.code("0200", terminal.sale(3)) == "77"
            assert (await terminal.sign_on()).fields[60] == "00000007003"
            assert await terminal.code("0200", terminal.sale(2, f60="2200000700060")) == "00"
            # A reversal of the batch before still finds its sale.
            assert await terminal.code("0400", terminal.reversal(terminal.sale(2))) == "00"
            assert [row["state"] for row in books.transactions(acquirer.ledger)] == ["reversed", "approved"]

    run(work)


def test_reconciliation_finds_every_kind_of_difference():
    async def work(acquirer):
        def record(stan, state, amount=1250):
            return {"batch": 1, "stan": stan, "kind": "sale", "amount": amount, "state": state}

        async with HandTerminal(acquirer) as terminal:
            for stan in (2, 3, 4):
                await terminal.ask("0200", terminal.sale(stan))
            await terminal.ask("0400", terminal.reversal(terminal.sale(3)))
            await terminal.ask("0200", terminal.visa_sale(5, 600000))
        good = [
            record(2, "pending"),
            record(2, "approved"),
            record(3, "reversed"),
            record(4, "approved"),
            record(5, "declined", 600000),
            record(6, "reversed: not found"),
            record(7, "not sent"),
        ]
        assert reconcile(good, acquirer.ledger, TERMINAL) == []
        assert len(books.transactions(acquirer.ledger)) == 4

        def lines(*others):
            changed = {item["stan"]: item for item in [*good, *others]}
            return "\n".join(reconcile(list(changed.values()), acquirer.ledger, TERMINAL))

        assert "STAN 000002: pending in the journal" in lines(record(2, "pending"))
        assert "STAN 000002: reversed in the journal, approved" in lines(record(2, "reversed"))
        assert "STAN 000003: approved in the journal, reversed" in lines(record(3, "approved"))
        assert "STAN 000006: reversed in the journal, unknown" in lines(record(6, "reversed"))
        assert "STAN 000002: not sent in the journal, approved" in lines(record(2, "not sent"))
        assert lines({**record(2, "partial", 9999), "approved": 1250}) == ""
        assert "12.49 in the journal, 12.50 at" in lines({**record(2, "partial", 9999), "approved": 1249})
        assert "STAN 000006: approved in the journal, unknown" in lines(record(6, "approved"))
        assert "STAN 000002: 12.51 in the journal, 12.50" in lines(record(2, "approved", 1251))
        assert lines(record(4, "manual list")) == ""
        assert "STAN 000002: approved by the host, not in the journal" in "\n".join(
            reconcile(good[2:], acquirer.ledger, TERMINAL)
        )

    run(work)


def test_a_pan_is_masked():
    assert masked(VECTOR_CARD) == "620000******0005" and masked("123") == "***"


def test_the_command_prints_its_ports_serves_and_stops(tmp_path):
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from till.host_command import host; host()",
            "--port",
            "0",
            "--tls-port",
            "0",
            "--control",
            "0",
            "--sntp",
            "0",
            "--state",
            str(tmp_path / "state"),
            "--json",
            "--fault",
            "drop-answer next",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).resolve().parent.parent / "tools")},
    )
    try:
        told = json.loads(process.stdout.readline())
        assert set(told["ports"]) == {"tcp", "tls", "control", "sntp"}
        with socket.create_connection(("127.0.0.1", told["ports"]["control"]), 5) as control:
            control.sendall(b"status\n")
            assert json.loads(control.makefile().readline())["faults"][0]["fault"] == "drop-answer"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")
        assert (tmp_path / "state" / "ledger.sqlite").exists() and (tmp_path / "state" / "ca.der").exists()
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--fault", "explode"], "fault explode: unknown"),
        (["--ledger", "nonsense"], "ledger: cannot open it"),
        (["--port", "70000"], "70000"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(tmp_path, arguments, words):
    result = CliRunner().invoke(host, ["--state", str(tmp_path), *arguments])
    assert result.exit_code == 2 and words in result.output and "Traceback" not in result.output


def test_a_port_in_use_is_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(host, ["--state", str(tmp_path), "--plain", "--port", port, "--control", "0"])
    assert result.exit_code == 2 and "cannot listen" in result.output
