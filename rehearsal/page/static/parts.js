// Small pieces that the panes share.

import { notice } from "/page/dialogs.js";
import { h } from "/page/dom.js";
import { ask } from "./watch.js";

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Text from outside, with what would act unseen written out. */
export function visible(text) {
  return String(text ?? "").replace(HIDDEN, (one) => `\\u{${one.codePointAt(0).toString(16)}}`);
}

/** A piece of outside text that cannot reorder what stands beside it. */
export const outside = (text, tag = "bdi") => h(tag, { dir: tag === "bdi" ? null : "auto" }, visible(text));

/** A button that asks the server for something; it is busy meanwhile and tells what went wrong. */
export function doing(label, what, body, { kind = "", name = null } = {}) {
  const button = h("button", { type: "button", class: `button ${kind}`, "data-do": name ?? what, onClick: async () => {
    button.setAttribute("aria-busy", "true");
    try {
      await ask(what, typeof body === "function" ? body() : body);
    } catch (refused) {
      notice(refused.message, "error");
    } finally {
      button.removeAttribute("aria-busy");
    }
  } }, label);
  return button;
}

/** A time of day in the browser's zone would not fit the workspace's people: the panes speak UTC, and say so. */
export function utc(seconds, { withSeconds = false } = {}) {
  const text = new Date(seconds * 1000).toISOString();
  return h("time", { datetime: text, title: `${text.slice(0, 19).replace("T", " ")} UTC` }, text.slice(11, withSeconds ? 19 : 16));
}

/** Updates a list of keyed rows without touching the ones that stay: what is open stays open, the focus stays. */
export function keyed(parent, rows, keyOf, draw) {
  const held = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let at = parent.firstElementChild;
  for (const row of rows) {
    const key = String(keyOf(row));
    const version = JSON.stringify(row);
    let node = held.get(key);
    held.delete(key);
    if (!node || node.dataset.version !== version) {
      const open = node?.open ?? node?.querySelector("details")?.open;
      const fresh = draw(row);
      fresh.dataset.key = key;
      fresh.dataset.version = version;
      const details = fresh instanceof HTMLDetailsElement ? fresh : fresh.querySelector("details");
      if (open && details) details.open = true;
      if (node) { if (at === node) at = fresh; node.replaceWith(fresh); }
      node = fresh;
    }
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  for (const node of held.values()) node.remove();
}
