"""The message page (core/profiles/cn_pos/messages.md) against both sides: what flows send, and what either codec reads.

F-H1: seven wrong constants at once in the messages of the flows passed every test; now one changed byte does not.
"""

import pathlib
import re

import frames
import pytest

from acquirer import rules as host_rules
from acquirer import wire
from acquirer.switch import message_kind
from taptill.core.profiles import cn_pos as profile

PAGE = (pathlib.Path(__file__).parent.parent / "firmware" / "taptill" / "core" / "profiles" / "cn_pos" / "messages.md").read_text(
    "utf-8"
)
SENT = frames.sent()
COLUMNS = ("sale", "void", "reversal", "reversal of a void", "sign-on", "echo", "status inquiry")
KINDS = {
    "sale": "sale",
    "void": "void",
    "reversal": "reversal",
    "reversal of a void": "reversal",
    "sign-on": "signon",
    "echo": "echo",
    "status inquiry": "inquiry",
}


def written() -> dict:
    """{name: frame} of the page's blocks; a line is hex, blanks, and what it is."""
    found = {}
    for name, block in re.findall(r"^```frame (.+)\n((?:.+\n)+?)```$", PAGE, re.MULTILINE):
        assert name not in found, name
        found[name] = bytes.fromhex("".join(line.split(" ", 1)[0] for line in block.splitlines()))
    return found


def rules() -> dict:
    """{column: {field number or "MTI": what stands in the table}}."""
    table = {column: {} for column in COLUMNS}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        head = re.match(r"F(\d+) |(MTI)$", cells[0]) if line.startswith("| ") else None
        if head:
            assert len(cells) == 1 + len(COLUMNS), line
            for column, cell in zip(COLUMNS, cells[1:]):
                table[column][int(head[1]) if head[1] else "MTI"] = cell
    return table


def column_of(name: str) -> str:
    return next(column for column in sorted(COLUMNS, key=len, reverse=True) if name.startswith(column))


def test_f_h1_every_variant_stands_on_the_page_and_the_other_way_round():
    assert set(written()) == set(SENT)
    assert {column_of(name) for name in SENT} == set(COLUMNS)


@pytest.mark.parametrize("name", SENT)
def test_f_h1_what_leaves_the_terminal_is_what_the_page_says_byte_for_byte(name):
    assert SENT[name].hex().upper() == written()[name].hex().upper()


@pytest.mark.parametrize("name", SENT)
def test_f_h1_every_frame_follows_the_table(name):
    fields = profile.parse(SENT[name]).fields
    table = rules()[column_of(name)]
    assert profile.parse(SENT[name]).mti == table["MTI"]
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
    with_pin = fields.get(22, "")[2:] == "1" and column_of(name) == "sale"
    assert (conditional & set(fields) == conditional) if with_pin else not conditional & set(fields)


@pytest.mark.parametrize("name", SENT)
def test_f_h1_the_acquirer_reads_the_same_fields(name):
    ours, theirs = profile.parse(SENT[name]), wire.decode(SENT[name])
    assert (theirs.mti, theirs.tpdu, theirs.header) == (ours.mti, ours.tpdu, ours.header)
    assert theirs.fields == ours.fields
    assert message_kind(theirs) == KINDS[column_of(name)]


def test_a_reversal_repeats_its_original():
    pairs = (
        ("void", "reversal of a void, no answer"),
        ("sale", "reversal, no answer"),
        ("sale with PIN", "reversal of a sale with PIN"),
        ("sale of a card without sequence number", "reversal of a card without sequence number"),
    )
    for original, undone in pairs:
        asked, back = profile.parse(SENT[original]).fields, profile.parse(SENT[undone]).fields
        for number in (2, 3, 4, 11, 14, 22, 23, 25, 41, 42, 49, 60, *((61,) if original == "void" else ())):
            assert back.get(number) == asked.get(number), (undone, number)


@pytest.mark.parametrize("name", SENT)
def test_f_h1_the_acquirer_judges_every_field_of_every_request(name):
    """F-H1: as sent all is right; a field left out, one too many or another constant is named."""
    kind = KINDS[column_of(name)]
    fields = wire.decode(SENT[name]).fields
    table = rules()[column_of(name)]
    assert host_rules.fault(kind, fields) == ""
    for number, value in fields.items():
        without = {other: kept for other, kept in fields.items() if other != number}
        if table[number][0] != "C" and number in host_rules.RULES[kind].must:
            assert host_rules.fault(kind, without) == f"F{number}: missing"
        if number in (3, 25, 60) or (number == 39 and kind == "reversal"):
            assert host_rules.fault(kind, {**fields, number: "9" * len(value)}).startswith(f"F{number}: "), number
    for number, rule in table.items():
        if number != "MTI" and rule == "–" and number not in host_rules.RULES[kind].may:
            assert host_rules.fault(kind, {**fields, number: "0"}) == f"F{number}: does not belong into this request"
    allowed = {number for number, rule in table.items() if number != "MTI" and rule != "–"}
    assert allowed <= set(host_rules.RULES[kind].must) | set(host_rules.RULES[kind].may)


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
        fields = {**wire.decode(SENT[name]).fields, number: wrong}
        assert host_rules.fault(KINDS[column_of(name)], fields).startswith(f"F{number}: "), (name, number)
