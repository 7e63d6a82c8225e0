"""What people with other eyes get: contrast of the text that is shown, names of what can be used."""

# Every element that shows words of its own, with the colours that are behind and in it.  Text on pictures, on gradients
# and in what is switched off is left out: the first two cannot be told, the last need not be readable.
_TEXTS = """() => {
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const words = [...node.childNodes].filter((child) => child.nodeType === 3 && child.data.trim())
      .map((child) => child.data.trim()).join(" ");
    if (!words || node.closest(":disabled, .unseen, .skip, [aria-hidden=true], .stale")) continue;
    if (!node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(node);
    const layers = [];
    let known = true;
    for (let up = node; up && known; up = up.parentElement) {
      const behind = getComputedStyle(up);
      if (behind.backgroundImage !== "none" || behind.opacity !== "1") known = false;
      const colour = rgba(behind.backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    if (!known) continue;
    let below = [255, 255, 255, 1];
    for (const layer of layers.reverse()) below = over(layer, below);
    const colour = over(rgba(node instanceof SVGElement ? style.fill : style.color), below);
    const size = parseFloat(style.fontSize);
    found.push({ words: words.slice(0, 40), colour, below, size, bold: Number(style.fontWeight) >= 700,
      where: `${node.tagName.toLowerCase()}#${node.closest("[id]")?.id}.${node.getAttribute("class")}` });
  }
  return found;
}"""
_ROLES = ("button", "link", "textbox", "combobox", "checkbox", "radio", "tab", "spinbutton", "slider", "switch",
          "menuitem", "option", "searchbox", "listbox", "image", "img", "region", "group", "dialog")  # fmt: skip
_NAMELESS = ("group",)  # may do without a name where it cannot have the focus


def luminance(colour) -> float:
    """Relative luminance of (r, g, b) from 0 to 255; WCAG 2.2."""
    parts = [part / 255 for part in colour[:3]]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other) -> float:
    """Contrast ratio of two colours, from 1 to 21; WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def variables(page, names) -> dict:
    """Colours (r, g, b) of the style sheet's variables as they are now."""
    script = """(names) => names.map((name) => {
      const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
      return [name, value];
    })"""
    found = {}
    for name, value in page.evaluate(script, list(names)):
        assert len(value) == 7 and value[0] == "#", (name, value)
        found[name] = tuple(bytes.fromhex(value[1:]))
    return found


def hard_to_read(page) -> tuple:
    """(how many texts were looked at, those with too little contrast, a line each)."""
    texts = page.evaluate(_TEXTS)
    bad = []
    for text in texts:
        large = text["size"] >= 24 or (text["bold"] and text["size"] >= 18.66)
        ratio = contrast(text["colour"], text["below"])
        if ratio < (3 if large else 4.5):
            bad.append(f"{ratio:.2f} {text['where']} {text['words']!r}")
    return len(texts), sorted(set(bad))


def nameless(page) -> tuple:
    """(how many things that can be used or are pictures, those of them without a name), from the browser's own tree."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    seen, found = 0, []
    for node in nodes:
        role = node.get("role", {}).get("value", "")
        properties = {part["name"]: part["value"].get("value") for part in node.get("properties", [])}
        focusable = bool(properties.get("focusable"))
        if node["ignored"] or not (role in _ROLES or (focusable and role not in ("RootWebArea", "generic"))):
            continue
        seen += 1
        name = node.get("name", {}).get("value", "").strip()
        if not name and (focusable or role not in _NAMELESS):
            found.append(role)
    return seen, found
