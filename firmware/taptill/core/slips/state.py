"""How far the slip in work has come, as it stands on flash (adapters.slips)."""

NOTHING = 0
BEGUN = 1  # nobody knows whether it was printed
PRINTED = 2
LEFT = 3  # not printed, or not whole, and a person was told so
