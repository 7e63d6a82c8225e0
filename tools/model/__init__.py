"""The protocol by which money moves – intent, request, answer, cut, reversal – as a model small enough to be explored whole."""
