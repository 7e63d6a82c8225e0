"""An evidence file in words for a bank's clerk: what happened, whether money was taken, what stands open."""

import datetime
from collections.abc import Mapping

from rig.firmware import taptill_on_path
from words import tables

from .logwords import LogWords
from .paper import Open, Paper

taptill_on_path()

from taptill.app import counted, guidance
from taptill.core import logbook, transactions
from taptill.core.journal import pending as pendings
from taptill.core.journal.record import Record
from taptill.core.money import show
from taptill.flows import result as ends

_EPOCH = datetime.datetime(2000, 1, 1)
_KINDS = {0: "ERRAND", **{row.kind: row.name.upper().replace("-", "_") for row in transactions.ROWS}}


class Teller:
    """Explains in `language`, "en" or "zh"."""

    def __init__(self, language: str):
        self.language = language
        self._own = tables.evidence()
        self._sentences = {row.number: row.text(language) for row in tables.sentences()}
        self._guidance = guidance.Guidance(str(tables.FIRMWARE / "texts" / "guidance.bin"))

    def say(self, name: str, *values: object) -> str:
        """A sentence of evidence.txt."""
        text = self._own[name][self.language]
        return text % values if values else text

    def lines(self, paper: Paper) -> list[str]:
        """All that is to be said of it, but for its signature."""
        values = paper.values
        firmware = values.get("firmware", "-")
        out = [
            self.say("HEADING", values.get("terminal", "-"), values.get("merchant", "-")),
            self.say("WRITTEN", values["written"], firmware) if "written" in values else self.say("WRITTEN_UNDATED", firmware),
            "",
        ]
        if paper.open:
            out += [self.say("OPEN"), *self._opened(paper, paper.open)]
        elif "damaged" in values:
            out += [self.say("OPEN"), self.say("DAMAGED")]
        elif "unopened" in values or not paper.public:  # without its key a device never knows that nothing is
            one = values.get("unopened") == "one"
            out += [self.say("OPEN"), self.say("UNOPENED")] if one else [self.say("CANNOT_TELL")]
        else:
            out.append(self.say("NOTHING_OPEN"))
        for record, ended in reversed(paper.records):
            out += ["", self.say("ENDED"), *self._ended(paper, record, ended)]
        out += ["", self.say("COUNTERS")]
        offset = int(values.get("zone", "0"))
        versions = firmware, values.get("python", "-")
        for label, value in counted.rows(paper.counted, offset, *versions) if paper.counted else []:
            text = self._sentences[label] if isinstance(label, int) else str(label)
            out.append("  " + self.say("COUNTED", text, value))
        return out + self._log(paper)

    def _opened(self, paper: Paper, found: Open) -> list[str]:
        values = paper.values
        told = ends.Result(ends.UNKNOWN, ends.MONEY_UNKNOWN, found.cause, found.kind)
        guide = self._guidance.explain(told)
        out = [
            self._transaction(found.kind, self._money(paper, found.amount), values.get("card", "-"), found.stan, found.batch),
            "  " + self.say("AT", values.get("sold", "-")),
            "  " + self.say("MONEY", self._sentences.get(guide.money, self.say("MAYBE"))),
            "  " + self.say("WHY", self._sentences.get(guide.why, "-")),
        ]
        if found.state == pendings.ASKING:
            return [*out, "  " + self.say("ASKING")]
        if "reason" not in values:
            return [*out, "  " + self.say("REST_SEALED")]
        return [*out, "  " + self.say("REVERSAL", values["reason"].rpartition(" ")[2], values.get("tries", "-"))]

    def _ended(self, paper: Paper, record: Record, ended: str) -> list[str]:
        told = ends.again(record)
        out = [self._transaction(record.kind, self._money(paper, record.amount), record.pan, record.stan, record.batch)]
        out.append("  " + self.say("AT", ended))
        if told is None:
            return out
        guide = self._guidance.explain(told)
        out[0] += " – " + self._sentences.get(guide.title, "-")
        if record.kind and transactions.of(record.kind).sign <= 0:  # the original's money is asked about, or what is held
            money = self._sentences[guide.money] if guide.money else self.say("RETURNED", self._money(paper, record.approved))
        elif told.money == ends.TAKEN:
            money = self.say("TAKEN", self._money(paper, record.approved))
        else:
            money = self.say("NOT_TAKEN") if told.money == ends.NOT_TAKEN else self.say("MAYBE")
        out.append("  " + self.say("MONEY", money))
        if guide.why:
            out.append("  " + self.say("WHY", self._sentences[guide.why]))
        if guide.step:
            out.append("  " + self.say("NOW", self._sentences[guide.step]))
        return out

    def _transaction(self, kind: int, amount: str, card: str, stan: int, batch: int) -> str:
        return self.say("TRANSACTION", self.say(_KINDS.get(kind, "ERRAND")), amount, card, f"{stan:06}", f"{batch:06}")

    def _money(self, paper: Paper, amount: int) -> str:
        letters, _, nothing = paper.values.get("currency", "").partition(" ")
        return f"{letters} {show(amount, len(nothing.partition('.')[2]))}" if letters else self.say("MINOR", amount)

    def log_words(self, paper: Paper) -> LogWords:
        """What tells a line of this paper's log."""
        return LogWords(self.language, lambda said, parts: self._parts(paper, said, parts))

    def _log(self, paper: Paper) -> list[str]:
        """The log in words; below it, as they are, the lines that say more to the maker than to anybody else."""
        words = self.log_words(paper)
        lines = [self.say("LOG")]
        maker = [f"damaged: {paper.values['damaged']}"] if "damaged" in paper.values else []
        for moment, level, said in paper.log:
            when = f"{_when(moment):<19}"
            text, more = words.of(said)
            mark = self.say("LEVEL_" + level) if level in logbook.LETTERS else level
            if text:
                lines.append(" ".join([when, *([] if mark == "-" else [mark]), text]))
            if more:
                maker.append(f"{when} {level} {said}")
        indented = [line if line is lines[0] else "  " + line for line in lines]
        return ["", *indented, *(["", self.say("MAKER"), *("  " + line for line in maker)] if maker else [])]

    def _parts(self, paper: Paper, said: str, parts: Mapping[str, str]) -> dict[str, str]:
        """The parts of a line in words, by their names (evidence.txt)."""
        out = dict(parts)
        if "amount" in parts:
            out["amount"] = self._money(paper, int(parts["amount"]))
        if "trace" in parts:
            out["trace"] = f"{int(parts['trace']):06}"
        if "reset" in parts:
            out["reset"] = self.say("RESET_" + (parts["reset"] if parts["reset"] in "012345" else "0"))
        if "why" in parts:
            guide = self._guide(said.partition(" ")[0], parts)
            why = out["why"] = self._sentences.get(guide.why, self.say("NO_WORDS", parts["why"]))
            title = self._sentences.get(guide.title, self.say("NO_WORDS", parts.get("end", "-")))
            out["told"] = self.say("SAID_WHY", title, why) if guide.why else title
        return out

    def _guide(self, name: str, parts: Mapping[str, str]) -> guidance.Guide:
        row = transactions.of_name(name)
        told = ends.Result(int(parts.get("end", ends.FAILED)), ends.NOT_TAKEN, int(parts["why"]), row.kind if row else 0)
        told.f39 = parts.get("code", "").strip()
        return self._guidance.explain(told)


def _when(moment: int) -> str:
    if moment < logbook.SINCE_START:
        return f"+{moment} s"
    return str(_EPOCH + datetime.timedelta(seconds=moment))
