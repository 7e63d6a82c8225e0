"""Buzzer: short patterns on a PWM output."""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from machine import PWM


# Triples of tone in 20 Hz, sound in 10 ms, silence in 10 ms.
KEY = b"\x78\x02\x00"
OK = b"\x64\x08\x04\x96\x0f\x00"
ERROR = b"\x19\x14\x0a\x19\x14\x0a\x19\x1e\x00"
BLIND = b"\x14\x28\x0a\x14\x28\x0a\x14\x50\x00"  # nobody can see what is shown
ATTENTION = b"\x7d\x0c\x08\x7d\x0c\x08\x7d\x0c\x00"

_HALF = 32768


class Buzzer:
    """`pwm` is a machine.PWM on the buzzer's pin, silent (duty 0)."""

    def __init__(self, pwm: "PWM"):
        self._pwm = pwm
        self._task: "Any" = None

    def play(self, pattern: bytes) -> None:
        """Start a pattern and come back at once; one that still sounds is cut off."""
        self.stop()
        self._task = asyncio.create_task(self._run(pattern))

    def stop(self) -> None:
        """Silence, now."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._pwm.duty_u16(0)

    async def wait(self) -> None:
        """Until the pattern has ended."""
        task = self._task
        if task is not None:
            try:
                await task
            except asyncio.CancelledError:
                # Another pattern has taken its place: that is an end too, unless it is we who are cancelled.
                if self._task is task:
                    raise

    async def _run(self, pattern: bytes) -> None:
        pwm = self._pwm
        try:
            for at in range(0, len(pattern), 3):
                pwm.freq(pattern[at] * 20)
                pwm.duty_u16(_HALF)
                await asyncio.sleep_ms(pattern[at + 1] * 10)
                pwm.duty_u16(0)
                await asyncio.sleep_ms(pattern[at + 2] * 10)
        finally:
            # A cut-off pattern ends after its successor has begun: only the one that counts may silence.
            if self._task is None or self._task is asyncio.current_task():
                pwm.duty_u16(0)
