"""The rarer commands of the bench, loaded when first used: cards, counters, faults."""

import gc


async def do(control, what: str, command):
    """Carry out one command; the reply, or None for a plain ok.  Raises ValueError with the reason."""
    world = control.world
    if what == "state":
        return _state(control)
    if what == "screen":
        control.show_again()
        return None
    if what == "fault":
        return _fault(world, command)
    if what == "card":
        return _card(control, command)
    if what == "card-off":
        return _card_off(control)
    raise ValueError("the bench does not know the command " + repr(what))


def _state(control):
    world, flash = control.world, control.flash
    gc.collect()
    reply = {
        "ev": "ok",
        "heap": gc.mem_alloc(),
        "heap_free": gc.mem_free(),
        "wifi": world.station.status(),
        "wifi_attempts": world.station.attempts,
        "flash": {
            "programs": flash.programs,
            "erases": flash.erases,
            "reads": flash.reads,
            "bytes": flash.bytes_programmed,
            "bytes_read": flash.bytes_read,
            "us": flash.busy_us,
            "faults": flash.faults,
        },
        "steps": world.cut.counts,
        "bus_bytes": world.bus_bytes,
        "bus_transfers": world.bus_transfers,
        "bus_us": world.bus_us,
    }
    if world.oled:
        reply["oled_bytes"] = world.oled.written
        reply["oled_unknown"] = world.oled.unknown
    return reply


def _fault(world, command):
    faults = world.pn532.faults
    name = command["name"]
    if not hasattr(faults, name):
        raise ValueError("the PN532 has no fault " + repr(name))
    setattr(faults, name, command.get("value", True))


def _card(control, command):
    import cards

    _card_off(control)
    control.card = cards.make(command)
    control.world.pn532.place(control.card)


def _card_off(control):
    if control.card:
        import gc
        import sys

        control.world.pn532.remove(control.card)
        control.card = None
        for name in list(sys.modules):
            if name.startswith("cards"):
                del sys.modules[name]
        gc.collect()
