// The guided tour.

import { fill, h } from "/page/dom.js";
import { doing } from "./parts.js";

/** The tour pane. `session` is the workspace's, to go where a step plays. */
export function tourPane(watch, session) {
  const intro = h("p", { class: "hint" });
  const list = h("ol", { class: "steps" });
  const root = h("div", { class: "pane-body" }, h("h2", {}, "Guided tour"), intro, list);
  let shown = "";
  let version = "";
  return { root, parts: ["tour"], draw };

  function draw() {
    const steps = watch.parts.tour ?? [];
    const done = steps.filter((step) => step.is_done).length;
    const current = steps.find((step) => !step.is_done)?.key ?? "";
    if (version === JSON.stringify(steps)) return;
    version = JSON.stringify(steps);
    intro.textContent = done === steps.length && done ? "All eight steps are done. Everything you saw is in the record."
      : `Eight steps, about five minutes. ${done} of ${steps.length} done.`;
    const open = steps.some((step) => step.key === shown && !step.is_done) ? shown : current;
    fill(list, steps.map((step) => drawn(step, step.key === open)));
  }

  function drawn(step, isOpen) {
    const sign = step.is_done ? "✓" : "";
    const node = h("details", { class: `step ${step.is_done ? "done" : ""}`, "data-step": step.key, open: isOpen },
      h("summary", {}, h("span", { class: "step-sign", "aria-hidden": "true" }, sign), h("strong", {}, step.title),
        step.is_done ? h("span", { class: "step-done" }, "done") : null),
      h("p", {}, step.text),
      h("div", { class: "row" },
        step.ready ? doing(step.is_ready ? `${step.ready} (again)` : step.ready, "tour", { step: step.key },
          { kind: step.is_ready ? "" : "primary", name: `tour-${step.key}` }) : null,
        h("button", { type: "button", class: "button", "data-do": `go-${step.key}`, onClick: () => go(step) }, `Be ${nameOf(step)} in ${placeOf(step)}`),
        step.again ? doing(step.again, "tour-again", { step: step.key }, { name: `again-${step.key}` }) : null),
      step.key === "race" ? h("p", { class: "hint" }, secondWindow(step)) : null);
    node.addEventListener("toggle", () => { if (node.open) shown = step.key; });
    return h("li", {}, node);
  }

  function secondWindow(step) {
    const bo = session.people.find((person) => person.name === "bo");
    return bo ? h("a", { href: `/workspace#user=${bo.id}&at=${step.place}`, target: "_blank", rel: "noopener" }, "Open a second window as Bo") : null;
  }

  function nameOf(step) {
    return session.people.find((person) => person.id === step.person)?.real_name.split(" ")[0] ?? "somebody";
  }

  function placeOf(step) {
    return `#${session.client.channels.find((one) => one.id === step.place)?.name ?? "the channel"}`;
  }

  async function go(step) {
    if (session.me.id !== step.person) await session.become(step.person);
    await session.open(step.place, "", step.card ?? "");
    document.body.dataset.side = "workspace";
  }
}
