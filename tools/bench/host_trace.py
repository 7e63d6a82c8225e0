"""The messages of the host link as {"ev": "host"}: what a logic analyser would show on a plain line."""

import binascii


def watch(send) -> None:
    """Tap every HostLink that the firmware makes."""
    from taptill.adapters import hostlink

    original = hostlink.HostLink.__init__

    def tell(direction: str, frame) -> None:
        send({"ev": "host", "dir": direction, "hex": binascii.hexlify(frame).decode()})

    def __init__(self, *arguments, **named):
        named["trace"] = tell
        original(self, *arguments, **named)

    hostlink.HostLink.__init__ = __init__
