"""What is cut off, and what scrolls, on a page as it is laid out now."""

# Within the parts that a selector names: what reaches beyond the window's sides, or hides some of its own text.
CUT = """(part) => {
  const wrong = [];
  const name = (node) => `${node.tagName.toLowerCase()}#${node.closest("[id]")?.id}.${node.getAttribute("class")}: ` +
    node.textContent.trim().slice(0, 30);
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room) wrong.push(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const root of document.querySelectorAll(part)) {
    for (const node of root.querySelectorAll("*")) {
      if (!node.checkVisibility({ visibilityProperty: true }) || node.closest(".unseen, .skip, svg, [hidden]")) continue;
      const style = getComputedStyle(node);
      if (style.clipPath !== "none") continue;
      const box = node.getBoundingClientRect();
      if (box.width && (box.left < -1 || box.right > room + 1)) wrong.push(`outside: ${name(node)}`);
      const hides = style.overflowX !== "visible" && node.scrollWidth > node.clientWidth + 1;
      if (hides && node.clientWidth && !node.matches("input, select, .lesson-short, progress")) wrong.push(`cut: ${name(node)}`);
    }
  }
  return wrong;
}"""

# What scrolls besides the page: an element whose content is higher than it is and can be moved.
SCROLLERS = """() => [...document.querySelectorAll("body *")].filter((node) => {
  const style = getComputedStyle(node);
  return ["auto", "scroll"].includes(style.overflowY) && node.scrollHeight > node.clientHeight + 1 && node.checkVisibility();
}).map((node) => `${node.tagName.toLowerCase()}#${node.id}.${node.getAttribute("class")}`)"""

# The empty height behind the last thing that can be seen, in pixels.
NOTHING_BELOW = """() => {
  const bottom = Math.max(...[...document.querySelectorAll("#desk > *, #desk > * > *")]
    .filter((node) => node.checkVisibility()).map((node) => node.getBoundingClientRect().bottom + scrollY));
  return document.documentElement.scrollHeight - Math.max(bottom, innerHeight);
}"""
