"""`till host --workers N`: several processes on one port and one ledger, which is all that they share."""

import asyncio
import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess

import pytest
from acquirer_bench import CARDS, MAK, MERCHANT, PIK, TERMINAL, TMK, HandTerminal
from click.testing import CliRunner
from test_acquirer_service import ask_control
from test_host_watched import scraped
from test_state_lock import ENVIRONMENT, TILL

from acquirer import books
from acquirer.front import Crew
from acquirer.sql_ledger import SqlLedger
from acquirer.vault import Keeper
from till import host_workers
from till.host_command import host as host_command

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")


class Host:
    """A running `till host`, with what HandTerminal wants to know of one."""

    def __init__(self, process: subprocess.Popen):
        self.process = process
        self.ports = json.loads(process.stdout.readline())["ports"]

    def workers(self) -> "list[int]":
        told = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = (line.split() for line in told.splitlines())
        return sorted(int(pid) for pid, parent in pairs if int(parent) == self.process.pid)


@contextlib.contextmanager
def hosting(url: str, state, *words):
    """A host of two workers on a ledger that has the D set's terminal and cards."""
    ledger = SqlLedger(url, keeper=Keeper(state))
    ledger.add_terminal(TERMINAL, MERCHANT, TMK)
    ledger.set_working_keys(TERMINAL, PIK, MAK)
    for pan, expiry, balance, psn, pin, imk, cvn, limit in CARDS:
        ledger.add_card(pan, expiry, balance, "hand " + pan[-4:], psn, pin, imk, cvn, limit)
    options = ["--workers", "2", "--plain", "--port", "0", "--control", "0", "--json", "--ledger", url, "--state", str(state)]
    process = subprocess.Popen([*TILL, "host", *options, *words], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    try:
        yield Host(process), ledger
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        ledger.close()


async def until(true, seconds: float = 60.0) -> None:
    """Wait until `true()` is, or ends up true."""

    async def work() -> None:
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.05)

    await asyncio.wait_for(work(), seconds)


async def _until_both_serve(host: Host) -> None:
    async def both() -> bool:
        return (await ask_control(host, "status"))[0].get("workers") == 2

    await until(both)


async def _served_by_both(host: Host) -> "list[HandTerminal]":
    """Terminals on lines of their own, at least one at each worker: whom a line is given to is the system's affair."""
    terminals: list[HandTerminal] = []
    for _ in range(40):
        terminals.append(await HandTerminal(host).__aenter__())
    return terminals


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_workers_share_a_port_and_a_ledger_and_who_dies_is_replaced(request, tmp_path, kind):
    sqlite = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    url = sqlite if kind == "sqlite" else request.getfixturevalue("postgres_server").url()

    async def work(host: Host, ledger: SqlLedger) -> None:
        assert len(host.workers()) == 2
        terminals = await _served_by_both(host)
        codes = await asyncio.gather(*(each.code("0200", each.sale(2 + at)) for at, each in enumerate(terminals)))
        assert codes == ["00"] * 40
        answers = await asyncio.gather(*(each.ask("0200", each.sale(2)) for each in terminals))  # one STAN, at whichever worker
        assert len({answer.raw for answer in answers}) == 1
        same = await asyncio.gather(*(each.code("0200", each.sale(900)) for each in terminals))  # all at once: decided once
        assert same == ["00"] * 40 and ledger.merchant_balance(MERCHANT) == 41 * 1250
        rrns = [row.rrn for row in ledger.transactions()]
        assert len(set(rrns)) == 41 and books.problems(ledger) == []

        status = (await ask_control(host, "decline 51 always sale", "status"))[1]
        assert status["workers"] == 2 and len(status["faults"]) == 2 and status["processed"]["sale"] == 120
        codes = await asyncio.gather(*(each.code("0200", each.sale(100 + at)) for at, each in enumerate(terminals)))
        assert codes == ["51"] * 40  # the fault has reached both

        gone = host.workers()[0]
        os.kill(gone, signal.SIGKILL)
        await until(lambda: gone not in host.workers() and len(host.workers()) == 2)
        await _until_both_serve(host)
        new = await _served_by_both(host)
        codes = await asyncio.gather(*(each.code("0200", each.sale(200 + at)) for at, each in enumerate(new)))
        assert codes == ["51"] * 40  # the new one has been told of what holds always
        assert (await ask_control(host, "clear"))[0]["ok"]
        assert await new[0].code("0200", new[0].sale(300)) == "00"
        assert (await ask_control(host, "wait-request sale 1"))[0]["ok"] is False
        assert books.problems(ledger) == [] and ledger.merchant_balance(MERCHANT) == 42 * 1250

        workers = host.workers()
        host.process.terminate()
        assert await asyncio.to_thread(host.process.wait, 60) == 0
        assert not any(_alive(worker) for worker in workers)

    with hosting(url, tmp_path) as (host, ledger):
        asyncio.run(asyncio.wait_for(work(host, ledger), 240))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_host_that_was_stopped_or_killed_is_started_again_at_once(tmp_path):
    """On the ports that it had, whose connections the system has not forgotten; the workers of one that is killed end."""
    workers: list[int] = []

    async def used(host: Host, number: int, end) -> None:
        """A sale, and an end while there is a connection."""
        async with HandTerminal(host) as terminal:
            assert await terminal.code("0200", terminal.sale(number)) == "00"
            assert (await ask_control(host, "status"))[0]["workers"] == 2
            assert (await scraped(host.ports["metrics"]))["taptill_connections_open", ()] >= 1
            workers.extend(host.workers())
            end(host.process)
            await asyncio.to_thread(host.process.wait, 60)

    ports = ["--metrics", "0"]
    for number, end in enumerate([subprocess.Popen.kill, subprocess.Popen.terminate, subprocess.Popen.kill], 2):
        with hosting(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path, *ports) as (host, _):
            asyncio.run(asyncio.wait_for(used(host, number, end), 120))
        ports = [f"--{'port' if name == 'tcp' else name}={port}" for name, port in host.ports.items()]
    asyncio.run(until(lambda: not any(_alive(worker) for worker in workers)))
    assert len(workers) == 6


def test_a_worker_started_again_has_the_faults_that_are_in_force_and_every_port_is_told(tmp_path):
    """Those of the command line have no more to say after `clear`."""

    async def work(host: Host) -> None:
        assert set(host.ports) == {"tcp", "control", "metrics"}
        status = (await ask_control(host, "status"))[0]
        assert status["ports"] == host.ports and [each["fault"] for each in status["faults"]] == ["decline"] * 2
        assert (await ask_control(host, "clear"))[0]["ok"]
        gone = host.workers()[0]
        os.kill(gone, signal.SIGKILL)
        await until(lambda: gone not in host.workers())
        await _until_both_serve(host)
        status = (await ask_control(host, "status"))[0]
        assert status["faults"] == [] and set(status["ports"]) == set(host.ports)

    words = ["--fault", "decline 05 always sale", "--metrics", "0"]
    with hosting(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path, *words) as (host, _):
        asyncio.run(asyncio.wait_for(work(host), 60))
        other = [
            "--workers",
            "2",
            "--plain",
            "--port",
            str(host.ports["tcp"]),
            "--control",
            "0",
            "--state",
            str(tmp_path / "other"),
        ]
        refused = subprocess.run([*TILL, "host", *other], env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
        assert refused.returncode == 2 and f"127.0.0.1:{host.ports['tcp']}: Address already in use" in refused.stderr


def test_metrics_are_the_sum_of_the_workers_and_who_is_killed_takes_nothing_away(tmp_path):
    sales = ("taptill_requests_total", (("code", "00"), ("kind", "sale")))
    times = ("taptill_request_seconds_bucket", (("kind", "sale"), ("le", "+Inf")))

    async def work(host: Host, ledger: SqlLedger) -> None:
        async def found() -> "dict[tuple, float]":
            return await scraped(host.ports["metrics"])

        def of_processes(figures: "dict[tuple, float]") -> "set[str]":
            return {dict(labels)["worker"] for name, labels in figures if name == "process_resident_memory_bytes"}

        terminals = await _served_by_both(host)
        await asyncio.gather(*(each.code("0200", each.sale(2 + at)) for at, each in enumerate(terminals)))
        before = await found()
        assert before[sales] == before[times] == 40
        assert before["taptill_connections_total", ()] == before["taptill_connections_open", ()] == 40
        assert of_processes(before) == {"front", "1", "2"}

        gone = host.workers()[0]
        os.kill(gone, signal.SIGKILL)
        await until(lambda: gone not in host.workers() and len(host.workers()) == 2)
        await _until_both_serve(host)
        after = await found()
        assert after[sales] == after[times] == 40 and after["taptill_connections_total", ()] == 40
        assert 0 < after["taptill_connections_open", ()] < 40  # the dead one has none
        new = await _served_by_both(host)
        await asyncio.gather(*(each.code("0200", each.sale(100 + at)) for at, each in enumerate(new)))
        last = await found()
        assert last[sales] == last[times] == 80 and last["taptill_connections_total", ()] == 80
        assert last["taptill_connections_open", ()] == after["taptill_connections_open", ()] + 40
        assert len(list((tmp_path / "counted").iterdir())) <= 6  # not one more for each that has ever been started
        host.process.terminate()
        assert await asyncio.to_thread(host.process.wait, 60) == 0
        assert not (tmp_path / "counted").exists()

    with hosting(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path, "--metrics", "0") as (host, ledger):
        asyncio.run(asyncio.wait_for(work(host, ledger), 240))


def test_a_port_is_kept_also_while_no_worker_listens():
    port, kept = host_workers.reserved("127.0.0.1", 0)
    with contextlib.ExitStack() as open_ones:
        for each in kept:
            open_ones.enter_context(each)
        with pytest.raises(OSError, match=f"127.0.0.1:{port}"):
            host_workers.reserved("127.0.0.1", port)
        with socket.create_server(("127.0.0.1", port), reuse_port=True):  # as a worker does
            pass


def test_a_port_is_had_again_at_once_after_a_host_without_workers():
    """Its connections, which it has closed itself, are remembered by the system for a minute."""
    with socket.create_server(("127.0.0.1", 0)) as earlier:
        port = earlier.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            earlier.accept()[0].close()
    again, kept = host_workers.reserved("127.0.0.1", port)
    for each in kept:
        each.close()
    assert again == port


def test_a_worker_that_could_not_be_started_is_started_again_and_that_is_said(tmp_path, monkeypatch):
    troubles: list[Exception] = [ValueError("no JSON"), BlockingIOError(11, "Resource temporarily unavailable")]
    said: list[str] = []

    async def work() -> None:
        crew = Crew({}, [])
        workers = host_workers.Workers(
            1, ["--log", "off", "--plain", "--port", "0"], tmp_path, None, 5.0, said.append, print, crew
        )
        await workers.start()
        real = asyncio.create_subprocess_exec

        async def in_trouble(*words, **options):
            if troubles:
                raise troubles.pop()
            return await real(*words, **options)

        monkeypatch.setattr(asyncio, "create_subprocess_exec", in_trouble)
        (process,) = workers._running.values()
        process.kill()
        await until(lambda: len(said) == 3 and crew.serves(1), 240)
        await workers.stop()

    SqlLedger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", keeper=Keeper(tmp_path)).close()
    asyncio.run(asyncio.wait_for(work(), 300))
    for line, why in zip(
        said, ("ended (exit code -9)", "failed: Resource temporarily unavailable", "failed: ValueError('no JSON')")
    ):
        assert line == f"worker 1 {why} and is started again"


@pytest.mark.parametrize(
    "lacks, url, said",
    [("SO_REUSEPORT", "postgresql://127.0.0.1/x", "has no SO_REUSEPORT"), ("fcntl", None, "has no fcntl")],
)
def test_a_system_that_cannot_have_workers_is_one_line(tmp_path, monkeypatch, lacks, url, said):
    if lacks == "SO_REUSEPORT":
        monkeypatch.delattr(socket, "SO_REUSEPORT")
    else:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    words = ["--workers", "2", "--state", str(tmp_path), *(["--ledger", url] if url else [])]
    done = CliRunner().invoke(host_command, words)
    assert done.exit_code == 2 and said in done.output and "Traceback" not in done.output


def test_the_json_log_is_json_from_its_first_line(tmp_path):
    words = ["--plain", "--port", "0", "--control", "0", "--log", "json", "--state", str(tmp_path)]
    with subprocess.Popen([*TILL, "host", *words], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        first = json.loads(process.stdout.readline())
        process.terminate()
    assert first["event"] == "listening" and set(first["ports"]) == {"tcp", "control"}


def test_a_log_that_nobody_reads_any_more_is_in_nobodys_way(tmp_path, capfd):
    async def work(host: Host) -> None:
        host.process.stdout.close()
        async with HandTerminal(host) as terminal:
            assert [await terminal.code("0200", terminal.sale(number)) for number in (2, 3)] == ["00", "00"]
        host.process.terminate()
        assert await asyncio.to_thread(host.process.wait, 60) == 0

    with hosting(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path, "--workers", "1", "--log", "text") as (host, _):
        asyncio.run(asyncio.wait_for(work(host), 60))
    warning, *told = capfd.readouterr().err.splitlines()
    assert warning.startswith("till: warning: plain TCP") and told == ["till host: the log cannot be written: Broken pipe"]
