"""The one vocabulary of acts: every act and every wrong line, the same for scripts and lessons, and what a port is given."""

import asyncio
import pathlib
import re
import shlex

import pytest

from desk import lesson_acts
from desk.commands import checked
from play import acts
from play.acts import Act
from play.scripts import Script, ScriptError
from words import screen_names

PAGE = pathlib.Path(acts.__file__).with_name("README.md").read_text(encoding="utf-8")
APPROVED = screen_names.read("APPROVED")

# line -> (act, calls of the port)
EVERY = {
    "press 1 2 5 0 #": (Act("press", ("1250#",)), [("key", key) for key in "1250#"]),
    "press 12#": (Act("press", ("12#",)), [("key", "1"), ("key", "2"), ("key", "#")]),
    "hold A": (Act("hold", ("A", 2.0)), [("key", "A", 2.0)]),
    "hold B 0.5s": (Act("hold", ("B", 0.5)), [("key", "B", 0.5)]),
    "tap visa-credit": (Act("tap", ("visa-credit", {})), [("card", "visa-credit", {})]),
    "tap phone after=2 locked=yes label=ME": (
        Act("tap", ("phone", {"after": 2, "locked": True, "label": "ME"})),
        [("card", "phone", {"after": 2, "locked": True, "label": "ME"})],
    ),
    "remove": (Act("remove"), [("card_off",)]),
    "expect APPROVED": (Act("expect", (APPROVED, True, 10.0)), [("expect", APPROVED, True, 10.0)]),
    "expect not APPROVED": (Act("expect", (APPROVED, False, 0.0)), [("expect", APPROVED, False, 0.0)]),
    'expect PRESENT_CARD "12.50" | DECLINED within 2s': (
        Act("expect", (screen_names.read('PRESENT_CARD "12.50" | DECLINED'), True, 2.0)),
        None,
    ),
    "wait idle": (Act("wait", ("idle", 20.0)), [("wait", "idle", 20.0)]),
    "wait on": (Act("wait", ("on", 20.0)), None),
    "wait off": (Act("wait", ("off", 20.0)), None),
    "wait online within 5s": (Act("wait", ("online", 5.0)), [("wait", "online", 5.0)]),
    "host drop-answer next sale": (Act("host", ("drop-answer next sale",)), [("host", "drop-answer next sale")]),
    "host clear": (Act("host", ("clear",)), [("host", "clear")]),
    "cut now": (Act("cut", ("now",)), [("cut", "now")]),
    "cut write 2": (Act("cut", ("write", 2, False)), [("cut", "write", 2, False)]),
    "cut write 2 torn": (Act("cut", ("write", 2, True)), [("cut", "write", 2, True)]),
    "cut net 5": (Act("cut", ("net", 5, False)), [("cut", "net", 5, False)]),
    "power on": (Act("power", (True,)), [("power", True)]),
    "power off": (Act("power", (False,)), [("power", False)]),
    "wifi on": (Act("wifi", (True,)), [("wifi", True)]),
    "wifi off": (Act("wifi", (False,)), [("wifi", False)]),
    "fault corrupt 2": (Act("fault", ("corrupt", 2)), [("fault", "corrupt", 2)]),
    "fault dead": (Act("fault", ("dead", True)), [("fault", "dead", True)]),
    "speed 10": (Act("speed", (10,)), [("speed", 10)]),
}

WRONG = {
    "dance": "dance: no such act; there are press, hold,",
    "press": "press: which keys?",
    "press 1 E": "press: E is no key of the keypad",
    "hold": "hold: is written hold KEY [2s]",
    "hold AB": "hold: is written",
    "hold E": "hold: E is no key",
    "hold A 2": "2: seconds are written like 10s",
    "hold A 601s": "601s: from 0s to 600s",
    "tap": "tap: which card?",
    "tap nobody": "tap: no card is named nobody; there are: visa-credit,",
    "tap visa-credit after": "tap: after: options are written name=value",
    "tap visa-credit after=x": "tap: after=x: a number is wanted",
    "tap visa-credit locked=1": "tap: locked=1: yes or no",
    "tap visa-credit colour=red": "tap: colour=red: no such option; there are: after,",
    "remove card": "remove: nothing may follow",
    "expect": "expect: is written expect [not] SCREEN",
    "expect not": "expect: is written",
    "expect within 10s": "expect: is written",
    'expect ""': "expect: is written",
    "expect APROVED": "screen: APROVED: no sentence of",
    'expect "x" within 5': "5: seconds are written like 10s",
    "expect |": "screen: NAME of",
    "wait": "wait: is written wait idle|on|off|online",
    "wait tea": "wait: is written",
    "wait idle within soon": "soon: seconds",
    "host": "host: which line",
    "host dance": "host dance: the host knows no such command or fault",
    "host decline": "decline: CODE is missing",
    "cut": "cut: is written cut now | cut write N [torn] | cut net N",
    "cut tea 1": "cut: is written",
    "cut write": "cut: is written",
    "cut write 0": "cut: 0: a number from 1 to 100000",
    "cut write x": "cut: x: a number",
    "cut write 1 twice": "cut: is written",
    "cut net 1 torn": "cut: only a write can be torn",
    "power": "power: on or off",
    "wifi maybe": "wifi: on or off",
    "fault": "fault: is written fault NAME [N]",
    "fault tea": "fault: tea: the reader has no such fault; there are: corrupt,",
    "fault corrupt x": "fault: x: a number from 0",
    "speed": "speed: is written speed N",
    "speed 0": "speed: 0: a number from 1 to 1000",
    'press "1': "No closing quotation",
}

# spellings that scripts or lessons once had -> what is written now
OLD = {
    "cut-power now": "cut now",
    "cut-power after-write 2": "cut write 2",
    "cut-power after-write 2 torn": "cut write 2 torn",
    "cut-power after-net 5": "cut net 5",
    "cut after write 2": "cut write 2",
    "cut after net 1": "cut net 1",
    "clear": "host clear",
    "online": "wait online",
    "see HINT_IDLE": "expect HINT_IDLE",
    'see PRESENT_CARD "12.50" | DECLINED': 'expect PRESENT_CARD "12.50" | DECLINED',
    'wait "Type an amount"': 'expect "Type an amount" within 20s',
    'wait "Type an amount" within 3s': 'expect "Type an amount" within 3s',
}


class Recorder(acts.Port):
    """Keeps what it is asked for; `called` [(method, words …)]."""

    def __init__(self):
        self.called = []

    def __getattribute__(self, name):
        if name not in vars(acts.Port) or name.startswith("_"):
            return super().__getattribute__(name)

        async def keep(*words):
            self.called.append((name, *words))

        return keep


def test_every_act_is_tried():
    assert {line.split()[0] for line in EVERY} == set(acts.FORMS)
    assert {line.split()[0] for line in WRONG} - {"dance"} == set(acts.FORMS)


@pytest.mark.parametrize("line", EVERY)
def test_an_act_is_read_and_performed(line):
    act, calls = EVERY[line]
    assert acts.parse(line) == act
    port = Recorder()
    asyncio.run(acts.perform(act, port))
    assert calls is None or port.called == calls


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_is_named(line):
    with pytest.raises(ValueError) as caught:
        acts.parse(line)
    assert WRONG[line] in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("line", OLD)
def test_an_old_spelling_names_the_new_one(line):
    with pytest.raises(ValueError, match=re.escape(f"{line}: is written now: {OLD[line]}") + "$"):
        acts.parse(line)
    acts.parse(OLD[line])


@pytest.mark.parametrize("line", EVERY)
def test_a_script_and_a_lesson_mean_the_same(line):
    """Whoever takes an act takes it as it is; a lesson and its student together leave out only what no page can do."""
    act = EVERY[line][0]
    assert Script(line).steps[0].act == act
    taken = []
    for read in (lesson_acts.do, lesson_acts.robot):
        try:
            taken.append(read(line))
        except ValueError as error:
            assert re.match(r"(do|robot) \w+: (not the|the page's cards)", str(error)), error
    assert all(each == act for each in taken)
    assert taken or act.name == "fault" or act.words[1], line


@pytest.mark.parametrize("line", EVERY)
def test_what_a_lesson_does_is_a_command_of_the_page(line):
    act = EVERY[line][0]
    if act.name in ("fault", "expect", "wait"):
        return
    used = []

    async def use(command):
        used.append(checked(command))

    asyncio.run(acts.perform(act, lesson_acts.TerminalPort(use)))
    assert used


def test_a_port_says_what_it_cannot_do():
    for line, (act, _) in EVERY.items():
        with pytest.raises(acts.CannotAct):
            asyncio.run(acts.perform(act, acts.Port()))
        assert acts.parse(line) == act


def test_a_recorded_session_lies_beside_its_script(tmp_path):
    (tmp_path / "mine.json").write_text('{"exchanges": [["00A4", "9000"]]}')
    session = {"exchanges": [["00A4", "9000"]]}
    script = Script("tap mine.json after=1", str(tmp_path / "s.txt"))
    assert script.steps[0].act == Act("tap", ("mine.json", {"after": 1, "script": session}))
    with pytest.raises(ScriptError, match="no such option; there are: after, delay_ms$"):
        Script("tap mine.json locked=yes", str(tmp_path / "s.txt"))


def test_what_only_scripts_have_is_listed_too():
    with pytest.raises(ScriptError, match=r"s.txt:1: dance: no such act; there are press.*speed, screenshot, journal, say$"):
        Script("dance", "s.txt")


LINE = [f"{name} {'|'.join(words)}" for name, words in lesson_acts.LINE.items()]


def test_the_page_has_every_form_once():
    table = PAGE.partition("## Acts")[2].partition("\n## ")[0].replace("\\|", "|")
    rows = re.findall(r"(?m)^\| `([^`]+)` \|", table)
    forms = [form for written in acts.FORMS.values() for form in written.split(" | ")]
    assert sorted(rows) == sorted([*forms, "screenshot FILE", "journal", 'say "WORDS"', "open THING", *LINE])


def test_the_page_says_who_does_what():
    table = PAGE.partition("## Acts")[2].partition("\n## ")[0].replace("\\|", "/")
    for row in re.findall(r"(?m)^\| `.*", table):
        form, _, script, lesson, student = (cell.strip() for cell in row.strip("|").split("|"))
        name = shlex.split(form.strip("`"))[0]
        if name in acts.FORMS or name in lesson_acts.LINE:
            assert bool(script) == (name in acts.FORMS) and bool(lesson) == (name in lesson_acts._LESSON), row
            assert bool(student) == (name in lesson_acts._STUDENT), row


def test_the_page_names_every_card_option_and_fault():
    import cards

    for word in (*cards.names(), *acts.READER_FAULTS, *acts._NUMBERS, *acts._TEXTS, *acts._SWITCHES):
        assert re.search(rf"(?<![\w-]){word}(?![\w-])", PAGE), word
