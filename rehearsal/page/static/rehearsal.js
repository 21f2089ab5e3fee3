// The rehearsal: the workspace beside the panes behind the scenes.

import { fill, h } from "/page/dom.js";
import { themeButton } from "/page/theme.js";
import { workspace } from "/page/workspace.js";
import { directorPane } from "./director.js";
import { portalPane } from "./portal.js";
import { recordPane } from "./record.js";
import { tourPane } from "./tour.js";
import { Watch } from "./watch.js";

const watch = new Watch();
const session = await workspace(document.getElementById("workspace"), { tools: [] });
const panes = { tour: ["Tour", tourPane(watch, session)], portal: ["Portal", portalPane(watch)],
  director: ["Director", directorPane(watch)], record: ["Record", recordPane(watch)] };
let shown = "tour";

const tabs = h("div", { class: "pane-tabs", role: "tablist", "aria-label": "Behind the scenes" });
const body = h("div", { class: "pane", role: "tabpanel", tabIndex: -1 });
const lost = h("p", { class: "trouble", role: "alert", hidden: true }, "The rehearsal has ended or cannot be reached. Start it again and reload.");
fill(document.getElementById("panel"), tabs, lost, body);
document.getElementById("bar").append(h("span", { class: "bar-state", id: "bar-state", role: "status" }), themeButton(),
  h("button", { type: "button", class: "button side-switch", onClick: () => {
    document.body.dataset.side = document.body.dataset.side === "panel" ? "workspace" : "panel";
  } }, "Workspace / behind the scenes"));

function show(key) {
  shown = key;
  fill(tabs, Object.entries(panes).map(([name, [title]]) => h("button", { type: "button", role: "tab", class: "tab", "data-pane": name,
    "aria-selected": String(name === key), onClick: () => show(name) }, title)));
  fill(body, panes[key][1].root);
  panes[key][1].draw();
}

watch.listeners.add((part) => {
  if (part === "connection") lost.hidden = watch.connected;
  if (panes[shown][1].parts.includes(part)) panes[shown][1].draw();
  if (part === "director" || part === "clock") state();
});

/** What must not be overlooked: a dead bot, armed faults, a clock that does not run as usual. */
function state() {
  const { director, clock } = watch.parts;
  const words = [];
  if (director && director.bot.state !== "running") words.push(director.bot.state === "starting" ? "The bot is starting" : "The bot is down");
  if (director?.armed.length) words.push(`${director.armed.length} fault${director.armed.length === 1 ? "" : "s"} armed`);
  if (clock?.pace === "paused") words.push("Clock paused");
  if (clock?.pace === "fast") words.push("Clock × 60");
  document.getElementById("bar-state").textContent = words.join(" · ");
}

show("tour");
document.documentElement.dataset.ready = "";
