"""The settings of the profile, by the rules of core.settings."""

RULES = {
    "mac": ("choice", "retail", ("retail",), 0),  # of fields 64 and 128; ISO 8583:1987 leaves it open, and no other is spoken
}
