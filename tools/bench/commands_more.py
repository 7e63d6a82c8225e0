"""The rarer commands of the bench, loaded when first used: cards, counters, faults."""

import gc

import codeflash


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
    if what == "display":
        return _display(world, command)
    if what == "printer":
        return _printer(world, command)
    if what == "flash":
        return _flash(control.flash, command)
    if what == "card":
        return _card(control, command)
    if what == "card-off":
        return _card_off(control)
    if what == "speed":
        return _speed(command)
    raise ValueError("the bench does not know the command " + repr(what))


def _state(control):
    world, flash = control.world, control.flash
    gc.collect()
    reply = {
        "ev": "ok",
        "heap": gc.mem_alloc() - control.models,
        "heap_free": gc.mem_free(),
        "heap_models": control.models - control.ballast,
        "wifi": world.station.status(),
        "wifi_attempts": world.station.attempts,
        "flash": {
            "programs": flash.programs,
            "erases": flash.erases,
            "reads": flash.reads,
            "code_reads": codeflash.reads(),
            "lookups": codeflash.lookups(),
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


def _flash(flash, command):
    """How often the flash fails, of 65536: `reads`, `programs`, `erases`; none of them: it is well again."""
    from chips.flash import Weakness

    weakness = Weakness(command.get("reads", 0), command.get("programs", 0), command.get("erases", 0), command.get("seed", 1))
    flash.weakness = weakness if weakness.reads or weakness.programs or weakness.erases else None


def _display(world, command):
    """Pull the display's cable (`there` false) or plug it in again, when it starts anew; `identity` makes it another chip."""
    oled = world.oled
    for place, chip in list(world.i2c_chips.items()):
        if chip is oled:
            world.oled_place = place
            del world.i2c_chips[place]
    if command.get("there", True):
        oled.identity = command.get("identity", 0)
        oled.power_on()
        world.i2c_chips[world.oled_place] = oled


def _printer(world, command):
    """A person's hand on the slip printer, or a fault of it: `on`, `lid` open, `paper` (dots that are left), `hot`, `broken`."""
    printer = world.printer
    if printer is None:
        raise ValueError("this board has no printer")
    if "paper" in command:
        printer.load(command["paper"])
    if "hot" in command:
        printer.heat(command["hot"])
    if "broken" in command:
        printer.broken = command["broken"]
    if "lid" in command:
        if command["lid"]:
            printer.open_lid()
        else:
            printer.close_lid()
    if "on" in command:
        if command["on"]:
            printer.power_on()
        else:
            printer.power_off()
    return {"ev": "ok", "paper": printer.paper_left, "overrun": printer.overrun, "unknown": printer.settings.unknown}


def _speed(command):
    """Let the terminal's waiting pass so many times as fast."""
    import time

    factor = command["factor"]
    if not 1 <= factor <= 100:
        raise ValueError("speed: from 1 to 100")
    time.scale(factor)


def _card(control, command):
    """Put a card on the reader: one of the wallet by name, or a recorded session; `as` is its name for the counter."""
    options = {}
    for name in command:
        if name not in ("do", "id", "card", "script", "as"):
            options[name] = command[name]
    if "script" in command:
        from cards.recorded import RecordedCard

        card = RecordedCard(command["script"], **options)
    else:
        import cards

        name = command.get("as") or command["card"]
        card = cards.make(
            command["card"], on_atc=lambda pan, atc: control.send({"ev": "card-atc", "card": name, "atc": atc}), **options
        )
    _card_off(control)
    control.card = card
    control.world.pn532.place(card.target())


def _card_off(control):
    """Take the card away; what it saw goes into the reply."""
    card, control.card = control.card, None
    if not card:
        return None
    control.world.pn532.remove()
    return {"ev": "ok", "apdus": getattr(card, "apdus", 0), "misses": getattr(card, "misses", [])}


def preload() -> int:
    """Load what a tap needs now, so that it counts as the models' memory and not as the firmware's.

    The bytes of what the cards share with the firmware, which would load it anyway.
    """
    gc.collect()
    before = gc.mem_alloc()
    import taptill.core.des

    gc.collect()
    shared = gc.mem_alloc() - before
    import cards.mchip
    import cards.plain
    import cards.qvsdc
    import cards.recorded

    return shared
