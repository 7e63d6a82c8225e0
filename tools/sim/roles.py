"""What one part of a world needs of another, for annotations: so none of them knows the world that it is in."""

import random
from typing import Any, Protocol

from acquirer.rows import Transaction

from .aio import Loop
from .bank import Bank
from .board import Board
from .hosts import Hosts
from .left import Left
from .reader import Cards, Tray
from .terminal import Terminal

Key = tuple[int, int]  # (batch, STAN)


class Counter(Protocol):
    """Where a person stands (world.World): keypad, card reader, plug, and the cards in the hand."""

    random: random.Random
    loop: Loop
    board: Board
    cards: Cards
    tray: Tray

    def press(self, key: str) -> None: ...

    def pin(self, card: str, wrong: bool) -> str: ...

    def name(self, number: int) -> str: ...

    def pull_the_plug(self) -> None: ...

    def stuck(self) -> None: ...


class Scene(Protocol):
    """What a judge is shown (world.World): both sides, the flash between two lives, and what was heard."""

    bank: Bank
    hosts: Hosts
    air: Any  # air.Air
    in_force: "list[dict]"  # settings
    board: Board
    terminal: Terminal
    flash_damaged: int
    flash_struck: bool
    damaged_now: bool
    plan: Any  # plan.Plan
    person: Any  # person.Person
    heard: Any
    said: Any
    named_secrets: Any

    def note(self, line: str) -> None: ...

    def row(self, key: Key) -> "Transaction | None": ...

    def left_on_flash(self, journal: bool = True) -> Left: ...

    def left_for_this_life(self) -> Left: ...

    def depends_on_marginal_bits(self, key: Key) -> bool: ...

    def may_stay_open(self, key: Key) -> bool: ...


class Verdict(Protocol):
    """Whom a check tells (judge.Judge), and what is excused."""

    proof: Any  # proof.Proof
    losses: Any  # losses.Losses
    insisted: Any  # a set of Key

    def wrong(self, invariant: str, seen: str) -> None: ...

    def excused(self, key: Key) -> bool: ...

    def is_open(self, key: Key) -> bool: ...

    def open_now(self, store: Any) -> bool: ...

    def open_one(self, store: Any) -> "Key | None": ...
