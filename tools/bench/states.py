"""How a journal record's state (firmware core.journal.record) is called by those who compare books."""

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
