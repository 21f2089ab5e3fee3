// The person's open modals: the visible one is drawn, those below wait.

import { drawBlocks } from "./blocks.js";
import { dialog, notice } from "./dialogs.js";
import { fill, focusFirst, h, uniqueId } from "./dom.js";
import { troubleOf, valuesOf, viewSpot } from "./spots.js";
import { act } from "./wire.js";

/** Follows the session's views. */
export function modals(session, getContext) {
  const drafts = new Map();
  let shown = null;
  return { draw };

  function draw() {
    const view = session.views.at(-1);
    if (shown && !shown.cover.isConnected) shown = null;
    for (const id of drafts.keys()) if (!session.views.some((one) => one.id === id)) drafts.delete(id);
    if (!view) { hide(); return; }
    if (!shown) {
      const panel = h("form", { class: "panel modal", role: "dialog", "aria-modal": "true", tabIndex: -1, novalidate: true,
        onSubmit: (event) => { event.preventDefault(); submit(); } });
      shown = { panel, ...dialog(panel, close) };
    }
    const version = `${view.id} ${view.hash} ${JSON.stringify(view.errors)}`;
    if (shown.version === version) return;
    shown.version = version;
    shown.clientErrors = {};
    redraw(view);
  }

  function hide() {
    shown?.close();
    shown = null;
  }

  function redraw(view) {
    const held = focusedIn(shown.panel);
    const mine = drafts.get(view.id) ?? new Map();
    drafts.set(view.id, mine);
    const spot = viewSpot(session, getContext(), view, mine);
    const errors = { ...view.errors, ...shown.clientErrors };
    const title = uniqueId("modal");
    const isNew = shown.viewId !== view.id;
    shown.viewId = view.id;
    shown.panel.setAttribute("aria-labelledby", title);
    shown.panel.dataset.callback = view.callback_id ?? "";
    fill(shown.panel,
      h("div", { class: "panel-head" },
        session.views.length > 1 ? h("button", { type: "button", class: "plain", "aria-label": "Back", onClick: close }, "←") : null,
        h("h2", { id: title }, h("bdi", {}, view.title?.text ?? "")),
        h("button", { type: "button", class: "plain", "data-close": "", "aria-label": "Close", onClick: close }, "×")),
      h("div", { class: "panel-body" }, drawBlocks(view.blocks, spot, errors)),
      shown.trouble ? h("p", { class: "trouble", role: "alert" }, shown.trouble) : null,
      h("div", { class: "panel-buttons" },
        h("button", { type: "button", class: "button", "data-close": "", onClick: close }, view.close?.text ?? "Cancel"),
        view.submit ? h("button", { type: "submit", class: "button primary", disabled: view.submit_disabled === true }, view.submit.text) : null));
    if (held && !isNew) focusAgain(shown.panel, held);
    else focusFirst(shown.panel);
    const wrong = shown.panel.querySelector(".wrong input, .wrong textarea");
    if (wrong) wrong.focus();
  }

  async function submit() {
    const view = session.views.at(-1);
    if (!view?.submit || shown.panel.getAttribute("aria-busy")) return;
    const values = valuesOf(view, drafts.get(view.id));
    await working(view, () => act(session.me.id, "submit", { view_id: view.id, values }));
  }

  async function close() {
    const view = session.views.at(-1);
    if (!view) { hide(); return; }
    try {
      await act(session.me.id, "close_view", { view_id: view.id });
    } catch (refused) {
      notice(refused.message, "error");
      await session.fetchViews();
    }
  }

  async function working(view, work) {
    const { panel } = shown;
    panel.setAttribute("aria-busy", "true");
    let trouble = "";
    let byBlock = {};
    try {
      trouble = troubleOf(await work(), session.client.app.name);
    } catch (refused) {
      if (refused.byBlock) byBlock = refused.byBlock;
      else trouble = refused.message;
    }
    panel.removeAttribute("aria-busy");
    if (!shown) return;
    if (trouble || Object.keys(byBlock).length || shown.trouble) {
      shown.trouble = trouble;
      shown.clientErrors = byBlock;
      const current = session.views.find((one) => one.id === view.id);
      if (current) redraw(current);
    }
  }
}

function focusedIn(panel) {
  const active = document.activeElement;
  if (!panel.contains(active)) return null;
  const block = active.closest("[data-block]")?.dataset.block;
  const inputs = block ? [...panel.querySelectorAll(`[data-block="${CSS.escape(block)}"] :is(input, textarea, button)`)] : [];
  return block ? { block, index: inputs.indexOf(active), start: active.selectionStart } : null;
}

function focusAgain(panel, held) {
  if (!held) return;
  const node = panel.querySelectorAll(`[data-block="${CSS.escape(held.block)}"] :is(input, textarea, button)`)[held.index];
  node?.focus();
  if (node && typeof held.start === "number" && node.type !== "radio" && node.type !== "checkbox") node.setSelectionRange?.(held.start, held.start);
}
