"""What those who compare books are told of a terminal's store: a journal record (firmware core.journal.record), an intent."""

STATE_NAMES = {
    65: "approved",
    80: "partial",
    68: "declined",
    82: "reversed",
    78: "reversed: not found",
    88: "reversed: was not approved",
    85: "not sent",
    77: "manual list",
    63: "cannot be read",
}


def shown_record(record, transaction: str) -> dict:
    """A record with the names of its state and of its `transaction`."""
    shown = _plain(record)
    shown["state_name"] = STATE_NAMES.get(record.state, "?")
    shown["transaction"] = transaction
    return shown


def shown_intent(intent) -> dict:
    """An intent without what may not be shown."""
    shown = _plain(intent)
    for secret in ("pan", "expiry", "iad"):
        shown.pop(secret, None)
    shown["pan"] = intent.pan[:6] + "*" * (len(intent.pan) - 10) + intent.pan[-4:]
    return shown


def _plain(thing) -> dict:
    """The public attributes of a record that JSON can carry."""
    values = {}
    for name in dir(thing):
        value = getattr(thing, name)
        if name[0] != "_" and (value is None or isinstance(value, (int, str)) or name == "original"):
            values[name] = value
    return values
