"""F-M18: keys of the ledger are wrapped, files are their owner's, and card data and keys go to nobody who did not ask.

Cases that the row does not name: PIN check values, the journal of the file system's free pages after a migration, a
migration that was cut short, the control socket that told every TMK, a master key that is gone.
"""

import asyncio
import errno
import json
import os
import pathlib
import sqlite3
import stat
import tarfile
import traceback

import pytest
from acquirer_bench import TMK, HandTerminal, new_acquirer
from click.testing import CliRunner
from sqlalchemy import update
from test_acquirer_service import ask_control
from test_bench_sale import SETTINGS, Till, options
from test_state_lock import running

from acquirer import books, keys, testcards
from acquirer.ledger import LedgerError
from acquirer.profiles.cn_pos import wire
from acquirer.sql_ledger import SqlLedger
from acquirer.tables import terminals
from acquirer.vault import FILE, VARIABLE, Keeper, Vault, VaultError
from campaigns.secret_search import Secrets
from cards import issuers
from desk.cover import covered
from rig.lab import Lab
from till import bench_command
from till.host_command import tmk

MASTER = bytes(range(32))
OLD = pathlib.Path(__file__).parent / "fixtures" / "flash" / "v1.tar.xz"


def mode(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def url(folder: pathlib.Path) -> str:
    return f"sqlite:///{(folder / 'ledger.sqlite').as_posix()}"


def secrets_of(folder: pathlib.Path) -> tuple:
    """A ledger with keys of every kind in it, and what is not to be found in its file."""
    ledger = SqlLedger(url(folder))
    testcards.load(ledger)
    pik, mak = keys.new_working_keys("003")
    ledger.set_working_keys(testcards.DEMO_TERMINAL, pik, mak)
    found = Secrets()
    for name, key in (("TMK", ledger.tmk(testcards.DEMO_TERMINAL)), ("PIK", pik), ("MAK", mak)):
        found.key(name, key)
    for card in issuers.CARDS:
        found.key("IMK", bytes.fromhex(issuers.issuer_of(card["pan"])["imk"]))
    return ledger, found


def test_f_m18_no_key_stands_in_the_ledgers_file_in_clear(tmp_path):
    ledger, secrets = secrets_of(tmp_path)
    text = repr(ledger.snapshot()) + repr(ledger.vault)
    assert secrets.found_in(text.encode()) == []
    ledger.close()
    for path in tmp_path.iterdir():
        if path.name != FILE:
            assert secrets.found_in(path.read_bytes()) == [], path
    again = SqlLedger(url(tmp_path))
    assert secrets.found_in(again.tmk(testcards.DEMO_TERMINAL)) and secrets.found_in(again.working_keys("10000001")[1])
    again.close()


def test_f_m18_four_digits_of_a_pin_cannot_be_searched_without_the_master_key(tmp_path):
    one, other = SqlLedger(), SqlLedger()
    assert one.pin_check("4000000000000002", "1234") == one.pin_check("4000000000000002", "1234")
    assert one.pin_check("4000000000000002", "1234") != other.pin_check("4000000000000002", "1234")


def test_f_m18_a_wrong_or_missing_master_key_is_one_clear_line(tmp_path, monkeypatch):
    ledger, secrets = secrets_of(tmp_path)
    ledger.close()
    key = (tmp_path / FILE).read_text()

    def refused() -> str:
        with pytest.raises(LedgerError) as caught:
            SqlLedger(url(tmp_path))
        told = "".join(traceback.format_exception(caught.value))
        assert "\n" not in str(caught.value) and key.strip() not in told and secrets.found_in(told.encode()) == []
        return str(caught.value)

    (tmp_path / FILE).write_text("00" * 32 + "\n")
    assert "another host master key" in refused()
    (tmp_path / FILE).write_text(key.strip()[:-2])
    assert FILE in refused() and "64 hexadecimal digits" in refused()
    (tmp_path / FILE).unlink()
    assert "master key is gone" in refused() and not (tmp_path / FILE).exists()
    monkeypatch.setenv(VARIABLE, "secret")
    assert VARIABLE in refused() and "secret" not in refused()
    monkeypatch.setenv(VARIABLE, key.strip())
    again = SqlLedger(url(tmp_path))
    assert secrets.found_in(again.tmk(testcards.DEMO_TERMINAL))
    again.close()


def test_f_m18_another_database_takes_its_master_key_from_the_environment_or_the_hosts_folder(tmp_path):
    with pytest.raises(VaultError, match=VARIABLE):
        Keeper(None, {}).open(new=True)
    assert Keeper(None, {VARIABLE: MASTER.hex()}).open(new=False).check_value == Vault(MASTER).check_value
    made = Keeper(tmp_path, {}).open(new=True)
    assert Keeper(tmp_path, {}).open(new=False).check_value == made.check_value and mode(tmp_path / FILE) == 0o600
    assert Vault(MASTER).unwrap(Vault(MASTER).wrap(TMK[:8])) == TMK[:8]
    with pytest.raises(VaultError, match="does not open"):
        made.unwrap(Vault(MASTER).wrap(TMK))


@pytest.mark.parametrize("cut_short", [False, True])
def test_f_m18_an_old_ledger_is_carried_on_and_its_clear_keys_are_nowhere_in_the_file(tmp_path, cut_short):
    with tarfile.open(OLD) as archive:
        archive.extractall(tmp_path, filter="data")
    file = tmp_path / "host" / "ledger.sqlite"
    file.chmod(0o644)
    secrets = Secrets()
    with sqlite3.connect(file) as old:
        row = old.execute("SELECT tmk, pik, mak FROM terminals").fetchone()
        cards = old.execute("SELECT imk, pin_check FROM cards WHERE pin_check IS NOT NULL").fetchall()
        if cut_short:  # between its statements: SQLite ends no transaction there
            old.execute("ALTER TABLE terminals ADD COLUMN mac VARCHAR(8) DEFAULT 'ecb' NOT NULL")
    old.close()
    for text in (*row, *(text for card in cards for text in card if text)):
        secrets.key("key", bytes.fromhex(text))
    assert secrets.found_in(file.read_bytes())
    ledger = SqlLedger(url(tmp_path / "host"))
    assert ledger.tmk("10000001").hex() == row[0] and [key.hex() for key in ledger.working_keys("10000001")] == list(row[1:])
    assert books.problems(ledger) == [] and ledger.terminal("10000001")["mac"] == "ecb"
    [(card, _)] = ledger.cards([issuers.card("visa-pin")["pan"]])
    assert card.pin_check == ledger.pin_check(card.pan, issuers.card("visa-pin")["pin"])
    assert ledger.vault.unwrap(card.imk).hex() in {text for text, _ in cards}
    ledger.close()
    assert secrets.found_in(file.read_bytes()) == [] and mode(file) == 0o600


def test_f_m18_what_a_host_writes_is_its_owners_alone(tmp_path):
    """Under the umask that most people have, and in a folder that an earlier version has left open."""
    state = tmp_path / "host"
    state.mkdir(mode=0o755)
    for name in ("owner", "ca.key.pem"):
        (state / name).touch(0o644)
    before = os.umask(0o022)
    try:
        with running("host", "--json", "--port", "0", "--tls-port", "0", "--control", "0", "--state", state):
            assert {path.name: mode(path) for path in state.iterdir() if mode(path) & 0o077} == {}
        with running("bench", "--port", "0", "--quiet", "--state", tmp_path / "new"):
            new = tmp_path / "new"
            assert [path for path in (new, *new.rglob("*")) if mode(path) & 0o077] == []
            assert {path.name for path in new.rglob("*")} >= {"flash.img", "ledger.sqlite", FILE, "nvs-taptill.json"}
    finally:
        os.umask(before)


def test_f_m18_a_master_key_where_nothing_can_be_changed(tmp_path, monkeypatch):
    """A secret that is mounted for reading: nothing is changed of it; one that others can read is not taken from there."""
    SqlLedger(url(tmp_path)).close()
    (tmp_path / FILE).chmod(0o400)

    def refuse(path, mode):
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))

    monkeypatch.setattr(pathlib.Path, "chmod", refuse)
    again = SqlLedger(url(tmp_path))
    assert again.vault.check_value and mode(tmp_path / FILE) == 0o400
    again.close()
    os.chmod(tmp_path / FILE, 0o444)
    with pytest.raises(LedgerError, match=f"{FILE}: Operation not permitted"):
        SqlLedger(url(tmp_path))


def test_f_m18_the_control_socket_tells_no_key(tmp_path):
    async def work():
        async with new_acquirer(control_port=0, state=tmp_path) as acquirer, HandTerminal(acquirer) as terminal:
            await terminal.sign_on()
            secrets = Secrets()
            for name, key in (("TMK", terminal.tmk), ("PIK", terminal.pik), ("MAK", terminal.mak)):
                secrets.key(name, key)
            lines = ["status", "ledger", "transactions", "help", "provision 12345678", "mac 12345678 retail"]
            answers = await ask_control(acquirer, *lines, "add-terminal 10000009 123456789012345", "mac 12345678 none")
            secrets.key("TMK", acquirer.ledger.tmk("10000009"))
            assert [answer["ok"] for answer in answers] == [True] * 7 + [False]
            assert secrets.found_in(json.dumps(answers).encode()) == []

    asyncio.run(work())


def test_f_m18_a_spoilt_key_is_a_line_in_the_log_and_no_traceback(caplog):
    async def work():
        log = []
        async with new_acquirer(log=log.append) as acquirer:
            with acquirer.ledger.connection() as connection:
                connection.execute(update(terminals).values(mak="00" * 24))
            async with HandTerminal(acquirer) as terminal:
                terminal.send(terminal.body("0200", terminal.sale(2)))
                assert await terminal.reader.read() == b""  # hung up
            assert any("does not open under the host master key" in line for line in log)

    asyncio.run(work())
    assert caplog.records == []


def test_f_m18_till_tmk_tells_who_may_read_the_ledger(tmp_path):
    ledger, _ = secrets_of(tmp_path)
    key = ledger.tmk(testcards.DEMO_TERMINAL).hex().upper()
    ledger.close()
    (tmp_path / "other").mkdir()
    before = set(tmp_path.rglob("*"))
    assert CliRunner().invoke(tmk, [testcards.DEMO_TERMINAL, "--state", str(tmp_path)]).output == key + "\n"
    for words, line in (
        ([testcards.DEMO_TERMINAL, "--state", str(tmp_path / "..")], "there is no ledger"),
        ([testcards.DEMO_TERMINAL, "--state", str(tmp_path), "--ledger", url(tmp_path / "other")], "there is no ledger"),
        ([testcards.DEMO_TERMINAL, "--state", str(tmp_path), "--ledger", "ledger"], "Could not parse"),
        (["99999999", "--state", str(tmp_path)], "99999999: unknown"),
    ):
        refused = CliRunner().invoke(tmk, words)
        assert refused.exit_code == 2 and line in refused.output
    assert set(tmp_path.rglob("*")) == before  # who asks makes nothing


def test_f_m18_the_socket_of_a_bench_stars_card_data_unless_asked(tmp_path):
    row = issuers.card("visa-pin")
    told, raw = [], []

    async def run():
        lab = Lab(tmp_path, settings=SETTINGS, options=options(trace="apdu,host", cover=covered()), listener=raw.append)
        async with lab:
            reader, writer = await asyncio.open_connection("127.0.0.1", lab.bench.port, limit=1 << 20)

            async def listen():
                while line := await reader.readline():
                    told.append(json.loads(line))

            listening = asyncio.create_task(listen())
            till = Till(lab)
            await till.shows("HINT_IDLE")
            await till.present("1250", "visa-pin")
            await till.shows("ENTER_PIN")
            await till.press(row["pin"] + "#")
            await till.shows("APPROVED")
            await till.bench.do("card-off")
            await till.back()
            listening.cancel()
            writer.close()

    asyncio.run(run())
    secrets = Secrets()
    request = next(bytes.fromhex(event["hex"]) for event in raw if event["ev"] == "host" and event["hex"][22:26] == "0200")
    fields = wire.decode(request).fields
    secrets.card(row["pan"], fields[35])
    secrets.pin(row["pin"], row["pan"], fields[52])

    def leaks(events) -> set:
        """Of what stands in hexadecimal too, whatever nibble it begins at."""
        found = set()
        for event in events:
            for text in (event.get(name, "") for name in ("c", "r", "hex")):
                found |= set(secrets.found_in(bytes.fromhex(text.replace("*", "F")))) if text else set()
            found |= set(secrets.found_in(json.dumps(event).encode()))
        return found

    assert leaks(raw) >= {"PAN (BCD, shifted 0)", "track 2 (BCD, shifted 0)"} and any("PIN block" in name for name in leaks(raw))
    assert {event["ev"] for event in told} >= {"apdu", "host", "screen"}
    assert leaks(told) == set()
    assert any("*" in event.get("r", "") for event in told) and any("9F26" in event.get("r", "") for event in told)
    assert options().cover({"ev": "apdu", "c": "00B2", "r": "57", "misses": ["00"]}) == {"ev": "apdu", "c": "", "r": ""}


def test_f_m18_a_bench_of_the_command_covers_by_default(tmp_path, monkeypatch):
    """And a recorded session's unknown commands, which a reply tells, are covered as well; --clear tells all."""
    labs = []

    async def serve(lab):
        labs.append(lab)

    monkeypatch.setattr(bench_command, "_serve", serve)
    number = {"ev": "apdu", "c": "00B2010C00", "r": "70085A0662000000000F9000"}
    reply = {"ev": "ok", "misses": ["00B201145A0862000000000000000F"]}
    for words in ([], ["--clear"]):
        done = CliRunner().invoke(bench_command.bench, ["--state", str(tmp_path), "--quiet", *words])
        assert done.exit_code == 0, done.output
    covering, clear = (lab.options.cover for lab in labs)
    assert (clear(number), clear(reply)) == (number, reply)
    assert "620000" not in covering(number)["r"]
    missed = covering(reply)["misses"][0]
    assert "62000000000000000" not in missed and missed.startswith("00B20114")
