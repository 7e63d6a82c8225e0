"""The settings of the profile, by the rules of core.settings."""

RULES = {
    "tpdu": ("hex", "6000030000", 5, 5),
    "header": ("hex", "603100310730", 6, 6),
    "mac": ("choice", "ecb", ("ecb", "retail"), 0),  # of field 64: mac.py; as the host is set
}
