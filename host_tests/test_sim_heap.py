"""The simulation's heap that runs out: at which of the firmware's lines, and that a board without power runs none."""

import pytest

from rig.firmware import FIRMWARE
from sim import heap
from sim.board import Reset
from sim.nor import PowerCut

# Stands where the firmware stands, line by line; `done` hears of each line that was run.
_SOURCE = """def works(done, ends):
    done(2)
    try:
        done(4)
        ends()
    except OSError:
        done(7)
    finally:
        done(7)
    done(8)
"""


_MADE: dict = {}
exec(compile(_SOURCE, str(FIRMWARE / "taptill" / "none.py"), "exec"), _MADE)
_works = _MADE["works"]


@pytest.mark.parametrize(("at", "run"), [(1, []), (3, [2]), (4, [2, 4]), (99, [2, 4, 7, 8])], ids=lambda value: str(value))
def test_the_nth_line_ends_in_a_memory_error(at: int, run: list) -> None:
    lines: list = []
    struck: list = []
    with heap.failing_at([at], struck=lambda: struck.append(True)):
        if at == 99:
            _works(lines.append, lambda: None)
        else:
            with pytest.raises(MemoryError):
                _works(lines.append, lambda: None)
    assert [line for line in lines if line != 7] == [line for line in run if line != 7] and len(struck) == (at != 99)


@pytest.mark.parametrize("end", [PowerCut(), Reset()], ids=["power cut", "reset"])
def test_no_line_of_a_life_that_is_over_hides_its_end(end: BaseException) -> None:
    """A flash operation at which the power fails and the heap is to run out: the lines of `finally` are not a board's."""

    def ends() -> None:
        failing.soon()
        raise end

    life = [1]
    with heap.failing_at([], 1, life=lambda: life[0]) as failing:
        with pytest.raises(type(end)):
            _works(lambda line: None, ends)
        life[0] = 2
        with pytest.raises(MemoryError):  # it is due in the next life
            _works(lambda line: None, lambda: None)
