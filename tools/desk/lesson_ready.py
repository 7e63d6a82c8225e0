"""Where every lesson begins and ends: at a terminal that is on and idle, with nothing wrong on purpose and nothing open."""

import asyncio

from play.acts import Act, perform

from .errors import DeskError
from .lesson_acts import TerminalPort
from .lesson_file import parse

# Read as any lesson is; only its one step counts.
READY = parse(
    """
title
en: -
zh: -
about
en: -
zh: -
minutes: 1
step
  en: First the terminal has to be idle: it shows the merchant's name and "Type an amount". If it is just starting,
    wait a moment. If it shows a result, press #. If it asks for an amount or a card, press D.
  zh: 先让终端回到空闲状态：屏幕显示商户名和“请输入金额”。如果正在启动，请稍等；如果显示交易结果，按 #；
    如果正在要求输入金额或挥卡，按 D。
  do host clear
  do wifi on
  do line usual
  do speed 1
  do power on
  until idle
  patience 20
  hint
    en: Does it say REVERSAL OPEN? Then an earlier sale is not settled. Press # for the menu and then 1 to try again.
    zh: 显示“冲正失败”？说明上一笔交易还没有结清。按 # 打开菜单，再按 1 再次冲正。
""",
    "ready",
).steps[0]
PUT_RIGHT = tuple(READY.acts)
NO_FAULTS = Act("host", ("clear",))
_FAST = Act("speed", (10,))  # at 60 the Wi-Fi would need longer to join than the terminal waits for it
_COMMON = Act("speed", (1,))
_SETTLE_S = 60.0


async def settle(terminal) -> None:
    """What a lesson that was left in its middle has left open comes to its end, faster than life.

    The terminal does it by itself; without this the next customer, or lesson, would wait through all its pauses.
    """
    port = TerminalPort(terminal.command)
    try:
        if not (await terminal.journal())["pending"]:
            return
        await perform(_FAST, port)
        await terminal.bench.wait_text(lambda screen: screen.idle or "REVERSED" in screen.names, _SETTLE_S)
    except (DeskError, asyncio.TimeoutError):
        return  # the screen says what is wrong, and so does the first step of the next lesson
    finally:
        await perform(_COMMON, port)
