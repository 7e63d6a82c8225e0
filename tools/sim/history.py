"""A history from the first start to the books.  At its end is calm: no faults, somebody is there, everything gets settled."""

from . import board
from .faults import Strikes
from .judge import Judge
from .person import Act
from .world import World

_MOST_MS = 60 * 60_000
_PAUSE_MS, _LONGEST_MS = 30_000, 600_000  # as the terminal itself, which tries again after pauses that double


def play(world: World) -> Judge:
    """All acts of its plan, then calm, then the books."""
    world.power_on(board.POWER_ON)
    for number, act in enumerate(world.plan.acts, 1):
        if world.shut:
            break
        world.act(number, act)
    _calm(world)
    world.judge.ends(world.plan.believable)
    world.dies()
    world.people.end()
    return world.judge


def _calm(world: World) -> None:
    world.note("-- calm")
    world.heard({"ev": "act", "n": 0})
    world.arm(Strikes())
    world.board.flash.heal()
    if world.plan.believable:
        world.air.forget()
    _until_idle(world)
    if world.flash_struck and not world.shut:
        world.go_dark("a last start, which tells what flash has lost")
        _until_idle(world)


def _until_idle(world: World) -> None:
    """Somebody sees to what is open; where that comes to nothing, again after a while."""
    until = world.loop.now + _MOST_MS
    pause = _PAUSE_MS
    while world.loop.now < until and not world.shut:
        world.owner.puts_right()
        world.person.begin(Act("wait", habits=("insists",)))
        if not world.run(lambda: world.person.done or world.shut, until - world.loop.now):
            return
        if world.run(lambda: world.terminal.standing == "idle" or world.shut, min(pause, until - world.loop.now)):
            return
        pause = min(2 * pause, _LONGEST_MS)
