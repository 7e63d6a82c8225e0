"""Models of chips at the level of bytes and pins, written from their manuals; they know no driver."""
