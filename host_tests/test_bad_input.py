"""F-D11: whatever a till command is given that it cannot use is one line on stderr, at once, with exit code 2."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys

import pytest

from campaigns import measure
from till import cli

ROOT = pathlib.Path(__file__).resolve().parent.parent
SESSION = str(ROOT / "host_tests/data/emv/visa_cn_credit.json")
SALE = str(ROOT / "tools/scripts/first-sale.txt")
KEY = "0123456789ABCDEFFEDCBA9876543210"
# What stands in the folder of each test.  `ro` cannot be written, whoever we are: it lies below a file.
FILES = {
    "empty": b"",
    "binary": b"\xff\xfe\0",
    "broken.json": b'{"port":',
    "list.json": b"[1]",
    "none.json": b"{}",
    "deep.json": b"[" * 100000,
    "short.json": b'{"exchanges": [["00A4", "9000"]]}',
    "rubbish.db": b"rubbish" * 200,
    "key.txt": b"press E\n",
    "unknown.txt": b"wait idle\n\njump\n",
    "card.txt": b"tap nobody\n",
    "lost.txt": b"tap lost.json\n",
    "quote.txt": b'say "abc\n',
    "within.txt": b"wait idle within soon\n",
    "shot.txt": b"wait idle\nscreenshot no/x.png\n",
    "after.txt": b"tap visa-credit after=x\n",
    "folder.txt": b"tap folder.json\n",
    "deep.txt": b"tap deep.json\n",
    "badcert/server.pem": b"rubbish",
    "badflash/terminal/flash.img": b"x",
    "badcards/terminal/cards.json": b"[1]",
    "badledger/ledger.sqlite": b"rubbish" * 200,
    "folder.json/x": b"",
    "foldercert/server.pem/x": b"",
    "folderflash/terminal/flash.img/x": b"",
}
HOST = "host --port 0 --tls-port 0 --control 0 --state state "
BENCH = "bench --port 0 --quiet --state state "
DEMO = "demo --no-open --port 0 --state state "
ROOM = "bench --terminals 1 --page-port 0 --state state "
OTHER = f"run {SALE} --host 127.0.0.1:9 --tmk {KEY} "

# command line (TAKEN is a port in use) -> words that the line has
TABLE = {
    # till itself
    "boil": "No such command 'boil'",
    "--boil": "No such option",
    "run": "Missing argument 'SCRIPT...'",
    # bench
    BENCH + "--heap 1k": "'--heap': heap size 1k: from 64k",
    BENCH + "--heap 0": "'--heap': heap size 0",
    BENCH + "--heap -5": "heap size -5",
    BENCH + "--heap 63k": "heap size 63k",
    BENCH + "--heap lots": "heap size lots",
    BENCH + "--heap 99999999999999999999": "heap size 9999",
    BENCH + "--heap 2000M": "from 64k to 1024M",
    BENCH + "--heap ²k": "not a number of bytes",
    BENCH + "--heap ''": "heap size",
    BENCH + "--port TAKEN": "port TAKEN cannot be opened: Address already in use",
    "bench --port 70000": "'--port': 70000",
    "bench --port x": "'--port': 'x'",
    "bench --state empty": "'--state': Directory 'empty' is a file",
    "bench --state empty/x": "--state empty/x: Not a directory",
    BENCH + "--board toaster": "board toaster: there is no boards/",
    BENCH + "--board ../boards": "board ../boards: there is no",
    BENCH + "--trace tea": "'--trace': tea: there are net, flash",
    BENCH + "--speed nan": "'--speed': nan",
    BENCH + "--speed 0": "'--speed': 0",
    BENCH + "--speed x": "'--speed': 'x'",
    BENCH + "--lang fr": "'--lang': 'fr'",
    BENCH + "--set port": "--set port: not NAME=VALUE",
    BENCH + "--set tea=1": "unknown setting tea",
    BENCH + "--set port=99999": "port must be a number from 1 to 65535",
    BENCH + "--host nowhere": "--host nowhere: not ADDR:PORT",
    BENCH + "--host 1.2.3.4:99": "TMK is needed",
    BENCH + "--host 1.2.3.4:0": "not ADDR:PORT",
    BENCH + "--host 1.2.3.4:99 --plain --tmk zz": "'--tmk': 32 hexadecimal digits",
    BENCH + f"--tmk {KEY[2:]}": "'--tmk': 32 hexadecimal digits",
    BENCH + f"--host h:9 --tmk {KEY}": "--host: its CA is needed",
    BENCH + "--ca none.json": "--ca: only together with --host",
    BENCH + "--ca lost": "'--ca': File 'lost' does not exist",
    BENCH + "--ca badcert": "'--ca': File 'badcert' is a directory",
    BENCH + "--terminal 1": "--terminal: only together with",
    BENCH + f"--host h:9 --plain --tmk {KEY} --host-control x": "--host-control x: not ADDR:PORT",
    BENCH + f"--host h:9 --plain --tmk {KEY} --terminal x": "config: terminal_id",
    "bench --port 0 --state badflash": "flash.img: cannot be used as a flash image",
    "bench --port 0 --state folderflash": "flash.img: cannot be used as a flash image",
    "bench --port 0 --state badcards": "cards.json: not an object",
    # bench with pages, demo
    "bench --terminals 0": "'--terminals': 0",
    "bench --terminals 100": "'--terminals': 100",
    "bench --terminals x": "'x'",
    ROOM + "--page-port TAKEN": "desk: 127.0.0.1:TAKEN: Address already in use",
    ROOM + "--heap 1k": "heap size 1k",
    ROOM + "--bind nowhere.invalid": "desk: nowhere.invalid:0: ",
    ROOM + "--host h:9": "--terminals: works with the built-in",
    ROOM + "--board toaster": "board toaster",
    DEMO + "--port TAKEN": "desk: 127.0.0.1:TAKEN: Address already in use",
    DEMO + "--bind 203.0.113.9": "desk: 203.0.113.9:0: Cannot assign requested address",
    DEMO + "--lang fr": "'--lang': 'fr'",
    DEMO + "--port -1": "'--port': -1",
    "demo --state empty": "'--state'",
    "demo --state empty/x": "--state empty/x: Not a",
    # run
    "run lost": "File 'lost' does not exist",
    "run badcert": "File 'badcert' is a directory",
    "run binary": "binary: not a text in UTF-8",
    "run key.txt": "key.txt:1: press: E",
    "run unknown.txt": "unknown.txt:3: jump",
    "run card.txt": "card.txt:1: tap: no card is named nobody",
    "run quote.txt": "quote.txt:1: No closing quotation",
    "run lost.txt": "lost.txt:1: tap: lost.json: No such file or directory",
    "run within.txt": "within.txt:1: soon: seconds",
    "run folder.txt": "folder.txt:1: tap: folder.json: Is a directory",
    "run deep.txt": "deep.json: not a card session",
    "run shot.txt": "shot.txt:2: screenshot: no/x.png",
    "run after.txt": "after.txt:1: tap: after=x: a number is wanted",
    f"run {SALE} --heap 1k": "'--heap': heap size 1k",
    f"run {SALE} --state empty": "'--state'",
    f"run {SALE} --state empty/x": "--state empty/x: Not a directory",
    OTHER + "--ca lost": "'--ca': File 'lost'",
    OTHER + "--plain --host-control h": "--host-control h: not ADDR:PORT",
    f"run {SALE} --tls-name x": "--tls-name: only together",
    # host
    HOST + "--port TAKEN": "cannot listen on 127.0.0.1: 127.0.0.1:TAKEN: Address already in use",
    HOST + "--control TAKEN": "127.0.0.1:TAKEN: Address already in use",
    HOST + "--sntp TAKEN": "UDP 127.0.0.1:TAKEN: Address already in use",
    HOST + "--sntp x": "'--sntp': 'x'",
    "host --port 70000": "'--port': 70000",
    "host --tls-port x": "'--tls-port': 'x'",
    "host --control -1": "'--control': -1",
    HOST + "--bind nowhere.invalid": "cannot listen on nowhere.invalid: ",
    "host --state empty": "'--state'",
    HOST + "--bind 203.0.113.9": "203.0.113.9:0: Cannot assign requested address",
    "host --state empty/x": "Not a directory",
    HOST + "--line tls=1": "--line: tls=1 is not NAME=PORT with a name of iso87a-tcp, iso87a-tls",
    HOST + "--line iso87a-tls=²": "--line: iso87a-tls=² is not NAME=PORT",
    HOST + "--line iso87a-tls=1 --line iso87a-tls=2": "--line: iso87a-tls is given twice; it has one port",
    HOST + "--fault explode": "fault explode: unknown",
    HOST + "--fault 'delay x'": "delay: x is not SECONDS",
    HOST + "--ledger nonsense": "ledger: cannot open it",
    HOST + "--ledger sqlite:///no/x": "ledger: cannot open it",
    HOST + "--ledger sqlite:///rubbish.db": "ledger: cannot open it",
    HOST + "--ledger nodb://x": "ledger: cannot open it",
    "host --port 0 --control 0 --tls-port 0 --state badcert": "server.pem: the host's certificate cannot be used",
    "host --port 0 --control 0 --tls-port 0 --state foldercert": "server.pem: the host's certificate cannot be used",
    "host --port 0 --control 0 --tls-port 0 --state badledger": "ledger: cannot open it",
    # decode, replay
    "decode": "Missing argument",
    "decode ''": "nothing to decode",
    "decode zz": "neither hex nor a file",
    "decode 123": "odd number of digits",
    "decode badcert": "badcert: Is a directory",
    "decode binary": "TPDU: does not begin",
    "decode empty": "empty",
    "decode 60 --mak zz": "--mak: 16 or 32 hex digits",
    "decode 60 --mak 00": "--mak: 16 or 32 hex digits",
    "decode deep.json": "neither hex nor a message",
    "replay": "Missing argument",
    "replay lost": "lost: No such file",
    "replay badcert": "badcert: Is a directory",
    "replay empty": "empty: not JSON",
    "replay binary": "not a text in UTF-8",
    "replay broken.json": "broken.json: not JSON",
    "replay deep.json": "nested too deeply",
    "replay list.json": 'no list "exchanges"',
    "replay short.json": "exchange 1: C-APDU: shorter",
    f"replay {SESSION} --amount x": "--amount x: digits",
    f"replay {SESSION} --amount -5": "--amount -5",
    f"replay {SESSION} --amount 99999999999999": "more than 12 digits",
    # story, measure, powercut
    "story --lang fr": "'--lang': 'fr'",
    "story --record empty": "'--record'",
    "story --record empty/x": "empty/x: Not a directory",
    "measure --json badcert": "'--json': File 'badcert' is a directory",
    "measure --json empty/x": "--json empty/x: empty: File exists",
    "measure --json badledger/ledger.sqlite/x/y": "Not a directory",
    "powercut --all --short": "--all: not together with",
    "powercut --short --heap 1k": "'--heap': heap size 1k",
    "powercut --workers 0": "'--workers': 0",
    "powercut --sample 0": "'--sample': 0",
    "powercut --seed x": "'--seed': 'x'",
    "powercut --scenario tea": "'--scenario': 'tea'",
    "powercut --firmware lost": "'--firmware': Directory 'lost'",
    "powercut --firmware badcert": "--firmware badcert: there is no main.py",
    # deploy, provision
    "deploy --board toaster": "board toaster",
    "deploy --board ../boards --to new": "board ../boards",
    "deploy --to empty": "empty: File exists",
    "deploy --to empty/x": "empty/x: Not a directory",
    "deploy --port /dev/nothing": "board on /dev/nothing: ",
    "deploy --port empty": "board on empty: ",
    "provision": "CONFIG: name a file of settings",
    "provision lost": "lost: No such file or directory",
    "provision badcert": "badcert: Is a directory",
    "provision broken.json": "broken.json: not JSON",
    "provision binary": "binary: not a text in UTF-8",
    "provision deep.json": "deep.json: not JSON",
    "provision list.json": "list.json: config: not an object",
    "provision none.json": "none.json: config: merchant_name is missing",
    "provision good.json": "--ca: TLS is on",
    "provision good.json --ca lost": "lost: No such file",
    "provision good.json --ca badcert": "badcert: Is a directory",
    "provision good.json --ca empty": "empty: no certificate in DER or PEM",
    "provision good.json --ca empty --make-ca new": "--make-ca: not together with --ca",
    "provision good.json --make-ca new": "TMK: none is given",
    "provision good.json --make-ca new --host-certificate empty": "--host-certificate: only together with --ca",
    "provision good.json --make-ca new --tmk-file lost": "--tmk-file lost: No such file or directory",
    "provision good.json --make-ca new --tmk-file binary": "--tmk-file binary: ",
    f"provision good.json --tmk {KEY}": "No such option '--tmk'",
    "provision --show --port /dev/nothing": "board on /dev/nothing: No such file or directory",
}
GOOD = {
    "merchant_name": "Corner shop",
    "merchant_id": "100000000000001",
    "terminal_id": "10000001",
    "host": "192.168.1.10",
    "port": 8584,
    "tls_name": "localhost",
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with all the bad files, as the current one; no bench is begun for what could be seen before."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "good.json").write_text(json.dumps(GOOD))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(measure, "all_figures", lambda *_: pytest.fail("it measures before it looks"))
    for name in ("TILL_TMK", "TAPTILL_TMK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def taken():
    """A port of 127.0.0.1 that is in use, for TCP and UDP."""
    with contextlib.ExitStack() as held:
        while True:
            tcp, udp = (held.enter_context(socket.socket(type=kind)) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))
            tcp.bind(("127.0.0.1", 0))
            tcp.listen()
            with contextlib.suppress(OSError):
                udp.bind(tcp.getsockname())
                yield str(tcp.getsockname()[1])
                return


def words_of(line: str) -> list:
    return [word.strip("'") for word in line.replace("'delay x'", "delay_x").split()]


def complaint(words: list, monkeypatch, capfd) -> str:
    """What `till WORDS` says on stderr: exactly one line, nothing on stdout, exit code 2."""
    monkeypatch.setattr(sys, "argv", ["till", *[word.replace("delay_x", "delay x") for word in words]])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capfd.readouterr()
    assert ended.value.code == 2 and said.out == "", (ended.value.code, said.out, said.err)
    assert said.err.count("\n") == 1 and said.err.startswith("till: "), said.err
    assert "Errno" not in said.err and "Traceback" not in said.err and len(said.err) < 400, said.err
    return said.err


@pytest.mark.parametrize("line", TABLE)
def test_f_d11_bad_input_is_one_line(line, place, taken, monkeypatch, capfd):
    words = TABLE[line].replace("TAKEN", taken)
    assert words in complaint(words_of(line.replace("TAKEN", taken)), monkeypatch, capfd)


@pytest.mark.parametrize("named", ["/nowhere/micropython", sys.executable, "false", "cat"])
@pytest.mark.parametrize("line", [f"run {SALE}", BENCH, f"replay {SESSION}", "story --fast", DEMO])
def test_f_d11_an_interpreter_that_is_none(named, line, place, monkeypatch, capfd):
    monkeypatch.setenv("MICROPYTHON", named)
    said = complaint(words_of(line), monkeypatch, capfd)
    assert f"MICROPYTHON={named}: " in said and ("no such program" in said or "is no MicroPython" in said)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
@pytest.mark.parametrize(
    "line",
    [
        "host --state sealed/x",
        "measure --json sealed/x.json",
        "story --record sealed/x",
        "deploy --to sealed/x",
        "bench --state sealed/x",
        "demo --state sealed/x",
    ],
)
def test_f_d11_a_folder_that_cannot_be_written(line, place, monkeypatch, capfd):
    (place / "sealed").mkdir(0o555)
    assert "sealed/x" in (said := complaint(words_of(line), monkeypatch, capfd)) and "Permission denied" in said


def test_f_d11_measure_leaves_nothing_behind_when_it_is_interrupted(place, monkeypatch, capfd):
    (place / "figures.json").write_text("old")

    def interrupted(*_):
        raise measure.MeasureError("tea")

    monkeypatch.setattr(measure, "all_figures", interrupted)
    assert "till: tea\n" == complaint(["measure", "--json", "figures.json"], monkeypatch, capfd)
    assert (place / "figures.json").read_text() == "old" and not list(place.glob("*.part"))


def story(language: str, **environment) -> subprocess.CompletedProcess:
    """`till story` in a console of that environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-c", "from till.cli import main; main()", "story", "--fast", "--lang", language],
        env={**kept, "PYTHONPATH": str(ROOT / "tools"), **environment},
        capture_output=True,
        timeout=120,
    )


def test_f_d11_a_console_without_chinese_gets_the_story_in_english():
    done = story("zh", LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0 and done.stderr.count(b"\n") == 1 and b"no Chinese characters" in done.stderr
    assert b"?" not in done.stdout and b"APPROVED" in done.stdout and done.stdout.isascii()


def test_f_d11_a_console_with_chinese_gets_it_in_chinese():
    done = story("zh", LANG="C.UTF-8")
    assert done.returncode == 0 and done.stderr == b"" and "终端与主机" in done.stdout.decode() and b"?" not in done.stdout
