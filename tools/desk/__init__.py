"""The desk: a bench in the browser."""
