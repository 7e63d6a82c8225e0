"""Which firmware this is, and the day it was made: the real date cannot be earlier, so no clock of the terminal is."""

VERSION = "0.1"

# YYYYMMDD in UTC; `till deploy` puts its own day here.
DATE = "20260101"
