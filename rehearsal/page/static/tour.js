// The guided tour.

import { fill, h } from "/page/dom.js";
import { doing, keyed } from "./parts.js";

/** What an administrator of rights can try, as it is typed; `@` names are those of the story. */
const AS_ADMINISTRATOR = [
  ["give a right for a while", "/gatehouse grant @bo Approve for Group at Brightwater for 2h because on duty tonight"],
  ["ask whether somebody may", "/gatehouse can @bo approve computer group at Brightwater"],
  ["see what was given", "/gatehouse grants"],
  ["take it back", "/gatehouse revoke @bo because the shift is over"],
  ["look at the roles there are", "/gatehouse roles Brightwater"],
  ["suspend somebody", "/gatehouse suspend @hal because laptop was stolen"],
  ["start a maintenance mode", "/gatehouse maintenance BRW-WS-001"],
];

/** The tour pane. `session` is the workspace's, to go where a step plays. */
export function tourPane(watch, session) {
  const intro = h("p", { class: "hint" });
  const list = h("ol", { class: "steps" });
  const root = h("div", { class: "pane-body" }, h("h2", {}, "Guided tour"), intro, list, more());
  let isBegun = false;
  return { root, parts: ["tour"], draw };

  function draw() {
    const steps = watch.parts.tour ?? [];
    if (!steps.length) return;
    const done = steps.filter((step) => step.is_done).length;
    intro.textContent = done === steps.length ? "All eight steps are done. Everything you saw is in the record."
      : `Eight steps, about five minutes. ${done} of ${steps.length} done.`;
    keyed(list, steps, (step) => step.key, drawn);
    if (isBegun) return;
    isBegun = true;
    unfold(steps.find((step) => !step.is_done)?.key ?? "");
  }

  /** A step that is done stays as open as it was: whoever reads it turns the page. */
  function drawn(step) {
    const sign = step.is_done ? "✓" : "";
    const next = step.is_done ? nextAfter(step) : null;
    return h("li", {}, h("details", { class: `step ${step.is_done ? "done" : ""}`, "data-step": step.key },
      h("summary", {}, h("span", { class: "step-sign", "aria-hidden": "true" }, sign), h("strong", {}, step.title),
        step.is_done ? h("span", { class: "step-done" }, "done") : null),
      h("p", {}, step.text),
      h("div", { class: "row" },
        step.ready ? doing(step.is_ready ? `${step.ready} (again)` : step.ready, "tour", { step: step.key },
          { kind: step.is_ready ? "" : "primary", name: `tour-${step.key}` }) : null,
        h("button", { type: "button", class: "button", "data-do": `go-${step.key}`, onClick: () => go(step) }, `Be ${nameOf(step)} in ${placeOf(step)}`),
        step.again ? doing(step.again, "tour-again", { step: step.key }, { name: `again-${step.key}` }) : null),
      step.key === "race" ? h("p", { class: "hint" }, secondWindow(step)) : null,
      next ? h("div", { class: "row" }, h("button", { type: "button", class: "button primary", "data-do": `next-${step.key}`,
        onClick: () => { fold(step.key); unfold(next.key); } }, `Next: ${next.title}`)) : null));
  }

  function nextAfter(step) {
    const steps = watch.parts.tour ?? [];
    const at = steps.findIndex((one) => one.key === step.key);
    return [...steps.slice(at + 1), ...steps.slice(0, at)].find((one) => !one.is_done) ?? null;
  }

  function detailsOf(key) {
    return list.querySelector(`details[data-step="${CSS.escape(key)}"]`);
  }

  function fold(key) {
    const node = detailsOf(key);
    if (node) node.open = false;
  }

  function unfold(key) {
    const node = detailsOf(key);
    if (!node) return;
    node.open = true;
    node.scrollIntoView({ block: "nearest" });
  }

  function more() {
    const zoe = session.people.find((person) => person.name === "zoe");
    const place = session.client.channels.find((one) => one.kind !== "im")?.id ?? "";
    return h("details", { class: "step more" }, h("summary", {}, h("strong", {}, "Then try what administrators do")),
      h("p", {}, "Zoe administers rights, roles and maintenance modes. Be her and type, for example:"),
      h("ul", {}, AS_ADMINISTRATOR.map(([what, typed]) => h("li", {}, `${what}: `, h("code", {}, typed)))),
      h("div", { class: "row" }, h("button", { type: "button", class: "button", "data-do": "go-administrator",
        onClick: () => go({ person: zoe?.id ?? session.me.id, place }) }, "Be Zoe")));
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
