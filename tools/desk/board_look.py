"""What stands in the file system of a board that does not answer: judged as `till flash` does, from blocks that the page reads.

The page has the board's cable and this side the file system's rules.  So the page is told which blocks are needed next, and asks
again with these too, until there is an answer.  Nothing is kept here between two questions.
"""

import asyncio
import base64
import binascii
import zlib

from rig.failures import Failed
from till import board_data, littlefs_image
from till.littlefs_image import BLOCK

from .errors import DeskError

MOST_BLOCKS = 512  # of one question; a terminal's own have about 40


def look(size: int, blocks: dict[int, bytes]) -> dict:
    """{"need", "state"}: numbers of blocks that are wanted too, or what stands in a file system of `size` bytes.

    "none": there is none that can be read; "new": no terminal has been there; "settled", "open": a reversal is open; "unknown":
    it cannot be told.
    """
    need: list[int] = []

    def read(offset: int, count: int) -> bytes:
        number = offset // BLOCK
        if number in blocks:
            return blocks[number][offset % BLOCK :][:count]
        if number not in need:
            need.append(number)
        return bytes(count)  # no check sum fits: LittleFS goes no further

    state = "none"
    try:
        files = littlefs_image.folder(read, size, board_data.DATA.lstrip("/"))
        if files is not None:
            found = board_data.standing(files)
            state = "open" if found.open else "settled" if found.used else "new"
    except Failed:
        # It cannot be mounted, or a file of it cannot be read; with too few blocks neither says anything yet.
        state = "unknown"
    return {"need": sorted(need), "state": "" if need else state}


async def answer(room, values) -> dict:
    blocks = {}
    for each in values.body["blocks"]:
        try:
            unpacking = zlib.decompressobj()
            content = unpacking.decompress(base64.b64decode(each["content"], validate=True), BLOCK)
        except (binascii.Error, ValueError, zlib.error):
            number = each["number"]
            raise DeskError(f"block {number}: not deflated and in base64", 400, f"第 {number} 块数据的格式不对") from None
        if len(content) != BLOCK or not unpacking.eof:
            number = each["number"]
            raise DeskError(f"block {number}: {BLOCK} bytes are wanted", 400, f"第 {number} 块数据应为 {BLOCK} 字节")
        blocks[each["number"]] = content
    return await asyncio.to_thread(look, values.body["size"], blocks)
