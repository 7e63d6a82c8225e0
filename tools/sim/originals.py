"""What a request about an earlier payment may ask: that one stands in the journal, and no more of it is meant than is left."""

from acquirer.kinds import KINDS
from acquirer.transactions.preauth import MOST
from acquirer.wire import Message
from campaigns import invariants

from .roles import Scene, Verdict

Key = tuple[int, int]  # (batch, STAN)


class Originals:
    """`stands`: does the newest record of a payment say that it stands?"""

    def __init__(self, world: Scene, judge: Verdict):
        self._world = world
        self._judge = judge
        self._kinds: dict[Key, str] = {}  # of what has left
        self.stands: dict[Key, bool] = {}

    def leaves(self, message: Message, key: Key) -> None:
        """A request of a payment leaves."""
        self._kinds[key] = message.kind
        if not KINDS[message.kind].of:
            return
        original, amount = message.original, int(message.text(4))
        name = f"{message.kind} of STAN {original[1]:06d}"
        if not self.stands.get(original, self._world.flash_damaged):
            self._wrong(f"{name}, which does not stand in the journal")
        row = self._world.row(original)
        if row is None or self._judge.excused(original):
            return
        if KINDS[message.kind].undoes:
            if row.approved_amount not in (0, amount):
                self._wrong(f"{name} over {amount}, of which {row.approved_amount} stand")
        elif not self._world.flash_damaged and amount > self._left(original, row.approved_amount, message.kind):
            self._wrong(f"{name} over {amount}, of {row.approved_amount} and what was asked of it before")

    def _left(self, original: Key, approved: int, kind: str) -> int:
        """How much of it may be asked for, as far as the journal knows."""
        taken = [key for key in self._about(original) if not any(KINDS[self._kinds[one]].undoes for one in self._about(key))]
        if kind == "completion":
            return 0 if taken else approved * MOST // 100
        return approved - sum(self._judge.proof.amounts[key] for key in taken)

    def _about(self, original: Key) -> "list[Key]":
        """What is about it and stands."""
        return [key for key, named in self._judge.proof.originals.items() if named == original and self.stands.get(key)]

    def _wrong(self, seen: str) -> None:
        self._judge.wrong(invariants.RECONCILED, seen)
