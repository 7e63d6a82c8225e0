"""The damage matrix: every file of the store × what can happen to it × the moment at which it happens; and every two of them.

| moment | what is on flash |
|---|---|
| idle | two approved sales |
| open | the same, and a third that the host has approved: the power went before its answer came |
| reversing | the same, with the decision to reverse it noted, and two tries that were lost |

Whatever becomes of one file: no approved sale is undone, no debit is forgotten, the terminal starts and sells in the end, and
what could not be put back is named.  Of two files: no approved sale that was told is undone before a person says so, and no
debit is forgotten in silence.  The files of provisioning have their own matrix in host_tests/micropython/test_given.py.
"""

from expect import run
from stage import PowerCut, Stage, of_earlier_firmware

from taptill.core.errors import PendingDamaged, StoreError
from taptill.core.journal import pending as pendings
from taptill.core.journal import record as records
from taptill.flows import result, reversal, sale

_FILES = ("counter", "pending", "journal.000", "beside/marks", "seen", "reserve")
_AMOUNTS = (1250, 700, 4200)
_TOLD_BY = ("pending", "beside/marks")  # one is asked about by what the other knows
_MOMENTS = ("idle", "open", "reversing")


def _made(moment: str):
    """(stage with its power off, earlier contents of every file by name)."""
    stage = Stage()
    history = {name: [] for name in _FILES}
    put = stage.disk._put

    def keeping(name, data):
        if name in stage.content:
            history.setdefault(name, []).append(stage.content[name])
        put(name, data)

    stage.disk._put = keeping
    for amount in _AMOUNTS[:2]:
        assert run(sale.sale(stage.t, amount)).end == result.APPROVED
        stage.store.note_seen()
    if moment == "open":
        stage.trouble.cut_at = stage.trouble.count + _steps_to_answer()
        try:
            run(sale.sale(stage.t, _AMOUNTS[2]))
        except PowerCut:
            pass
    elif moment == "reversing":
        stage.bank.faults = ["silent", "lost", "lost"]
        assert run(sale.sale(stage.t, _AMOUNTS[2])).end == result.UNKNOWN
    stage.bank.faults = []
    assert stage.bank.debited() == sum(_AMOUNTS[: 2 if moment == "idle" else 3])
    return stage, history


def _steps_to_answer() -> int:
    """Steps of a third sale until the host has booked it."""
    stage = Stage()
    for amount in _AMOUNTS[:2]:
        run(sale.sale(stage.t, amount))
        stage.store.note_seen()
    before = stage.trouble.count
    run(sale.sale(stage.t, _AMOUNTS[2]))
    return stage.trouble.names[before:].index("after send") + 1


def _copied(made: Stage, damages: dict) -> Stage:
    """The next start of a stage like `made`, with other contents of some files, None for one that is gone."""
    content = dict(made.content)
    for name in damages:
        if damages[name] is None:
            content.pop(name)
        else:
            content[name] = damages[name]
    stage = Stage(0, content, {trace: list(made.ledger[trace]) for trace in made.ledger}, made.bank, {"reversal_tries": 1})
    stage.bank.reversed = dict(made.bank.reversed)
    return stage


def _damages(content, name: str, history: dict):
    """(what, the content that it leaves or None) of every damage to a file."""
    data = content[name]
    yield "missing", None
    yield "empty", b""
    if name == "reserve":
        return  # nobody reads it
    for at in (0, 3, len(data) // 3, len(data) // 2, len(data) - 1):
        flipped = bytearray(data)
        flipped[at] ^= 4
        yield "bit of byte %d" % at, bytes(flipped)
    for length in (1, len(data) // 2, len(data) - 1):
        yield "cut to %d" % length, data[:length]
    for number, older in enumerate(history[name]):
        yield "older moment %d" % number, older


def _check(made: Stage, moment: str, name: str, what: str, damaged) -> str:
    """Damage one file of a terminal, start it and bring everything to its end; how that went, in a word."""
    case = (moment, name, what)
    again = _copied(made, {name: damaged})
    if name == "beside/marks":
        assert ("marks" in again.store.lost) is not what.startswith("older"), case
    bank = again.bank
    told = run(reversal.recover(again.t))
    how = "as if nothing had been"
    # No approved sale is undone.
    traces = sorted(bank.ledger)
    assert [bank.ledger[trace][0] for trace in traces[:2]] == ["A", "A"], case
    try:
        pending = again.store.pending()
    except PendingDamaged:
        raise AssertionError(case)  # the marks know it, or it is not open
    if pending is not None:
        how = {pendings.WHOLE: "open", pendings.DOUBTED: "doubted", pendings.LOST: "lost"}[pending.trust]
        assert told.end == result.UNKNOWN and moment != "idle", case
        assert (pending.stan, pending.amount, pending.kind) == (traces[2][1], _AMOUNTS[2], 22), case
        assert name == "pending" or pending.trust == pendings.DOUBTED, case  # a whole intent is settled, or a person decides
        if pending.trust == pendings.DOUBTED:
            reversal.insist(again.t, pending)
            assert run(reversal.settle_pending(again.t)).end == result.REVERSED, case
        else:
            assert run(reversal.ask(again.t, pending))[0].state == "A" and bank.debited() == sum(_AMOUNTS), case
            assert reversal.move_to_manual(again.t, 1).end == result.MANUAL, case
    if how == "lost":
        assert bank.debited() == sum(_AMOUNTS), case  # in the manual list, with its evidence
        assert again.store.last().amount == _AMOUNTS[2] and "pending" in again.store.lost, case
    elif moment != "idle":
        assert bank.ledger[traces[2]][0] == "R", case
    open_there = _AMOUNTS[2] if how == "lost" else 0
    if again.journaled() != bank.debited() - open_there:
        named = [record.place for record in again.store.records() if record.state == records.UNREADABLE]
        assert "journal" in again.store.lost or named, case
        how = "journal lost"
    # And it works on: the bank of these tests refuses a trace that it has seen.
    third = again.again()
    assert third.store.pending() is None, case
    before = bank.debited()
    assert run(sale.sale(third.t, 300)).end == result.APPROVED and bank.debited() == before + 300, case
    return how


def _matrix(moment: str) -> dict:
    stage, history = _made(moment)
    seen: dict = {}
    for name in _FILES:
        for what, damaged in _damages(stage.content, name, history):
            how = _check(stage, moment, name, what, damaged)
            seen.setdefault((name, how), []).append(what)
    return seen


def test_f_m7_the_damage_matrix_when_idle():
    """F-M7: the newest record lost, one bit of it, of the counter; not in the row: the other files, and older moments."""
    found = _matrix("idle")
    assert {how for _, how in found} == {"as if nothing had been", "journal lost"}
    lost = found[("journal.000", "journal lost")]
    assert "missing" in lost and "cut to 1" in lost and "bit of byte 3" in lost
    assert "cut to 159" in found[("journal.000", "as if nothing had been")]  # the newest record is put back
    assert "bit of byte 159" in found[("journal.000", "as if nothing had been")]


def test_f_m7_the_damage_matrix_with_an_intent_open():
    """F-M7: with an intact intent there is always a way on; not in the row: an intent that is lost itself is not forgotten."""
    found = _matrix("open")
    assert {how for name, how in found if name == "pending"} == {"lost"}
    assert {how for name, how in found if name not in _TOLD_BY} == {"as if nothing had been", "journal lost"}
    assert {how for name, how in found if name == "beside/marks"} == {"doubted", "as if nothing had been"}


def test_f_m7_the_damage_matrix_while_reversing():
    """F-M7: the same; an older moment of the open intent (before its decision, or with fewer tries) is reversed too."""
    found = _matrix("reversing")
    assert {how for name, how in found if name == "pending"} == {"lost", "as if nothing had been"}
    assert [what for what in found[("pending", "as if nothing had been")] if not what.startswith("older")] == []
    assert {how for name, how in found if name not in _TOLD_BY} == {"as if nothing had been", "journal lost"}
    assert {how for name, how in found if name == "beside/marks"} == {"doubted", "as if nothing had been"}
    doubted = found[("beside/marks", "doubted")]
    assert [what for what in doubted if what.startswith("older")] == [] and "missing" in doubted and "empty" in doubted


def _pair_damages(data: bytes, older: list):
    """(what, the content that it leaves or None) of what happens to one of two files."""
    flipped = bytearray(data)
    flipped[-min(9, len(data))] ^= 4
    cut = len(data) - 80 if len(data) > 2 * 80 - 1 else len(data) // 2
    found = [("flipped", bytes(flipped)), ("cut", data[:cut]), ("empty", b""), ("gone", None)]
    return found + [("older by %d" % (len(older) - at), older[at]) for at in range(max(len(older) - 2, 0), len(older))]


def _check_pair(made: Stage, moment: str, damages: dict, case: tuple) -> str:
    """Damage two files and start: how it went, in a word."""
    again = _copied(made, damages)
    bank, store = again.bank, again.store
    lost = list(store.lost)
    told = run(reversal.recover(again.t))
    traces = sorted(bank.ledger)
    assert [bank.ledger[trace][0] for trace in traces[:2]] == ["A", "A"], case  # told, and not undone
    try:
        pending = store.pending()
    except PendingDamaged:
        assert told.why == result.DAMAGED and run(sale.sale(again.t, 300)).why == result.DAMAGED, case
        assert reversal.set_damaged_aside(again.t).end == result.MANUAL, case
        assert run(sale.sale(again.again().t, 300)).end == result.APPROVED, case
        return "damaged"
    if pending is not None:
        assert told.end == result.UNKNOWN, case
        return "asked about"
    if moment != "idle" and bank.ledger[traces[2]][0] == "A":
        assert lost, case  # forgotten, and not in silence
        return "named"
    assert again.journaled() == bank.debited() or lost, case
    assert (store.batch(), store.next_stan()) not in bank.ledger, case
    return "settled"


def _pairs(moment: str) -> dict:
    made, history = _made(moment)
    names = [name for name in _FILES if name != "reserve"]
    found: dict = {}
    for first in range(len(names)):
        for second in range(first):
            one, other = names[first], names[second]
            for what, data in _pair_damages(made.content[one], history[one]):
                for how, more in _pair_damages(made.content[other], history[other]):
                    case = (moment, one, what, other, how)
                    if "older" in what and "older" in how:
                        continue  # two pairs of blocks, each whole and of an earlier moment: nothing says that it was
                    ended = _check_pair(made, moment, {one: data, other: more}, case)
                    found.setdefault(ended, []).append(case)
    return found


def test_f_m7_two_damaged_files_when_idle():
    """F-M7: pairs; journal and marks both without the newest sale: it is asked about, never reversed by itself."""
    found = _pairs("idle")
    assert ("idle", "beside/marks", "flipped", "journal.000", "cut") in found["asked about"]
    assert ("idle", "beside/marks", "gone", "journal.000", "cut") in found["asked about"]
    assert ("idle", "beside/marks", "older by 1", "journal.000", "cut") in found["asked about"]
    assert "named" not in found


def test_f_m7_two_damaged_files_with_an_intent_open():
    """F-M7: pairs; marks and intent both bad: a person is asked for, and nothing is sold on."""
    found = _pairs("open")
    for what in ("flipped", "cut", "empty", "gone"):
        for how in ("flipped", "cut", "empty", "gone"):
            assert ("open", "beside/marks", what, "pending", how) in found["damaged"]
    assert {(case[1], case[3]) for case in found["named"]} == {("beside/marks", "pending")}  # where one of them is older


def test_f_m7_two_damaged_files_while_reversing():
    """F-M7: pairs, the same, with the decision to reverse noted."""
    found = _pairs("reversing")
    for what in ("flipped", "cut", "empty", "gone"):
        assert ("reversing", "beside/marks", what, "pending", what) in found["damaged"]


def test_f_m7_an_end_that_cannot_be_read_is_not_reversed_before_a_person_says_so():
    """F-M7: of an earlier firmware, which kept no marks: nobody knows whether the damaged record settles the intent."""
    for with_marks in (False, True):
        stage, _ = _made("idle")
        journal = bytearray(stage.content["journal.000"])
        journal[-1] ^= 1
        stage.content["journal.000"] = bytes(journal)
        if not with_marks:
            of_earlier_firmware(stage.content)
        for _ in range(2):  # and after another start
            again = stage.again()
            done = run(reversal.recover(again.t))
            if with_marks:
                assert done is None
                continue
            assert (done.end, done.why) == (result.UNKNOWN, result.STANDS) and again.store.pending().trust == pendings.DOUBTED
            assert again.bank.debited() == sum(_AMOUNTS[:2])
        if not with_marks:
            reversal.insist(again.t, again.store.pending())
            assert run(reversal.settle_pending(again.t)).end == result.REVERSED
            assert again.bank.debited() == _AMOUNTS[0] and again.again().store.pending() is None


def test_f_m7_an_intent_that_may_not_be_reversed_is_not_because_its_file_is_older():
    """F-M7: the host called the trace used before (94): the marks keep that it is only asked about."""
    stage = Stage()
    stage.bank.faults = ["code 94", "lost", "lost"]
    sent = []
    write = stage.disk.write
    stage.disk.write = lambda name, data: (sent.append(data) if name == "pending" else None, write(name, data))
    assert run(sale.sale(stage.t, 500)).end == result.UNKNOWN
    stage.content["pending"] = sent[0]
    again = stage.again()
    assert again.store.pending().state == pendings.ASKING
    run(reversal.recover(again.t))
    assert again.bank.reversed == {}


def test_f_m7_an_intent_that_may_not_be_reversed_is_not_because_a_person_insists():
    """F-M7: it is both: the host called its trace used before (94), and the end of the journal cannot be read."""
    stage = Stage()
    sale_ = run(sale.sale(stage.t, 700))
    stage.bank.faults = ["code 94", "lost", "lost"]
    assert run(sale.sale(stage.t, 500)).end == result.UNKNOWN and sale_.end == result.APPROVED
    stage.content["journal.000"] = stage.content["journal.000"][:-1] + b"?"
    of_earlier_firmware(stage.content)
    again = stage.again()
    pending = again.store.pending()
    assert (pending.state, pending.trust) == (pendings.ASKING, pendings.DOUBTED)
    reversal.insist(again.t, pending)
    run(reversal.settle_pending(again.t))
    assert again.bank.reversed == {} and again.again().store.pending().state == pendings.ASKING


def test_f_m7_neither_counter_nor_marks():
    """F-M7: two files at once: numbers go on where none can have been used, and nobody knows what the marks would say."""
    stage, _ = _made("open")
    del stage.content["beside/marks"]
    stage.content["counter"] = b"damaged"
    again = stage.again()
    assert again.store.lost == ["marks", "counter"] and again.store.pending().trust == pendings.DOUBTED
    assert run(reversal.recover(again.t)).why == result.STANDS and again.bank.debited() == sum(_AMOUNTS)
    assert again.store.batch() == 1 and again.store.next_stan() > 1000


def test_f_m8_a_flash_that_refuses_every_write():
    """F-M8: at every moment: nothing is sold, the 0400 of what is open leaves, the truth is said, and a well flash ends it."""
    for moment in _MOMENTS:
        stage, _ = _made(moment)
        again = stage.again()
        again.disk.refuse_all = True
        told = run(reversal.recover(again.t))
        if moment == "idle":
            assert told is None
            sold = run(sale.sale(again.t, 300))
            assert (sold.end, sold.why, again.bank.debited()) == (result.NOT_SENT, result.STORE, sum(_AMOUNTS[:2]))
        else:
            assert (told.end, told.money, told.why) == (result.UNKNOWN, result.NOT_TAKEN, result.NOT_KEPT), moment
            assert again.bank.debited() == sum(_AMOUNTS[:2])
            assert run(sale.sale(again.t, 300)).why == result.NOT_KEPT
            try:
                reversal.move_to_manual(again.t, 1)
                raise AssertionError("noted on a flash that refuses")
            except StoreError:
                pass
        well = again.again()
        run(reversal.recover(well.t))
        assert well.store.pending() is None and well.journaled() == well.bank.debited() == sum(_AMOUNTS[:2])


def test_f_m8_a_flash_that_is_full():
    """F-M8: the ends of what is open find the room of the reserve; no sale begins without it.

    Not in the row: full from the first start on, and room that comes back.
    """
    for moment in _MOMENTS:
        for manual in (False, True):
            stage, _ = _made(moment)
            again = stage.again()
            again.disk.room = 0
            if moment != "idle":
                done = reversal.move_to_manual(again.t, 1) if manual else run(reversal.recover(again.t))
                assert done.end == (result.MANUAL if manual else result.REVERSED), moment
                assert again.again().store.pending() is None
                assert again.journaled() == sum(_AMOUNTS[:2])
            again.disk.room = 0
            sold = run(sale.sale(again.t, 300))
            if moment == "idle":  # this one had its reserve
                assert sold.end == result.APPROVED
                again.disk.room = 0
                sold = run(sale.sale(again.t, 300))
            assert (sold.end, sold.why) == (result.NOT_SENT, result.JOURNAL_FULL)
            again.disk.room = 1 << 20
            assert run(sale.sale(again.t, 300)).end == result.APPROVED and "reserve" in again.content
    full = Stage()
    full.disk.room = 1000
    assert run(sale.sale(full.t, 300)).why == result.JOURNAL_FULL and full.bank.requests == []


def test_where_the_counter_is_lost_numbers_go_on_far_behind_what_the_marks_know():
    """What took the counter may have set back the marks: a thousand numbers are more than there can have been since."""
    for content in None, b"", bytes(16):
        stage = Stage()
        assert stage.store.next_stan() == 1
        stage.content.pop("counter")
        if content is not None:
            stage.content["counter"] = content
        back = stage.again().store
        assert back.lost == ["counter"] and back.next_stan() == 16 + 1000 + 1 and back.batch() == 1


def test_a_reserve_whose_blocks_cannot_be_followed_is_given_up():
    """LittleFS looks through every file for a free block, and where it cannot follow one it finds none for any."""
    for moment in _MOMENTS:
        stage, _ = _made(moment)
        again = stage.again()
        again.disk.corrupt = "reserve"
        if moment != "idle":
            assert run(reversal.recover(again.t)).end == result.REVERSED and again.again().store.pending() is None, moment
            assert again.journaled() == sum(_AMOUNTS[:2])
        else:
            assert run(sale.sale(again.t, 300)).end == result.APPROVED
        assert "reserve" not in again.content
        again.disk.corrupt = ""
        assert run(sale.sale(again.t, 300)).end == result.APPROVED and "reserve" in again.content


def test_where_another_file_is_the_one_nothing_is_sold_and_what_is_open_stays_so():
    stage, _ = _made("open")
    again = stage.again()
    again.disk.corrupt = "journal.000"
    assert run(reversal.recover(again.t)).why == result.NOT_KEPT and "reserve" not in again.content
    assert run(sale.sale(again.t, 300)).end != result.APPROVED
    assert run(reversal.settle_pending(again.t)).end == result.UNKNOWN and again.store.pending() is not None


def test_f_m8_the_manual_act_does_not_take_the_place_of_the_host_s_word():
    """F-M8, further: it was reversed, flash refused that; a supervisor acts without a link, and what is known is journaled."""
    stage, _ = _made("open")
    again = stage.again()
    again.disk.refuse = "journal"
    assert run(reversal.recover(again.t)).why == result.NOT_KEPT
    again.disk.refuse, again.bank.link = "", False
    moved = reversal.move_to_manual(again.t, 1)
    assert (moved.end, moved.money) == (result.REVERSED, result.NOT_TAKEN)
    last = stage.again().store.last()
    assert (last.state, last.reason) == (records.REVERSED, 0) and stage.again().store.pending() is None


def test_f_m8_the_reserve_is_for_the_numbers_of_an_open_reversal_too():
    """F-M8, further: sign-on and inquiry need a number that has to be noted; without anything open there is no room for it."""
    for moment, end in (("open", result.REVERSED), ("idle", result.NOT_SENT)):
        stage, _ = _made(moment)
        again = stage.again()
        again.bank.faults = ["code 12", "word R 4200"]
        write = again.disk.write

        def tight(name, data, disk=again.disk, write=write):
            if name == "counter" and "reserve" in disk.content:
                raise StoreError(name + ": full", True)
            write(name, data)

        again.disk.write = tight
        done = run(reversal.recover(again.t) if moment == "open" else sale.sale(again.t, 300))
        assert (done.end, "reserve" in again.content) == (end, moment == "idle"), moment
