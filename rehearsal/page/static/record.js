// The record pane: the audit trail, live, and whether its chain verifies.

import { fill, h } from "/page/dom.js";
import { doing, keyed, outside, utc, visible } from "./parts.js";

/** The pane; a case can be picked to see its trail alone. */
export function recordPane(watch) {
  let wanted = "";
  const verdict = h("p", { class: "verdict", role: "status" });
  const problems = h("ul");
  const cases = h("select", { "aria-label": "Case", onChange: () => { wanted = cases.value; draw(); } });
  const list = h("div", { class: "rows" });
  const root = h("div", { class: "pane-body" }, h("h2", {}, "The record"), verdict, problems,
    h("div", { class: "row" }, doing("Verify the whole record", "verify", {}, { kind: "primary" }), cases), list);
  return { root, parts: ["record"], draw };

  function draw() {
    const record = watch.parts.record;
    if (!record) return;
    const { good, events, seals, link } = record.verdict;
    verdict.className = `verdict ${record.trouble || !good ? "bad" : "good"}`;
    verdict.textContent = record.trouble || (good ? `✓ Verified: ${events} events, ${seals} seal${seals === 1 ? "" : "s"}, chain head ${link.slice(0, 12)}…`
      : `✗ The chain does NOT verify (${record.verdict.problems.length} problems).`);
    fill(problems, record.verdict.problems.slice(0, 10).map((line) => h("li", {}, visible(line))));
    const known = [...new Set(record.events.map((event) => event.case).filter(Boolean))];
    if (cases.dataset.known !== known.join()) {
      cases.dataset.known = known.join();
      fill(cases, h("option", { value: "" }, "All events"), known.map((id) => h("option", { value: id, selected: id === wanted }, `Case ${id}`)));
    }
    keyed(list, record.events.filter((event) => !wanted || event.case === wanted), (event) => event.number, line);
  }
}

function line(event) {
  return h("details", { class: "event" },
    h("summary", {}, h("span", { class: "number" }, event.number), " ", utc(event.at, { withSeconds: true }), " ", h("strong", {}, event.name), " ",
      h("span", { class: "small" }, outside(event.person))),
    h("dl", {}, Object.entries({ case: event.case, request: event.request, ...event.facts, ...event.private, link: event.link })
      .filter(([, value]) => value !== "" && value !== null)
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, outside(typeof value === "object" ? JSON.stringify(value) : value))])));
}
