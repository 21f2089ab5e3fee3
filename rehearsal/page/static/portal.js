// The portal pane: what the portal's own pages would show, and deciding there.

import { fill, h } from "/page/dom.js";
import { doing, keyed, outside, utc } from "./parts.js";

const TABS = [["pending", "Pending"], ["decided", "Decided"], ["policies", "Policies"], ["computers", "Computers"], ["audit", "Unified Audit"]];
const COMPUTERS_MOST = 60;

/** The pane, with a tab for each of the portal's pages. */
export function portalPane(watch) {
  let tab = "pending";
  let sought = "";
  const orders = h("select", { "aria-label": "What is asked for" });
  const burst = h("span");
  const tabs = h("div", { class: "subtabs", role: "tablist", "aria-label": "Portal pages" });
  const filter = h("input", { type: "search", class: "text-input", placeholder: "Computer, organization, user or mode",
    "aria-label": "Find a computer", hidden: true, onInput: () => { sought = filter.value.toLowerCase(); draw(); } });
  const list = h("div", { class: "rows", role: "tabpanel" });
  const nothing = h("p", { class: "empty" });
  const root = h("div", { class: "pane-body" }, h("h2", {}, "The portal"),
    h("div", { class: "row" }, orders, doing("Raise a request", "raise", () => ({ order: orders.value }), { kind: "primary" }), burst),
    tabs, filter, list, nothing);
  let offered = "";
  return { root, parts: ["portal.pending", "portal.decided", "portal.policies", "portal.computers", "portal.audit", "portal.counts", "director"], draw };

  function draw() {
    offers();
    const counts = watch.parts["portal.counts"] ?? {};
    fill(tabs, TABS.map(([key, name]) => h("button", { type: "button", role: "tab", class: "tab", "data-tab": key, "aria-selected": String(key === tab),
      onClick: () => { tab = key; fill(list); draw(); } }, name, key in counts ? ` ${counts[key]}` : "")));
    filter.hidden = tab !== "computers";
    const rows = shown();
    nothing.hidden = rows.length > 0;
    nothing.textContent = { pending: "Nobody waits for a decision.", policies: "No approval has made a policy yet." }[tab] ?? "Nothing here.";
    keyed(list, rows, (row) => row.id ?? row.name, DRAWN[tab]);
  }

  function offers() {
    const director = watch.parts.director;
    if (!director || offered) return;
    offered = "yes";
    fill(orders, director.orders.map((order) => h("option", { value: order }, order)));
    fill(burst, doing(`The same file on ${director.burst} computers`, "burst", {}));
  }

  function shown() {
    const rows = watch.parts[`portal.${tab}`] ?? [];
    if (tab !== "computers") return rows;
    const found = rows.filter((row) => Object.values(row).join(" ").toLowerCase().includes(sought));
    const changed = found.filter((row) => row.mode !== "Secured");
    return [...changed, ...found.filter((row) => row.mode === "Secured")].slice(0, COMPUTERS_MOST);
  }
}

function request(row) {
  return h("article", { class: "card-row", "data-request": row.id },
    h("div", { class: "row-head" }, h("strong", {}, outside(row.file || row.kind)), h("span", { class: "tag" }, row.kind),
      h("span", { class: `tag ${row.status === "Approved" ? "good" : row.decided_at ? "bad" : ""}` }, row.status), utc(row.at)),
    h("p", { class: "small" }, outside(row.requestor), " on ", outside(row.computer), ", ", outside(row.organization)),
    h("p", { class: "small path" }, outside(row.path)),
    row.reason ? h("p", { class: "small" }, "“", outside(row.reason), "”") : null,
    row.assignee ? h("p", { class: "small" }, "Assigned to ", outside(row.assignee)) : null);
}

function pending(row) {
  const node = request(row);
  node.append(h("div", { class: "row" },
    doing("Approve", "decide", { request: row.id, approve: true }, { name: "portal-approve" }),
    doing("Reject", "decide", { request: row.id, approve: false, reason: "Decided in the portal" }, { name: "portal-reject" }),
    h("span", { class: "hint" }, "in the portal, as tom@rowanbridge.example")));
  return node;
}

function decided(row) {
  const node = request(row);
  node.append(h("p", { class: "small" }, "Decided by ", outside(row.by || "the portal"), " at ", utc(row.decided_at ?? row.at)));
  if (row.note) node.append(h("p", { class: "small" }, outside(row.note)));
  return node;
}

function policy(row) {
  return h("article", { class: "card-row" }, h("div", { class: "row-head" }, h("strong", {}, outside(row.name)), utc(row.at)),
    h("p", { class: "small" }, "permits on ", outside(row.where), ", ", outside(row.organization), row.elevates ? "; elevates" : "",
      row.until ? [" until ", utc(row.until)] : null));
}

function computer(row) {
  return h("article", { class: "card-row slim" }, h("strong", {}, outside(row.name)), " ", h("span", { class: "small" }, row.os, ", ", outside(row.user), ", ", outside(row.organization)),
    h("span", { class: `tag ${row.mode === "Secured" ? "" : "bad"}` }, row.mode));
}

function audit(row) {
  return h("article", { class: "card-row slim" }, utc(row.at, { withSeconds: true }), " ",
    h("span", { class: `tag ${row.result === "permitted" ? "good" : row.result === "denied" ? "bad" : ""}` }, row.result), " ", row.action, " ",
    h("span", { class: "path" }, outside(row.path)), h("span", { class: "small" }, " ", outside(row.user), " on ", outside(row.computer), ", ", outside(row.policy)));
}

const DRAWN = { pending, decided, policies: policy, computers: computer, audit };
