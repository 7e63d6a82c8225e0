"""Kinds of option values that several commands share: a wrong one is told before anything begins."""

import math

import click

from .bench_options import TRACES, BenchError, size_of


class Heap(click.ParamType):
    """A MicroPython heap of the firmware: "320k"."""

    name = "size"

    def convert(self, value, param, context) -> str:
        try:
            size_of(value)
        except BenchError as error:
            self.fail(str(error), param, context)
        return value


class Speed(click.FloatRange):
    """How many times as fast; `nan` is a float too, and no speed."""

    def convert(self, value, param, context) -> float:
        speed = super().convert(value, param, context)
        if math.isnan(speed):
            self.fail(f"{value} is no speed.", param, context)
        return speed


class Trace(click.ParamType):
    """Kinds of events, comma separated; "" for none."""

    name = "kinds"

    def convert(self, value, param, context) -> str:
        for kind in filter(None, value.split(",")):
            if kind not in TRACES:
                self.fail(f"{kind}: there are {', '.join(TRACES)}.", param, context)
        return value


class Key(click.ParamType):
    """A double-length DES key, 32 hexadecimal digits."""

    name = "hex"

    def convert(self, value, param, context) -> str:
        if len(value) != 32 or not all(digit in "0123456789abcdefABCDEF" for digit in value):
            self.fail("32 hexadecimal digits are wanted.", param, context)  # what was given may be a key: not repeated
        return value
