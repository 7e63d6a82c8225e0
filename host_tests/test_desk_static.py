"""The desk's page as files: texts in both languages, no way for a text to become markup, nothing from elsewhere."""

import html.parser
import pathlib
import re

import pytest

STATIC = pathlib.Path(__file__).parents[1] / "tools" / "desk" / "static"
SCRIPTS = sorted(STATIC.rglob("*.js"))
STYLES = sorted(STATIC.rglob("*.css"))
PAGES = sorted(STATIC.rglob("*.html"))
PLAIN = ("api/api.js", "overview/overview.js")  # scripts of the two plain pages
TABS = ("wire", "faults", "ledger", "lessons")
MOST_LINES = 400
_TEXT = r'"((?:[^"\\]|\\.)*)"'


def name_of(path):
    return path.relative_to(STATIC).as_posix()


def read(name):
    return (STATIC / name).read_text(encoding="utf-8")


def texts():
    """{key: (English, Chinese)} of every file of texts."""
    found = re.findall(rf"^  {_TEXT}:\s*\[\s*{_TEXT},\s*{_TEXT}\s*\],$", all_texts(), re.M)
    return {key: (english, chinese) for key, english, chinese in found}


def all_texts():
    return "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS if is_texts(path))


def is_texts(path):
    return "export const TEXTS = {" in path.read_text(encoding="utf-8")


def sources():
    """(name, source) of every script that is no list of texts."""
    for path in SCRIPTS:
        if not is_texts(path):
            yield name_of(path), path.read_text(encoding="utf-8")


def holes(text):
    return sorted(re.findall(r"\{(\w+)\}", text))


def test_every_text_is_there_in_both_languages():
    keys = re.findall(rf"^  {_TEXT}:", all_texts(), re.M)
    pairs = texts()
    assert len(keys) > 150 and len(set(keys)) == len(keys)
    assert set(keys) == set(pairs)
    for key, (english, chinese) in pairs.items():
        assert english.strip() and chinese.strip(), key
        assert holes(english) == holes(chinese), key
        assert not re.search(r"[\u4e00-\u9fff]", english), key
        if re.search(r"[\u4e00-\u9fff]", chinese):
            assert not re.search(r"[\u4e00-\u9fff][,;:?]", chinese), f"{key}: half-width punctuation"


def used_keys():
    """(file, key as a regular expression): a `${…}` in a key may be anything."""
    first = "|".join(sorted({key.partition(".")[0] for key in texts()}))
    for name, source in sources():
        for quoted, template in re.findall(rf'"((?:{first})(?:\.[^"\n.]+)+)"|`((?:{first})\.[^`\n]+)`', source):
            yield name, re.escape(quoted) if quoted else re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(template))
    for key in re.findall(r'data-t-[\w-]+="([^"]+)"', read("index.html")):
        yield "index.html", re.escape(key)


def test_every_key_that_is_used_exists_and_none_is_left_over():
    keys, used = set(texts()), list(used_keys())
    for name, pattern in used:
        assert any(re.fullmatch(pattern, key) for key in keys), f"{name}: {pattern}"
    unused = [key for key in keys if not any(re.fullmatch(pattern, key) for _, pattern in used)]
    assert not unused


def test_an_error_of_the_tab_board_is_a_text_of_the_tables():
    """Nothing is raised there in words of its own: they would be of one language."""
    for name, source in sources():
        if name.startswith("board/"):
            assert not re.findall(r"new (?:\w*Error)\(.*", source), name
            assert not re.findall(r"new Trouble\([`\"](?!board\.)[^)]*", source), name
            assert not re.findall(r"toast\((?!bus\.t\()[^)]*", source), name


def test_every_text_of_a_fault_card_and_lane_is_there():
    import cards

    pairs = texts()
    for name in cards.names():
        assert f"card.{name}" in pairs
    named = r'(?:(?<![\w.])toggle\(|faultItem\(|\{ id: (?="[\w-]+", fault))"([\w-]+)"'
    faults = set(re.findall(named, read("faults/faults.js")))
    assert len(faults) == 8
    for fault in faults:
        assert {f"fault.{fault}.about", f"fault.{fault}.expect"} <= set(pairs), fault
    codes = re.search(r"CODES = \[(.*?)\]", read("faults/faults.js")).group(1)
    for code in re.findall(r'"(\w\w)"', codes):
        assert pairs[f"code.{code}"][0].startswith(code) and pairs[f"code.{code}"][1].startswith(code)


@pytest.mark.parametrize("path", SCRIPTS + STYLES, ids=name_of)
def test_a_file_can_be_read_in_one_go(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_LINES


FORBIDDEN = (
    r"innerHTML",
    r"outerHTML",
    r"insertAdjacentHTML",
    r"document\.write",
    r"\beval\s*\(",
    r"new Function",
    r"createContextualFragment",
    r"parseFromString",
    r"srcdoc",
    r"javascript:",
    r"setAttribute\(\"(?:on|style)",
    r"set(?:Timeout|Interval)\(\s*[\"'`]",
    r"XMLHttpRequest",
)


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_no_text_can_become_markup_or_code(path):
    source = path.read_text(encoding="utf-8")
    for pattern in FORBIDDEN:
        assert not re.search(pattern, source), pattern


@pytest.mark.parametrize("path", SCRIPTS + STYLES, ids=name_of)
def test_nothing_is_loaded_from_elsewhere(path):
    source = path.read_text(encoding="utf-8")
    addresses = [
        address
        for address in re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'`)]*", source)
        if not address.startswith("http://www.w3.org/")
    ]
    assert not addresses
    for module in re.findall(r'(?:from|import\()\s*["`]([^"`]+)["`]', source):
        assert module.startswith(("./", "../")), module
        assert "$" in module or (path.parent / module).resolve().is_relative_to(STATIC), module
        assert "$" in module or (path.parent / module).is_file(), module
    assert "@import" not in source


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def tags(path):
    parser = Tags()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser.tags


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_obeys_its_content_security_policy(path):
    found = tags(path)
    assert found
    for tag, attributes in found:
        assert tag not in ("style", "iframe", "object", "embed", "base"), tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        if tag == "script":
            assert attributes.get("src", "").startswith("/static/")
        for name in ("src", "href"):
            if attributes.get(name) is not None:
                assert re.match(r"(/(?!/)|#)", attributes[name]), attributes[name]
                if attributes[name].startswith("/static/"):
                    assert (STATIC / attributes[name][len("/static/") :].partition("#")[0]).is_file(), attributes[name]


def test_every_icon_exists():
    icons = set(re.findall(r'<symbol id="([\w-]+)"', read("base/icons.svg")))
    used = set(re.findall(r"icons\.svg#([\w-]+)", read("index.html")))
    for _, source in sources():
        for call in re.findall(r"\bicon\(([^)]*)\)", source):
            used |= set(re.findall(r'"([\w-]+)"', call))
    assert len(used) > 12
    assert used <= icons


def test_every_id_that_is_looked_up_exists():
    scripts = "\n".join(source for name, source in sources() if name not in PLAIN)
    known = {attributes["id"] for _, attributes in tags(STATIC / "index.html") if attributes.get("id")}
    assert len(known) == len([1 for _, attributes in tags(STATIC / "index.html") if attributes.get("id")])
    made = set(re.findall(r'\bid: "([\w-]+)"', scripts)) | set(re.findall(r'\bclockControl\(bus, "([\w-]+)"', scripts))
    patterns = [re.escape(identity) for identity in known | made]
    patterns += [re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(each)) for each in re.findall(r"\bid: `([^`]+)`", scripts)]
    wanted = set(re.findall(r'\b(?:getElementById|byId)\("([\w-]+)"', scripts))
    wanted |= set(re.findall(r'"aria-(?:labelledby|describedby)": "([\w-]+)"', scripts))
    for _, attributes in tags(STATIC / "index.html"):
        for name in ("aria-controls", "aria-labelledby", "for"):
            wanted |= set((attributes.get(name) or "").split())
    assert len(wanted) > 15
    for identity in wanted:
        assert any(re.fullmatch(pattern, identity) for pattern in patterns), identity


def test_f_d12_a_lesson_calls_a_card_as_the_wallet_does():
    """F-D12: one name for a card everywhere; the tabs, which the row does not name, too."""
    pairs = texts()
    cards = [{pair[at] for key, pair in pairs.items() if key.startswith("card.")} for at in (0, 1)]
    seen = 0
    for path in sorted((STATIC.parent / "lessons").glob("*.txt")):
        source = re.sub(r"\s*\n\s*", " ", path.read_text(encoding="utf-8"))
        named = [
            (re.findall(r'\b[Cc]ards? "([^"]+)"', source), cards[0]),
            (re.findall(r"“([^”]*(?<!读)卡|卡片自拒[^”]*)”", source), cards[1]),
            (re.findall(r'\b[Tt]ab "([^"]+)"', source), {pairs[f"tab.{tab}"][0] for tab in TABS}),
            (re.findall(r"“([^”]+)”(?:页|标签)", source), {pairs[f"tab.{tab}"][1] for tab in TABS}),
        ]
        for found, known in named:
            seen += len(found)
            assert set(found) <= known, path.name
    assert seen > 25
    assert [pairs[key][1] for key in ("card.visa-pin", "card.pulled-away", "card.declining", "ledger.bad", "wallet.load")] == [
        "每笔都要密码的卡", "过早移开的卡", "卡片自拒（AAC）", "暂未对平", "载入卡片会话",
    ]  # fmt: skip
