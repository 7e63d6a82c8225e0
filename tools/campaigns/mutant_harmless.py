"""The list of mutants that survive because they change nothing that matters, each with the reason."""

from .mutations import Mutant


class Harmless:
    """Entries of the form below; line numbers do not count, so that code may move.

        core/tlv.py tag_size: why the change does not matter
        - the line as it is
        + the line as the mutant has it

    A reason may stand above several pairs.  `#` begins a remark.  Raises ValueError for a line that fits nowhere.
    """

    def __init__(self, text: str):
        self._entries: dict = {}  # (module, function, before, after) → used
        module = function = before = ""
        for number, line in enumerate(text.splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            if line.startswith("- ") and module:
                before = line[2:]
            elif line.startswith("+ ") and before:
                self._entries[(module, function, before, line[2:])] = False
                before = ""
            elif ": " in line and not line.startswith(("-", "+")):
                module, _, function = line.split(": ", 1)[0].partition(" ")
            else:
                raise ValueError("mutants_harmless.txt, line %d: not an entry" % number)

    def knows(self, mutant: Mutant) -> bool:
        """Is it in the list?  Remembers that it was asked."""
        if mutant.key() not in self._entries:
            return False
        self._entries[mutant.key()] = True
        return True

    def stale(self, modules: list) -> list:
        """Entries of these modules that no survivor was like."""
        return ["%s %s: - %s + %s" % key for key, used in self._entries.items() if not used and key[0] in modules]
