"""The message page of each profile (core/profiles/*/messages.md) against both sides: what flows send, what either codec reads.

F-H1: seven wrong constants at once in the messages of the flows passed every test; now one changed byte does not.
"""

import pathlib
import re
from collections.abc import Callable
from dataclasses import dataclass

import acquirer_bench
import frames
import pytest
from expect import run
from stage import Stage

from acquirer import mac
from acquirer import profiles as host_profiles
from acquirer.profiles.cn_pos import rules as cn_pos_rules
from acquirer.profiles.iso87a import rules as iso87a_rules
from taptill.core import profiles
from taptill.flows import result, sale, void

FOLDERS = pathlib.Path(__file__).parent.parent / "firmware" / "taptill" / "core" / "profiles"
KINDS = {
    "sale": "sale",
    "void": "void",
    "reversal": "reversal",
    "reversal of a void": "reversal",
    "sign-on": "signon",
    "echo": "echo",
    "status inquiry": "inquiry",
}
COLUMNS = tuple(KINDS)
MORE = {
    "refund": "refund",
    "balance": "balance",
    "pre-authorisation": "preauth",
    "pre-authorisation void": "preauth-void",
    "completion": "completion",
    "completion void": "compl-void",
    "barring inquiry": "inquiry",
}
UNTABLED = ("reversal of a pre-auth", "reversal of a completion")
MAK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
# Another value than that of the first sale, or of its void.
OTHER = {
    2: "4693801184579329",
    4: "000000001251",
    7: "1122101531",
    11: "000077",
    12: "010203",
    13: "0102",
    14: "2508",
    15: "0102",
    22: "012",
    23: "002",
    25: "06",
    37: "999999999999",
    38: "Z99999",
    41: "87654321",
    42: "543210987654321",
    49: "840",
}


@dataclass(frozen=True)
class Page:
    """A profile and its page; `answers` are the columns of the second table, the last one that of an inquiry.

    `bytes_of` makes bytes of what a line of a frame begins with.  `other` are other values of its own fields, `sixties` of F60:
    (of which answer, value, must that be noticed?).  `judged` are fields whose constants the host's rules know.
    """

    name: str
    answers: "tuple[str, ...]"
    rules: object
    bytes_of: Callable[[str], bytes]
    terminal: type
    state_field: int
    other: "dict[int, str]"
    sixties: "tuple[tuple[str, str, bool], ...]"
    judged: "tuple[int, ...]"
    original: int
    repeated: "tuple[int, ...]"

    @property
    def text(self) -> str:
        return (FOLDERS / self.name / "messages.md").read_text("utf-8")

    def written(self) -> dict:
        """{name: frame} of the page's blocks; a line is what is sent, blanks, and what it is."""
        found = {}
        for name, block in re.findall(r"^```frame (.+)\n((?:.+\n)+?)```$", self.text, re.MULTILINE):
            assert name not in found, name
            found[name] = self.bytes_of("".join(line.split(" ", 1)[0] for line in block.splitlines()))
        return found

    def requests(self) -> dict:
        """{column: {field number or "MTI": what stands in the table}} of the tables of requests."""
        table = {column: {} for column in (*COLUMNS, *MORE)}
        heads: tuple[str, ...] = ()
        for line in self.text.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            heads = next((columns for columns in (COLUMNS, tuple(MORE)) if tuple(cells[1:]) == columns), heads)
            head = re.match(r"F(\d+) |(MTI)$", cells[0]) if line.startswith("| ") else None
            if head:
                assert len(cells) == 1 + len(heads), line
                for column, cell in zip(heads, cells[1:]):
                    table[column][int(head[1]) if head[1] else "MTI"] = cell
        return table

    def answer_rules(self) -> "dict[str, dict[int, tuple[str, str]]]":
        """{answer: {field number: (what the terminal does with it, "r" or "a" when the acquirer repeats it)}}."""
        table: dict = {answer: {} for answer in self.answers}
        for line in self.text.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("| F") and re.fullmatch(r"F\d+(, F\d+)*", cells[0]):
                assert len(cells) == 1 + len(self.answers), line
                for number in re.findall(r"\d+", cells[0]):
                    for answer, cell in zip(self.answers, cells[1:]):
                        assert int(number) not in table[answer], line
                        rule, _, repeats = cell.partition(" ")
                        table[answer][int(number)] = (rule, repeats)
        return table


_CN_POS = Page(
    "cn_pos",
    ("0210 of a sale", "0210 of a void", "0410", "0830 of an inquiry"),
    cn_pos_rules,
    bytes.fromhex,
    acquirer_bench.HandTerminal,
    63,
    {3: "310000", 60: "21000001000", 61: "000001000077"},
    (
        ("0210 of a sale", "22000002000", True),
        ("0210 of a sale", "22000001301", False),
        ("0210 of a sale", "22000001", False),
        ("0210 of a void", "23000002000", True),
        ("0210 of a void", "23000001301", False),
        ("0410", "22000002000", True),
        ("0410", "22000001301", False),
        ("0830 of an inquiry", "00000002901", True),
        ("0830 of an inquiry", "00000001301", True),
        ("0830 of an inquiry", "00000001", False),
    ),
    (3, 25, 60),
    61,
    (2, 3, 4, 11, 14, 22, 23, 25, 41, 42, 49, 60),
)
_ISO87A = Page(
    "iso87a",
    ("0210 of a sale", "0210 of a void", "0410", "0610 of an inquiry"),
    iso87a_rules,
    str.encode,
    acquirer_bench.AsciiTerminal,
    48,
    {3: "310000", 60: "000002", 90: "0200000077" + "0" * 32},
    (("0210 of a sale", "000001 ", False), ("0210 of a sale", "0000001", True), ("0610 of an inquiry", "000002", True)),
    (3, 25, 70, 90),
    90,
    (2, 3, 4, 7, 11, 12, 13, 14, 22, 23, 25, 41, 42, 49, 60),
)
PAGES = (_CN_POS, _ISO87A)
SENT = {page.name: frames.sent(page.name) for page in PAGES}
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_frame = pytest.mark.parametrize(
    "page, name", [pytest.param(page, name, id=f"{page.name}-{name}") for page in PAGES for name in SENT[page.name]]
)
each_tabled = pytest.mark.parametrize(
    "page, name",
    [
        pytest.param(page, name, id=f"{page.name}-{name}")
        for page in PAGES
        for name in SENT[page.name]
        if not name.startswith(UNTABLED)
    ],
)
each_answer = pytest.mark.parametrize(
    "page, answer", [pytest.param(page, answer, id=f"{page.name}-{answer}") for page in PAGES for answer in page.answers]
)


def column_of(name: str) -> str:
    """ "" of a reversal that has no column: it repeats its own request."""
    if name.startswith(UNTABLED):
        return ""
    return next(column for column in sorted((*COLUMNS, *MORE), key=len, reverse=True) if name.startswith(column))


def kind_of(name: str) -> str:
    column = column_of(name)
    return {**KINDS, **MORE}[column] if column else "reversal"


def read(page: Page, name: str):
    return profiles.load(page.name).parse(SENT[page.name][name])


def at_host(page: Page, name: str):
    return host_profiles.of(page.name).decode(SENT[page.name][name])


def test_every_profile_has_its_page():
    assert tuple(page.name for page in PAGES) == profiles.NAMES


@each_page
def test_f_h1_every_variant_stands_on_the_page_and_the_other_way_round(page):
    assert set(page.written()) == set(SENT[page.name])
    assert {column_of(name) for name in SENT[page.name]} - {""} == {*COLUMNS, *MORE}


@each_frame
def test_f_h1_what_leaves_the_terminal_is_what_the_page_says_byte_for_byte(page, name):
    assert SENT[page.name][name].hex().upper() == page.written()[name].hex().upper()


def test_f_m17_the_page_has_the_macs_known_answers():
    """And the F64 of a whole frame under the retail MAC, made by the acquirer's side."""
    for kind, data in ((mac.RETAIL, b"Now is the time for it"), (mac.RETAIL, at_host(_CN_POS, "sale").mac_data)):
        assert mac.code(kind, MAK, data).hex().upper() in _CN_POS.text
    assert mac.code(mac.ECB, MAK, b"ABC").decode() in _CN_POS.text


@each_tabled
def test_f_h1_every_frame_follows_the_table(page, name):
    asked = read(page, name)
    fields, table = asked.fields, page.requests()[column_of(name)]
    assert asked.mti == table["MTI"]
    for number, rule in table.items():
        if number == "MTI":
            continue
        if rule == "–":
            assert number not in fields, number
        elif rule[0] != "C":
            assert number in fields, number
            assert rule == "M" or fields[number] == rule, number
    assert set(fields) <= set(table)
    conditional = {number for number, rule in table.items() if rule == "C3"}
    with_pin = fields.get(22, "")[2:] == "1" and column_of(name) in ("sale", "pre-authorisation")
    assert (conditional & set(fields) == conditional) if with_pin else not conditional & set(fields)


@each_frame
def test_f_h1_the_acquirer_reads_the_same_fields_and_its_mac(page, name):
    ours, theirs = read(page, name), at_host(page, name)
    assert (theirs.mti, theirs.fields) == (ours.mti, ours.fields)
    assert (getattr(theirs, "tpdu", b""), getattr(theirs, "header", b"")) == (ours.tpdu, ours.header)
    assert theirs.kind == kind_of(name)
    assert page.rules.fault(theirs.kind, theirs.fields) == ""
    if theirs.mac is not None:
        assert mac.matches(theirs.mac_kind(mac.ECB), MAK, theirs.mac_data, theirs.mac)


@each_page
def test_a_reversal_repeats_its_original(page):
    pairs = (
        ("void", "reversal of a void, no answer"),
        ("sale", "reversal, no answer"),
        ("sale with PIN", "reversal of a sale with PIN"),
        ("sale of a card without sequence number", "reversal of a card without sequence number"),
        *((name, "reversal of a " + name) for name in MORE if name.endswith(("authorisation", "void"))),
    )
    for original, undone in pairs:
        asked, back = read(page, original).fields, read(page, undone).fields
        for number in (*page.repeated, *((61,) if page is _CN_POS and "void" in original else ())):
            assert back.get(number) == asked.get(number), (undone, number)


@each_tabled
def test_f_h1_the_acquirer_judges_every_field_of_every_request(page, name):
    """F-H1: as sent all is right; a field left out, one too many or another constant is named."""
    kind, rules = kind_of(name), page.rules
    fields = at_host(page, name).fields
    table = page.requests()[column_of(name)]
    assert rules.fault(kind, fields) == ""
    for number, value in fields.items():
        without = {other: kept for other, kept in fields.items() if other != number}
        if table[number][0] != "C" and number in rules.RULES[kind].must:
            assert rules.fault(kind, without) == f"F{number}: missing"
        if number in page.judged or (number == 39 and kind == "reversal"):
            assert rules.fault(kind, {**fields, number: "9" * len(value)}).startswith(f"F{number}: "), number
    for number, rule in table.items():
        if number != "MTI" and rule == "–" and number not in rules.RULES[kind].may:
            assert rules.fault(kind, {**fields, number: "0"}) == f"F{number}: does not belong into this request"
    allowed = {number for number, rule in table.items() if number != "MTI" and rule != "–"}
    assert allowed <= set(rules.RULES[kind].must) | set(rules.RULES[kind].may)


def test_f_h1_seven_wrong_constants_are_each_named():
    """F-H1: 0400 F3/F25/F49, 0200 F26/F53, 0800 F62/F63, one at a time."""
    for name, number, wrong in (
        ("reversal, no answer", 3, "2"),
        ("reversal, no answer", 25, "06"),
        ("reversal, no answer", 49, "15"),
        ("sale with PIN", 26, "00"),
        ("sale with PIN", 53, "0600000000000000"),
        ("sign-on", 62, b"Serial No12"),
        ("sign-on", 63, "1"),
    ):
        fields = {**at_host(_CN_POS, name).fields, number: wrong}
        assert cn_pos_rules.fault(kind_of(name), fields).startswith(f"F{number}: "), (name, number)


def _answered(page: Page, answer: str, fault: str) -> "tuple[int, int, list[str]]":
    """(end, why, MTIs of what the terminal sent) of a sale, or of a void, whose `answer` is under that fault of the bank."""
    stage = Stage(settings={"reversal_tries": 1, "profile": page.name})
    flow = sale.sale(stage.t, 1250)
    if answer == "0210 of a void":
        run(flow)
        flow = void.void(stage.t, 1)
    before = len(stage.bank.requests)
    inquired = answer == page.answers[-1]
    if inquired:
        fault = f"field {page.state_field} R000000001250" + " " * 12 + (";" + fault[6:] if fault else "")
    stage.bank.faults = (["silent", "code 25"] if inquired else ["silent"] if answer == "0410" else []) + [fault]
    done = run(flow)
    return done.end, done.why, [profiles.load(page.name).parse(request).mti for request in stage.bank.requests[before:]]


@each_answer
def test_f_m4_what_the_terminal_takes_for_an_answer_is_what_the_page_says(page, answer):
    """F-M4: field by field, with another value; F60 with another kind, another batch and another network code."""
    taken = result.APPROVED if answer.startswith("0210") else result.REVERSED
    others = {**OTHER, **page.other}
    assert _answered(page, answer, "")[0] == taken
    for number, (rule, _) in page.answer_rules()[answer].items():
        if number not in others:
            assert rule == "–" and number in (39, 55), number  # what an answer says, not what it repeats
            continue
        end, why, mtis = _answered(page, answer, f"field {number} {others[number]}")
        if rule in ("–", "C2"):  # no answer has brought an authorisation code to what is reversed here
            assert end == taken, (number, rule)
        elif answer.startswith("0210"):
            assert end == result.REVERSED and mtis == ["0200", "0400"], (number, rule)
            assert why == (result.BAD_ANSWER if rule[0] == "C" else result.TIMEOUT), (number, rule)
        else:
            assert end == result.UNKNOWN, (number, rule)
            if answer == "0410":
                assert why == (result.BAD_ANSWER if rule[0] == "C" else result.TIMEOUT), (number, rule)


@each_page
def test_f_m4_how_much_of_f60_an_answer_has_to_repeat(page):
    for answer, other, matters in page.sixties:
        taken = result.APPROVED if answer.startswith("0210") else result.REVERSED
        assert (_answered(page, answer, "field 60 " + other)[0] != taken) == matters, (answer, other)


@each_page
def test_f_m1_the_acquirer_repeats_what_the_page_says(page):
    """F-M1: in an answer of each kind, and in a decline: the same value, and no more of the request; F60 up to its batch."""
    of_sale, of_void, of_reversal, of_inquiry = page.answers

    async def work(acquirer):
        async with page.terminal(acquirer) as terminal:
            if page is _ISO87A:
                await terminal.sign_on()
            sold = terminal.sale(2)
            told = (await terminal.ask("0200", sold)).fields
            back = terminal.void({**sold, 11: "000003"}, told, 2)
            poor = {**sold, 4: "000090000000", 11: "000004"}
            for answer, (mti, request), good in (
                (of_sale, ("0200", sold), "00"),
                (of_sale, ("0200", poor), "51"),
                (of_void, ("0200", back), "00"),
                (of_void, ("0200", {**back, 11: "000005"}), "22"),
                (of_reversal, ("0400", terminal.reversal(poor)), "12"),
                (of_inquiry, terminal.inquiry(9, 2), "00"),
                (of_inquiry, terminal.inquiry(9, 88), "25"),
            ):
                fields = (await terminal.ask(mti, request)).fields
                assert fields[39] == good, (answer, fields)
                table = page.answer_rules()[answer]
                compared = {number for number, (rule, _) in table.items() if rule != "–"}
                repeats = {number for number, (_, when) in table.items() if when == "r" or (when == "a" and good == "00")}
                assert set(fields) & set(request) & compared == repeats, answer
                for number in repeats:
                    whole = page is not _CN_POS or number != 60 or mti == "0820"
                    assert fields[number] == request[number][: None if whole else 8], (answer, number)

    acquirer_bench.run(work, **({} if page is _CN_POS else {"lines": {"iso87a-tcp": 0}}))
