"""What is asked of a page in the browser; an empty answer, or one not above zero, is a good one."""

# Buttons and links of the head that lie on one another.
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll("#header-inner a, #header-inner button, .buttons > *, .dash-top > *")]
    .filter((each) => each.checkVisibility()).map((each) => [each, each.getBoundingClientRect()])
    .filter(([, box]) => box.width && box.height);
  const found = [];
  boxes.forEach(([one, a], index) => boxes.slice(index + 1).forEach(([other, b]) => {
    if (one.contains(other) || other.contains(one)) return;
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 1) found.push([one.textContent.trim(), other.textContent.trim()]);
  }));
  return found;
}"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """() => [...document.querySelectorAll(".card p, .card h2, .badge, .button")]
  .filter((each) => each.checkVisibility() && !each.title)
  .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== "visible")
  .map((each) => each.textContent.trim())"""
