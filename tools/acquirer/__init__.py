"""The acquirer: a real host program with a ledger that the terminal's claims are checked against."""
