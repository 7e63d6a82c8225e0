"""The story on a console: screens with captions, messages beside or below them, the books at the end.

A screen needs 66 columns with eight dots a character, or 130 with two.  Below 68 columns, or where the console
cannot print such characters, its words are printed instead.
"""

import textwrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

from facts.book import name_of
from rig.screen_text import boxed, render, render_small
from taptill.core.money import show
from words import message_text

from .story_words import CAPTIONS, CHAPTERS, COLUMNS, SAYINGS, SUM

_SMALL = 66
_BIG = 130
_BESIDE = 48  # columns that a message needs
_ASCII = str.maketrans({"→": "->", "“": '"', "”": '"', "’": "'", "…": "...", "–": "-", "×": "x"})
_GLASS = "#c8e4ff on #05070b"


class Show:
    """`language` "en" or "zh"; `console` a rich Console."""

    def __init__(self, console: Console, language: str):
        self.console = console
        self._zh = int(language == "zh")
        self._utf = "utf" in console.encoding.lower()
        self._dots = self._utf and console.width >= _SMALL + 2
        self._big = self._dots and console.width >= _BIG + 2 + _BESIDE

    def say(self, name: str, **values) -> str:
        """A saying in the story's language."""
        text = SAYINGS[name][self._zh].format(**values)
        return self._fit(text)

    def _fit(self, text: str) -> str:
        """The text in signs that the console has."""
        return text if self._utf else text.translate(_ASCII)

    def chapter(self, name: str) -> None:
        title, text = CHAPTERS[name][self._zh]
        self.console.print()
        self.console.rule(f"[bold]{title}[/]", align="left", style="dim")
        self.console.print(self._fit(text), highlight=False)
        self.console.print()

    def note(self, text: str, style: str = "yellow") -> None:
        self.console.print(Text(f"● {text}" if self._utf else f"* {text}", style=style))

    def shot(self, name: str, frame: bytes, words: list, messages: list) -> None:
        """One screen, its caption, and the messages (direction, body, MAK or None) that belong to it."""
        caption = Text(self._fit(CAPTIONS.get(name, (name, name))[self._zh]), style="bold")
        room = self.console.width - (_BIG if self._big else _SMALL) - 2
        picture = self._picture(frame, words)
        beside = messages and self._dots and room >= _BESIDE
        if not self._dots or room < 24:
            self.console.print(caption)
            self.console.print(picture)
        else:
            grid = Table.grid(padding=(0, 2, 0, 0))
            grid.add_column(width=_BIG if self._big else _SMALL)
            grid.add_column()
            right = [caption]
            if beside:
                for each in messages:
                    right += [Text(), *self._message(room, *each)]
            grid.add_row(picture, Text("\n").join(right))
            self.console.print(grid)
        if not beside:
            for each in messages:
                self.console.print(Text("\n").join(self._message(self.console.width, *each)))
                self.console.print()

    def _picture(self, frame: bytes, words: list) -> Text:
        if not self._dots:
            return Text(boxed(words))
        rows = (render if self._big else render_small)(frame, border=False).split("\n")
        wide = len(rows[0])
        text = Text("╭" + "─" * wide + "╮\n", style="dim")
        for row in rows:
            text.append("│").append(row, style=_GLASS).append("│\n")
        return text.append("╰" + "─" * wide + "╯")

    def _message(self, room: int, direction: str, body: bytes, mak) -> list:
        """A message as lines of at most `room` columns; card data masked, keys left out."""
        view = message_text.describe(body, mak=mak)
        way = self.say("to" if direction == "in" else "from")
        lines = [Text(f"{way}   {view['mti']} {name_of('mti', view['mti'])}", style="bold cyan")]
        for key, value in view["fields"].items():
            number = int(key)
            note = message_text.note(number, value)
            style = ""
            if number == 55:
                value, note = "", " ".join(f"{tag}={shown}" for tag, shown in view["de55"].items())
            elif number == 62 and view["mti"] == "0810":
                value = self.say("hidden", bytes=len(value) // 2)
            elif number == 64 and view["mac_ok"] is not None:
                value, note = note, self.say("mac" if view["mac_ok"] else "bad-mac")
                style = "green" if view["mac_ok"] else "bold red"
            head = f"F{number:<3}{name_of('field', key)[:20]:<21}"
            text = f"{value}  {note}".strip() if note else value
            folded = textwrap.wrap(text, room - len(head), break_on_hyphens=False) or [""]
            for at, part in enumerate(folded):
                left = head if not at else " " * len(head)
                lines.append(Text(left, style="dim").append(part, style=style or "not dim"))
        return lines

    def books(self, rows: list, journal_sum: int, ledger_sum: int) -> None:
        """`rows`: (stan, amount, masked PAN, state in the journal, state in the ledger, do they agree)."""
        signs = "✓✗" if self._utf else "=!"
        table = Table(show_footer=True, header_style="bold", footer_style="bold", pad_edge=False)
        right = ("", show(journal_sum), show(ledger_sum), signs[journal_sum != ledger_sum])
        for at, name in enumerate(COLUMNS[self._zh]):
            footer = (SUM[self._zh], "", *right)[at]
            table.add_column(name, footer=footer, justify="right" if at in (0, 1) else "left", no_wrap=at != 2)
        for stan, amount, pan, journal, ledger, agree in rows:
            mark = Text(signs[0], style="green") if agree else Text(signs[1], style="bold red")
            table.add_row(f"{stan:06d}", show(amount), pan, journal, ledger, mark)
        self.console.print(table)
