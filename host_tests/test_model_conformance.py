"""The code's transitions are the model's: every step of the terminal in the model is taken by the real flows, and no other."""

import pytest
from model_walk import Ahead, Differs, Walk

from model.explore import whole
from taptill.adapters.store import FlashStore
from taptill.core import responses
from taptill.core.errors import StoreError
from taptill.core.profiles.cn_pos import fates
from taptill.flows import payment, result, reversal

_STEPS = 400  # of one walk; then another terminal begins anew


def walked() -> "tuple[Ahead, int, int]":
    """All that there is to be walked: (what is left of it: nothing, walks, steps).  Raises Differs."""
    ahead = Ahead(whole())
    walks = steps = 0
    while ahead.left:
        walk = Walk(ahead)
        walk.go(_STEPS)
        walks, steps = walks + 1, steps + len(walk.done)
    return ahead, walks, steps


def test_every_transition_of_the_models_terminal_is_taken_by_the_flows():
    ahead, walks, steps = walked()
    print(f"transitions of the terminal: {ahead.all - len(ahead.left)} of {ahead.all} taken, in {walks} walks of {steps} steps")
    assert ahead.all > 5000 and steps > ahead.all


def _saves_nothing(patch) -> None:
    patch.setattr(FlashStore, "save_pending", lambda store, pending: None)


def _records_nothing(patch) -> None:
    patch.setattr(FlashStore, "append", lambda store, record: None)


def _closes_on_12(patch) -> None:
    patch.setitem(fates.responses._reversal, "12", responses.REVERSED)


def _asks_any_host(patch) -> None:
    patch.setattr("taptill.flows.terminal.Terminal.owns", lambda terminal, pending: True)


def _forgets_a_doubt(patch) -> None:
    patch.setattr(FlashStore, "in_doubt", lambda store: False)


def _says_failed(patch) -> None:
    async def reverse(t, asked, reason, why, state=2):
        return payment.stop(asked, why).result

    patch.setattr(payment, "_reverse", reverse)


def _starts_without_looking(patch) -> None:
    async def recover(t):
        return result.Result(result.DONE, result.NOT_TAKEN)

    patch.setattr(reversal, "recover", recover)


def _swallows_a_refused_record(patch) -> None:
    append = FlashStore.append

    def swallowed(store, record):
        try:
            append(store, record)
        except StoreError:
            pass

    patch.setattr(FlashStore, "append", swallowed)


@pytest.mark.parametrize(
    "bug",
    [
        _saves_nothing,
        _records_nothing,
        _closes_on_12,
        _asks_any_host,
        _forgets_a_doubt,
        _says_failed,
        _starts_without_looking,
        _swallows_a_refused_record,
    ],
)
def test_an_error_in_the_code_is_a_difference(bug, monkeypatch):
    bug(monkeypatch)
    with pytest.raises(Differs):
        walked()
