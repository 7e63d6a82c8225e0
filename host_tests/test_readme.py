"""README.md: every figure names the command that measures it, every link leads somewhere, boards are told as they are."""

import pathlib
import re

from campaigns import measure
from wiring import table

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_figure_names_its_command():
    section = README.partition("## Figures")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 8
    for _, figure, command, name in rows:
        target = command.strip("`").split()[1]
        assert re.search(r"\d", figure) and re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), figure
        assert target != "bench" or name.strip("`") in measure.names(), name
    assert "None of them was measured on an\nESP32" in section


def test_every_link_leads_to_a_file():
    pages = [
        ROOT / "README.md",
        *(page for top in ("boards", "firmware", "tools", "host_tests") for page in ROOT.glob(top + "/**/*.md")),
    ]
    for page in pages:
        if "node_modules" in page.parts:
            continue
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page, target)


def test_f_e1_readme_names_every_board_and_says_that_a_plain_esp32_needs_its_own_image():
    section = README.partition("## Put it on a board")[2].partition("\n## ")[0]
    for path in ROOT.glob("boards/*/board.py"):
        assert f"(boards/{path.parent.name}/README.md)" in section
        assert table.read(path).gpios
    page = (ROOT / "boards/esp32_devkitc/README.md").read_text(encoding="utf-8")
    assert "needs an image of its own" in page and "image of its own" in section
