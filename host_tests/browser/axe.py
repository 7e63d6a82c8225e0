"""axe-core over a page or a part of it: every rule of WCAG 2.2 A and AA, of good practice, and those on trial."""

import os
import pathlib

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "tools" / "desk" / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"]
# Evaluated by the driver, which the page's content security policy lets through.
_RUN = """async ([part, tags]) => {
  const found = await axe.run(part || document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  const why = (node) => [...node.any, ...node.all, ...node.none].map((check) =>
    [check.message, ...check.relatedNodes.map((other) => other.target.join(" "))].join(" | ")).join("; ");
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${why(node)}`));
}"""


def source() -> str:
    """The program, for `page.evaluate`; the test is skipped where `make check` has not brought it (there is no npm)."""
    if not SOURCE.is_file():
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail("axe-core is not installed; here it must be")
        pytest.skip("axe-core is not installed: make check installs it where npm is")
    return SOURCE.read_text(encoding="utf-8")


def load(page):
    """Put it into a page; again after a reload.  A coroutine when the page is one of playwright's async API."""
    return page.evaluate(source() + "\n0")


def violations(page, part: str = ""):
    """["rule: selector: why"] of the page, or of the part that a selector names; a coroutine as above."""
    return page.evaluate(_RUN, [part, _TAGS])
