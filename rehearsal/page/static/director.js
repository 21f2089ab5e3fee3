// The director's pane: time, faults, the bot, and the raw traffic.

import { fill, h } from "/page/dom.js";
import { doing, keyed, outside, utc } from "./parts.js";

/** The pane; the traffic is asked for only while its list is open. */
export function directorPane(watch) {
  const clock = h("p", { class: "big-clock", role: "timer" });
  const paces = h("div", { class: "row" });
  const bot = h("p", { class: "small" });
  const armed = h("ul", { class: "armed" });
  const slackFaults = h("select", { "aria-label": "Fault of Slack" });
  const portalFaults = h("select", { "aria-label": "Fault of the portal" });
  const rows = h("div", { class: "rows traffic" });
  const trafficBox = h("details", { class: "traffic-box" }, h("summary", {}, "Raw traffic, newest first"), rows);
  trafficBox.addEventListener("toggle", () => watch.want(trafficBox.open ? ["traffic"] : []));
  const root = h("div", { class: "pane-body" },
    h("h2", {}, "Director"),
    h("h3", {}, "The clock"), clock, paces,
    h("div", { class: "row" }, doing("+5 min", "jump", { minutes: 5 }, { name: "jump-5" }), doing("+15 min", "jump", { minutes: 15 }, { name: "jump-15" }),
      doing("+1 h", "jump", { minutes: 60 }, { name: "jump-60" }), doing("To Saturday night", "saturday", {})),
    h("h3", {}, "The bot"), bot,
    h("div", { class: "row" }, doing("Kill it (kill -9)", "kill-bot", {}, { kind: "danger" }), doing("Start it again", "start-bot", {})),
    h("h3", {}, "Break something"),
    h("div", { class: "row" }, slackFaults, doing("Break Slack", "slack-fault", () => ({ fault: slackFaults.value }))),
    h("div", { class: "row" }, portalFaults, doing("Break the portal", "portal-fault", () => ({ fault: portalFaults.value }))),
    h("div", { class: "row" }, doing("Drop the socket", "drop-socket", {}), doing("Mend everything", "clear-faults", {}, { kind: "primary" })),
    armed, trafficBox);
  let offered = false;
  setInterval(tick, 500);
  return { root, parts: ["director", "clock", "traffic"], draw };

  function draw() {
    const state = watch.parts.director;
    const held = watch.parts.clock;
    if (!state || !held) return;
    if (!offered) {
      offered = true;
      fill(slackFaults, state.slack_faults.map((name) => h("option", { value: name }, name)));
      fill(portalFaults, state.portal_faults.map((name) => h("option", { value: name }, name)));
    }
    const pace = (key, label) => { const node = doing(label, "pace", { pace: key }, { name: `pace-${key}` }); node.setAttribute("aria-pressed", String(held.pace === key)); return node; };
    if (paces.dataset.pace !== held.pace) {
      paces.dataset.pace = held.pace;
      fill(paces, pace("paused", "Pause"), pace("normal", "Real time"), pace("fast", "× 60"));
    }
    const doingWhat = { running: "is running", starting: "is starting", ended: "has ended", stopped: "is not started" }[state.bot.state];
    bot.textContent = `The bot ${doingWhat}${state.bot.pid ? ` (process ${state.bot.pid})` : ""}; ${state.sockets} socket${state.sockets === 1 ? "" : "s"} to Slack.`;
    fill(armed, state.armed.map((fault) => h("li", {}, h("strong", {}, fault.where), `: ${fault.kind}${fault.method || fault.action ? ` of ${fault.method || fault.action}` : ""}`,
      fault.times > 0 ? `, ${fault.times} more` : ", until mended")));
    keyed(rows, watch.parts.traffic ?? [], (row) => row.id, call);
    tick();
  }

  function tick() {
    const held = watch.parts.clock;
    if (!held) return;
    const now = new Date(Date.now() + held.offset * 1000);
    const day = now.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
    clock.textContent = `${day}, ${now.toISOString().slice(11, 16)} UTC${held.pace === "paused" ? " (paused)" : held.pace === "fast" ? " (× 60)" : ""}`;
  }
}

function call(row) {
  return h("details", { class: "call" }, h("summary", {}, utc(row.at, { withSeconds: true }), " ", h("span", { class: "tag" }, row.way), " ", outside(row.what),
    h("span", { class: "small" }, " ", outside(row.answer))), h("pre", { class: "pre" }, outside(row.detail)));
}
