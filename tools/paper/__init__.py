"""Slips on paper: what a receipt printer has printed, as a picture; slips of a journal, as PNG and PDF."""
