"""Helpers of the browser tests: a page at a terminal, its colours, its names for a screen reader."""
