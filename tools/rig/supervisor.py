"""The bench's supervisor: the terminal's power switch, its clients' socket and the memory of what was seen.

It runs the MicroPython process (tools/bench) for one life of the terminal after the other over one state folder, and
speaks JSON lines (`till bench --help` lists them): commands in, events out.  The browser page, the text
runner and the tests are clients of the same commands, over the socket or by `Bench.do`.

State folder: `flash.img` (the file system partition), `nvs-<namespace>.json`: nothing else of the terminal survives.
`cards.json` beside them holds the transaction counters of the virtual cards.
"""

import asyncio
import collections
import json
import pathlib
import signal
import time

from . import chip_kind, compiled, flash_image, partitions
from .bench_commands import checked
from .bench_options import BenchError, Options, PowerLost
from .bench_process import command_line
from .bench_socket import PublicSocket
from .bench_watch import Watched
from .interpreter import micropython

_LINE_LIMIT = 1 << 20
_RESTARTS = 5  # within _RESTART_SPAN seconds: more is a reboot loop
_RESTART_SPAN = 30
_WATCHDOG_GRACE = 5.0  # seconds of a computer that is busy with other things


class Bench(Watched):
    """One terminal.  `listener(event)` (optional) sees every event as it comes; `folders` of a bench that was started
    before save the look at the sources.
    """

    def __init__(self, state_dir, options: Options | None = None, listener=None, folders: dict | None = None):
        self.state = pathlib.Path(state_dir)
        self.options = options or Options()
        super().__init__(self.options.history)
        self.port = 0
        self.last_words: list[str] = []  # what the process printed in this life
        self._listener = listener
        self.folders = dict(folders or {})  # of the compiled files
        self._public: PublicSocket | None = None
        self._inner: asyncio.Server | None = None
        self._child = None
        self._killed = None
        self._link = None
        self._linked: asyncio.Future | None = None
        self._tasks: set = set()
        self._replies: dict = {}
        self._mark = 0
        self._starts: collections.deque = collections.deque(maxlen=_RESTARTS)
        self._gone: asyncio.Task | None = None
        self._restarting: asyncio.Task | None = None
        self._ends = False
        self._watch_s = 0.0
        self._alive = 0.0
        self._rtc = None
        self._why = ""
        self._cards: dict = {}  # card name -> its transaction counter

    # life -----------------------------------------------------------------------------------

    async def start(self, power: bool = True) -> None:
        """Open the sockets, compile, and switch on.  Raises BenchError."""
        self.state.mkdir(parents=True, exist_ok=True)
        try:
            self._cards = json.loads((self.state / "cards.json").read_text())
            if not isinstance(self._cards, dict):
                raise ValueError("not an object")
        except FileNotFoundError:
            self._cards = {}
        except (ValueError, RecursionError) as error:
            raise BenchError(f"{self.state / 'cards.json'}: {error}") from error
        if not self.folders:
            await self._compile()
        self._inner = await asyncio.start_server(self._dialled, "127.0.0.1", 0, limit=_LINE_LIMIT)
        if self.options.port is not None:
            self._public = PublicSocket(self)
            self.port = await self._public.open(self.options.port)
        if power:
            await self.power_on()

    async def stop(self) -> None:
        """Switch off and close everything."""
        self._ends = True
        await self.power_off("the bench ends")
        if self._restarting:  # a process that is being made just now has to be there before it can be ended
            await asyncio.wait([self._restarting])
            await self.power_off("the bench ends")
        for server in (self._inner, self._public):
            if server:
                server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, *error):
        await self.stop()

    async def _compile(self) -> None:
        try:
            self.folders = await asyncio.to_thread(compiled.tree, self.options.board)
            self.folders.update(chip_kind.beside(self.folders["rom"], self.options.board), interpreter=micropython())
            self.options.settle(self.folders["home"])
            if self.options.code == "lfs" and not self.options.image:
                await flash_image.code_image(self.folders)
        except (OSError, ValueError, compiled.CompileError) as error:
            raise BenchError(str(error)) from error

    async def power_on(self, cause: int = 1, cut: str = "") -> None:
        """Switch on.  `cause` as machine.reset_cause(); `cut` arms a power cut from the first instant ("write:3:2:0.5":
        kind, n, 1 before / 2 torn / 3 after, part).  Raises BenchError when the process does not come up.
        """
        if self.on:
            return
        if self._gone:
            await asyncio.wait([self._gone])  # the last life's process may still be dying
        self._fresh()
        self._linked = asyncio.get_running_loop().create_future()
        self._why = "switched on" if cause == 1 else "restarted"
        self.last_words = []
        self.screen_event = None  # the panel is dark until this life has drawn
        self._watch_s = 0.0
        port = self._inner.sockets[0].getsockname()[1]
        if cause == 1:
            self._rtc = None  # calendar and memory live through a reset, not without power
        self._child = await asyncio.create_subprocess_exec(
            *command_line(self.options, self.folders, self.state, port, cause, self._rtc, cut),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=flash_image.environment(),
        )
        child = self._child
        self._task(self._hear(child))
        self._gone = self._task(self._bury(child))
        try:
            await asyncio.wait_for(asyncio.shield(self._linked), 20)
        except asyncio.TimeoutError:
            self._kill(child)
            raise BenchError("bench: the MicroPython process did not report within 20 s") from None
        except ConnectionError:
            raise BenchError("bench: the MicroPython process ended at once: " + self._said()) from None

    async def power_off(self, why: str = "switched off") -> None:
        """Cut the power now, whatever the terminal is doing."""
        if self._child is None:
            return
        child = self._child
        if self.on:
            self.on = False
            self._tell({"ev": "power", "on": False, "why": why})
        self._kill(child)
        await child.wait()
        if self._gone:
            await asyncio.wait([self._gone])

    def type(self, text: str) -> None:
        """Type at the terminal's serial console."""
        if self._child:
            self._child.stdin.write(text.encode())

    @property
    def pid(self) -> int | None:
        """Of the MicroPython process, while there is one."""
        return self._child.pid if self._child else None

    def _kill(self, child) -> None:
        if child is self._killed:
            return  # asyncio must be the one that learns of its end
        self._killed = child
        try:
            child.send_signal(signal.SIGKILL)
        except ProcessLookupError:
            return

    def _said(self) -> str:
        return " | ".join(self.last_words[-3:]) or "it said nothing"

    async def _hear(self, child) -> None:
        """What the process prints."""
        async for line in child.stdout:
            text = line.decode("utf-8", "replace").rstrip()
            self.last_words.append(text)
            self._tell({"ev": "log", "text": text})

    async def _bury(self, child) -> None:
        """The process has ended, by whatever cause."""
        code = await child.wait()
        if self._child is child:
            self._child = None
        if self._linked and not self._linked.done():
            self._linked.set_exception(ConnectionError())
        for future in self._replies.values():
            if not future.done():
                future.set_exception(PowerLost("the terminal lost its power"))
        self._replies.clear()
        self._link = None
        if self.on:
            self.on = False
            self._tell({"ev": "power", "on": False, "why": f"the process ended ({code}): {self._said()}", "failed": True})

    # the process's events -------------------------------------------------------------------

    async def _dialled(self, reader, writer) -> None:
        self._alive = time.monotonic()
        try:
            while line := await reader.readline():
                event = json.loads(line)
                if not isinstance(event, dict):
                    raise ValueError("not an object")
                self._link = writer  # only now: a stranger's first line (a browser's, say) is no event
                self._event(event)
        except (ConnectionError, asyncio.CancelledError, ValueError, RecursionError) as error:
            if isinstance(error, (ValueError, RecursionError)):
                self._tell({"ev": "log", "text": f"bench: not JSON: {error}"})
        finally:
            writer.close()

    def _event(self, event: dict) -> None:
        kind = event.get("ev")
        if "id" in event:
            future = self._replies.pop(event["id"], None)
            if future and not future.done():
                future.set_result(event)
            return
        if kind == "alive":
            self._alive = time.monotonic()
            return
        if kind == "rtc":
            self._rtc = event["offset"], event["memory"]
            return
        if kind == "card-atc":
            self._cards[event["card"]] = event["atc"]
            (self.state / "cards.json").write_text(json.dumps(self._cards))
            return
        if kind == "wdt":
            self._watch_s = event["ms"] / 1000
            self._alive = time.monotonic()
            self._task(self._watch(self._child))
            return
        if kind == "ready" and self._linked and not self._linked.done():
            self.on = True
            self._tell({"ev": "power", "on": True, "why": self._why})
            self._linked.set_result(None)
        if kind == "power" and not event["on"]:
            self.on = False
            child = self._child
            if child:
                self._kill(child)
            if event.get("restart"):
                self._tell(event)
                self._restarting = self._task(self._restart(event["restart"]))
                return
        self._tell(event)

    async def _watch(self, child) -> None:
        """A process that hangs is bitten by the watchdog, though its own loop cannot do it."""
        while self._child is child and child:
            quiet = time.monotonic() - self._alive
            limit = self._watch_s / self.options.speed + _WATCHDOG_GRACE  # of the speed now, which may change
            if quiet > limit:
                self._event({"ev": "power", "on": False, "why": "watchdog: the loop stood still", "restart": 3})
                return
            await asyncio.sleep(limit - quiet + 0.05)

    async def _restart(self, cause: int) -> None:
        if self._gone:
            await asyncio.wait([self._gone])
        if self._ends or not self.options.restart:
            return
        now = time.monotonic()
        if len(self._starts) == _RESTARTS and now - self._starts[0] < _RESTART_SPAN:
            self._tell(
                {"ev": "power", "on": False, "why": f"reboot loop: the bench leaves it off: {self._said()}", "failed": True}
            )
            return
        self._starts.append(now)
        try:
            await self.power_on(cause)
        except BenchError as error:
            self._tell({"ev": "power", "on": False, "why": str(error), "failed": True})

    def _tell(self, event: dict) -> None:
        """Remember an event and pass it on to everybody."""
        self.note(event)
        if self._listener:
            self._listener(event)
        if self._public:
            self._public.tell(event)
        self._task(self.wake())

    def _task(self, coroutine):
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # commands -------------------------------------------------------------------------------

    async def do(self, what: str, **words) -> dict:
        """Carry out one command of the JSON interface and return its reply.  Raises BenchError with the reason."""
        return await self.command({"do": what, **words})

    async def command(self, command: dict) -> dict:
        command = checked(command)
        what = command["do"]
        if what == "power":
            await (self.power_on() if command.get("on", True) else self.power_off(command.get("why", "switched off")))
            return {"ev": "ok"}
        if what == "screenshot":
            if self.screen_event is None:
                raise BenchError("screenshot: nothing was on the screen yet")
            return {**self.screen_event, "ev": "ok"}
        if what == "paper":
            paper = list(self.paper)
            if command.get("tear"):
                self.paper.clear()
            return {"ev": "ok", "paper": paper}
        if what == "journal":
            return {"ev": "ok", **await self.journal()}
        if what == "state" and not self.on:
            return {"ev": "ok", "on": False}
        if not self.on or self._link is None:
            raise BenchError(f"{what}: the terminal is switched off")
        if what == "card" and command.get("as", command.get("card")) in self._cards:
            command = {"atc": self._cards[command.get("as", command.get("card"))], **command}
        if what == "speed":
            self.options.speed = command["factor"]  # for its next lives too
        self._mark += 1
        mark = self._mark
        future = self._replies[mark] = asyncio.get_running_loop().create_future()
        try:
            self._link.write((json.dumps({**command, "id": mark}) + "\n").encode())
            reply = dict(await asyncio.wait_for(future, 30))
        except asyncio.TimeoutError:
            raise BenchError(f"{what}: the terminal's loop did not answer within 30 s") from None
        finally:
            self._replies.pop(mark, None)
        reply.pop("id", None)
        if reply["ev"] == "error":
            raise BenchError(f"{what}: {reply.get('text')}")
        if what == "state":
            reply["on"] = True
        return reply

    async def route(self, port: int) -> None:
        """From now on, through restarts too, the access point leads every connection to that port of this computer; 0: none."""
        self.options.route = port
        if self.on:
            await self.do("route", to=port)

    # the flash image ------------------------------------------------------------------------

    async def provision(self, config: dict, tmk_hex: str, ca_der: bytes = b"") -> None:
        """Give the terminal configuration, TMK and CA, as is done with a board over its cable.  It must be off."""
        if self.on:
            raise BenchError("provision: switch the terminal off first")
        await self._prepare()
        self._fresh()
        await flash_image.provision(self.folders, self.state, config, tmk_hex, ca_der)

    async def journal(self) -> dict:
        """{"records": [...], "pending": {...} | None}, read by the firmware's own store from the flash image."""
        await self._prepare()
        return await flash_image.journal(self.folders, self.state)

    def _fresh(self) -> None:
        """A terminal that never was gets its flash; benches that share their folders get here without having compiled."""
        self.options.settle(self.folders["home"])
        try:
            partitions.fresh(self.state, self.folders["vfs"][self.options.code])
        except OSError as error:
            raise BenchError(f"{self.state}: {error.strerror}") from error

    async def _prepare(self) -> None:
        if not self.folders:
            self.state.mkdir(parents=True, exist_ok=True)
            await self._compile()
