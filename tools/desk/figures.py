"""What one bench costs: memory and processor time, of its MicroPython process and of this server's share."""

import os
import pathlib
import subprocess


def usage(pid: int) -> tuple | None:
    """(resident bytes, processor seconds so far) of a process; None where that cannot be learnt."""
    try:
        pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
        words = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return pages * os.sysconf("SC_PAGE_SIZE"), (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return _by_ps(pid)


def _by_ps(pid: int) -> tuple | None:
    """The same where there is no /proc."""
    try:
        said = subprocess.run(["ps", "-o", "rss=,time=", "-p", str(pid)], capture_output=True, text=True, timeout=5)
        kilobytes, clock = said.stdout.split()
        seconds = 0.0
        for part in clock.replace("-", ":").split(":"):
            seconds = seconds * 60 + float(part)
        return int(kilobytes) * 1024, seconds
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


class Meter:
    """Between two looks at a room: what its processes took."""

    def __init__(self, room):
        self._room = room
        self._before = self._look()

    def _look(self) -> dict:
        pids = {terminal.number: terminal.bench.pid for terminal in self._room.terminals if terminal.bench.pid}
        found = {number: usage(pid) for number, pid in pids.items()}
        found[0] = usage(os.getpid())
        return {number: each for number, each in found.items() if each}

    def read(self) -> dict | None:
        """{"benches", "rss_bench", "rss_server", "cpu_bench", "cpu_server"} since the last look: bytes of one bench on
        average, bytes of this process; processor seconds likewise.  None where it cannot be learnt.
        """
        now, before = self._look(), self._before
        self._before = now
        numbers = [number for number in now if number and number in before]
        if not numbers or 0 not in now or 0 not in before:
            return None
        return {
            "benches": len(numbers),
            "rss_bench": sum(now[number][0] for number in numbers) // len(numbers),
            "rss_server": now[0][0],
            "cpu_bench": sum(now[number][1] - before[number][1] for number in numbers) / len(numbers),
            "cpu_server": now[0][1] - before[0][1],
        }
