"""What is done to the flash image of a virtual terminal with the firmware's own code (tools/bench/offline.py)."""

import asyncio
import base64
import json
import os
import pathlib
import tempfile

from . import compiled
from .bench_options import BenchError


def environment() -> dict:
    """Environment of a MicroPython process: no other search path than its arguments."""
    return {**os.environ, "MICROPYPATH": ".frozen"}


async def provision(folders: dict, state, config: dict, tmk_hex: str, ca_der: bytes) -> None:
    """Write configuration, TMK and CA.  Raises BenchError with the setting or key that is wrong."""
    order = {"config": config, "tmk": tmk_hex, "ca": base64.b64encode(ca_der).decode()}
    await _run(folders, state, "provision", json.dumps(order).encode())


async def journal(folders: dict, state) -> dict:
    """{"records": [...], "pending": {...} | None, "lost": [...]}.  Raises BenchError."""
    lines = [json.loads(line) for line in (await _run(folders, state, "journal", b"")).splitlines()]
    return {"records": lines[:-1], **lines[-1]}


async def code_image(folders: dict) -> None:
    """Put the terminal's tree as a LittleFS image beside its ROMFS image: folders["lfs"].  Raises BenchError."""
    folders["lfs"] = image = folders["rom"].with_suffix(".lfs")
    if image.exists() and image.stat().st_mtime > folders["rom"].stat().st_mtime:
        return
    compiled.PARTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=compiled.PARTS) as folder:  # of its own: benches start at the same time
        part = pathlib.Path(folder) / image.name
        await _run(folders, part, "code", b"")
        os.replace(part, image)


async def _run(folders: dict, state, what: str, given: bytes) -> str:
    child = await asyncio.create_subprocess_exec(
        folders["interpreter"],
        "-X",
        "heapsize=8m",
        str(folders["bench"] / "offline.py"),
        what,
        "--lib",
        str(folders["lib"]),
        "--firmware",
        str(folders["firmware"]),
        "--state",
        str(state),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    said, wrong = await child.communicate(given)
    if child.returncode:
        words = wrong.decode("utf-8", "replace").strip().splitlines()
        last = words[-1] if words else f"{folders['interpreter']}: ended ({child.returncode}) without a word"
        if last.startswith("[Errno "):
            last = f"{pathlib.Path(state) / 'flash.img'}: cannot be used as a flash image ({last.partition('] ')[2]})"
        raise BenchError(f"{what}: {last}")
    return said.decode()
