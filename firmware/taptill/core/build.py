"""The day this firmware was made: the real date cannot be earlier, so no clock of the terminal is."""

# YYYYMMDD in UTC; `till deploy` puts its own day here.
DATE = "20260101"
