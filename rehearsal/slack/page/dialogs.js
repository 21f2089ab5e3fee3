// Confirm dialogs, drop-down menus and short notices. A dialog makes the rest of the workspace inert, not the page around.

import { fill, focusFirst, h, uniqueId } from "./dom.js";

let layer = null;
let behind = null;
let notices = null;

/** Tells this module where dialogs are laid, and what lies behind them. */
export function dialogsIn(root, rest) {
  layer = h("div", { class: "dialogs" });
  notices = h("div", { class: "notices", role: "status", "aria-live": "polite" });
  behind = rest;
  root.append(layer, notices);
}

/** Shows a dialog over the workspace; `onEscape` runs when the person backs out. Answers how to take it away. */
export function dialog(panel, onEscape) {
  const before = document.activeElement;
  const cover = h("div", { class: "cover" }, panel);
  cover.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); onEscape(); } });
  layer.append(cover);
  settle();
  focusFirst(panel);
  return {
    cover,
    close() {
      if (!cover.isConnected) return;
      cover.remove();
      settle();
      if (before?.isConnected) before.focus({ preventScroll: true });
    },
  };
}

/** Only the topmost dialog can be used. */
function settle() {
  const covers = [...layer.children];
  covers.forEach((cover, index) => { cover.inert = index < covers.length - 1; });
  behind.inert = covers.length > 0;
}

/** Slack's confirm dialog; true when the person goes on. No dialog: true at once. */
export function confirmed(given, drawText) {
  if (!given) return Promise.resolve(true);
  return new Promise((resolve) => {
    const title = uniqueId("confirm");
    const end = (answer) => { shown.close(); resolve(answer); };
    const panel = h("div", { class: "panel confirm", role: "alertdialog", "aria-modal": "true", "aria-labelledby": title, tabIndex: -1 },
      h("h2", { id: title }, given.title?.text ?? "Are you sure?"),
      h("div", { class: "confirm-text" }, drawText(given.text)),
      h("div", { class: "panel-buttons" },
        h("button", { type: "button", class: "button", onClick: () => end(false) }, given.deny?.text ?? "Cancel"),
        h("button", { type: "button", class: `button ${given.style === "danger" ? "danger" : "primary"}`, "data-focus": "",
          onClick: () => end(true) }, given.confirm?.text ?? "Yes")));
    const shown = dialog(panel, () => end(false));
  });
}

/** A drop-down menu at a button; entries are {label, description, run}. */
export function menu(at, entries) {
  if (at.getAttribute("aria-expanded") === "true") return;
  const items = entries.map((entry) => h("button", { type: "button", role: "menuitem", class: "menu-item", tabIndex: -1,
    onClick: () => { close(); entry.run(); } }, h("bdi", {}, entry.label), entry.description ? h("small", {}, entry.description) : null));
  const node = h("div", { class: "menu", role: "menu" }, items);
  const close = () => {
    node.remove();
    at.removeAttribute("aria-expanded");
    document.removeEventListener("pointerdown", outside, true);
    if (at.isConnected) at.focus({ preventScroll: true });
  };
  const outside = (event) => { if (!node.contains(event.target)) close(); };
  node.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); event.stopPropagation(); close(); }
    if (!step) return;
    event.preventDefault();
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  });
  at.setAttribute("aria-expanded", "true");
  at.after(node);
  const place = at.getBoundingClientRect();
  node.classList.toggle("upwards", place.bottom + node.offsetHeight + 8 > window.innerHeight);
  node.style.left = `${at.offsetLeft}px`;
  const over = node.getBoundingClientRect().right - window.innerWidth + 8;
  if (over > 0) node.style.left = `${Math.max(0, at.offsetLeft - over)}px`;
  document.addEventListener("pointerdown", outside, true);
  items[0]?.focus();
}

const NOTICE_MS = 8000;

/** A short notice that goes by itself; errors stay until they are closed. */
export function notice(text, kind = "info") {
  const node = h("div", { class: `notice ${kind}`, role: kind === "error" ? "alert" : null }, h("span", {}, text),
    h("button", { type: "button", "aria-label": "Close this notice", onClick: () => node.remove() }, "×"));
  notices.append(node);
  while (notices.children.length > 4) notices.firstChild.remove();
  if (kind !== "error") setTimeout(() => node.remove(), NOTICE_MS);
}

export const clearDialogs = () => { if (layer) { fill(layer); settle(); } };
