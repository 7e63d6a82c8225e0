"""`till host` with an error in it: it answers when a request is decided, and not when that lasts.  For the campaign that has to
notice.
"""

import asyncio
import time

from acquirer.sql_sheet import SqlSheet
from acquirer.writer import Writer
from till.cli import main

_asked, _flushed = Writer.ask, SqlSheet.flush
_pending = set()


async def _too_early(self, work, needs):
    loop = asyncio.get_running_loop()
    told = loop.create_future()

    def at_once(unit):
        result = work(unit)
        loop.call_soon_threadsafe(lambda: told.done() or told.set_result(result))
        return result

    lasting = asyncio.ensure_future(_asked(self, at_once, needs))
    _pending.add(lasting)
    lasting.add_done_callback(_pending.discard)
    return await told


def _too_late(self, worker):
    time.sleep(0.1)
    _flushed(self, worker)


Writer.ask, SqlSheet.flush = _too_early, _too_late
main()
