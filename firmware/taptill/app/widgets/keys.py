"""Keys that were pressed and not yet asked for."""

import asyncio

_MOST = 16  # further ones are dropped: nobody types so far ahead on purpose


class Keys:
    """A short queue of (key, long)."""

    def __init__(self) -> None:
        self._waiting: "list[tuple[str, bool]]" = []
        self._event = asyncio.Event()

    def put(self, pressed: tuple) -> None:
        if len(self._waiting) < _MOST:
            self._waiting.append(pressed)
            self._event.set()

    def forget(self) -> None:
        self._waiting.clear()
        self._event.clear()

    def there(self) -> bool:
        """Has one been pressed that nobody has asked for?"""
        return bool(self._waiting)

    async def get(self, timeout_ms: int = 0):
        """The next key as (key, long); None when `timeout_ms` (0: endless) has passed."""
        while not self._waiting:
            self._event.clear()
            if not timeout_ms:
                await self._event.wait()
                continue
            try:
                await asyncio.wait_for_ms(self._event.wait(), timeout_ms)
            except asyncio.TimeoutError:
                return None
        return self._waiting.pop(0)
