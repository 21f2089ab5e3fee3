"""Whether something on the page stays within its box and calls, links and styles nothing, by what the browser drew.

Once by the browser's own boxes and texts, and once by the pixels around a message: marks that are stacked on a letter
are painted outside of every box that the browser tells.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from PIL import Image
from playwright.async_api import Locator, Page

AROUND = 40
"""Pixels around a message that have to stay empty (our choice): two lines."""
_ADRIFT = """
article.message { margin: 60px 60px !important }
.message:hover { background: none !important }
.day { display: none }
"""
_ADD_RULES = """(rules) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [sheet];
}"""

_LOOK = r"""(root) => {
  const box = root.getBoundingClientRect();
  const faults = [], links = [], mentions = [];
  const isApart = (node) => node.closest('.menu, .combo-list, .reply, .older, .jump, [hidden]') !== null;
  const isOutside = (at) => at.width > 0 && (at.left < box.left - 1 || at.right > box.right + 1);
  for (const node of root.querySelectorAll('*')) {
    if (isApart(node)) continue;
    const is = `${node.tagName.toLowerCase()}.${node.getAttribute('class') ?? ''}`;
    if (isOutside(node.getBoundingClientRect())) faults.push(`wider than its message: ${is}`);
    if (node.matches('img, script, style, iframe, object, em, s, u, mark, blockquote, .quote, .emoji, .unknown'))
      faults.push(`no template has it: ${is} “${node.textContent.slice(0, 40)}”`);
    if (node.matches('a[href]')) links.push(node.href);
    if (node.matches('.mention')) mentions.push(node.textContent);
  }
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode;
    if (isApart(text.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    if ([...range.getClientRects()].some(isOutside)) faults.push(`runs out of its message: ${text.data.slice(0, 60)}`);
    const unseen = text.data.match(/(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
    if (unseen) faults.push(`acts unseen: U+${unseen[0].codePointAt(0).toString(16)} in ${text.data.slice(0, 60)}`);
  }
  for (const title of root.querySelectorAll('.block.header')) {
    const text = title.firstChild, from = title.textContent.lastIndexOf(' · ');
    if (!(text instanceof Text) || from < 0) continue;
    let before = null;
    for (let at = from; at < text.length; at += 1) {
      const range = document.createRange();
      range.setStart(text, at);
      range.setEnd(text, at + 1);
      const here = range.getBoundingClientRect();
      const isBack = before && here.width && Math.abs(here.top - before.top) < 4 && here.left < before.left;
      if (isBack) { faults.push(`the state's words are out of order: ${text.data}`); break; }
      if (here.width) before = here;
    }
  }
  return { faults, links, mentions };
}"""


@dataclass(frozen=True)
class Allowed:
    """What the templates themselves may link and call."""

    links: tuple[str, ...]
    """Beginnings of addresses."""
    mentions: frozenset[str] = field(default_factory=frozenset)


async def faults_in(root: Locator, allowed: Allowed) -> list[str]:
    """Whatever is drawn there and was written by nobody but the text from outside."""
    seen = await root.evaluate(_LOOK)
    faults = [str(one) for one in seen["faults"]]
    faults += [f"a link to {one}" for one in seen["links"] if not one.startswith(allowed.links)]
    return [*faults, *(f"calls {one}" for one in seen["mentions"] if one not in allowed.mentions)]


async def set_adrift(page: Page) -> None:
    """Empty space around each message, so that what is painted there is painted beyond a box."""
    # Made by script: the page takes no style that is written into it.
    await page.evaluate(_ADD_RULES, _ADRIFT)


async def paints_beyond(message: Locator) -> bool:
    """Whether anything is painted in the empty space around a message."""
    await message.evaluate("(node) => node.scrollIntoView({ block: 'center' })")
    box = await message.bounding_box()
    assert box is not None
    clip = {
        "x": box["x"] - AROUND,
        "y": box["y"] - AROUND,
        "width": box["width"] + 2 * AROUND,
        "height": box["height"] + 2 * AROUND,
    }
    shot = await message.page.screenshot(clip=clip, animations="disabled")  # type: ignore[arg-type]
    with Image.open(io.BytesIO(shot)) as image:
        drawn = image.convert("RGB")
    width, height = drawn.size
    # A pixel less than the space there is: boxes begin between pixels.
    edge = AROUND - 1
    strips = (
        (0, 0, width, edge),
        (0, height - edge, width, height),
        (0, 0, edge, height),
        (width - edge, 0, width, height),
    )
    return any(len(drawn.crop(strip).getcolors() or ()) != 1 for strip in strips)
