// The whole workspace in one element. It knows Slack's rules and nothing of the app that runs on it.

import { composer } from "./composer.js";
import { contextOf } from "./context.js";
import { clockTime, fullTime } from "./dates.js";
import { clearDialogs, dialogsIn, notice } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { homeTab } from "./home.js";
import { messageList, refusal } from "./messages.js";
import { modals } from "./modal.js";
import { Session } from "./session.js";
import { sidebar } from "./sidebar.js";
import { sign } from "./symbols.js";
import { themeButton } from "./theme.js";
import { Refused, Unreachable } from "./wire.js";

const CLOCK_MS = 1000;

/** Where the address bar says that the reader is: person, place, thread. */
function wanted() {
  const asked = new URLSearchParams(location.hash.slice(1));
  return { user: asked.get("user") ?? "", at: asked.get("at") ?? "", thread: asked.get("thread") ?? "" };
}

/** Draws the workspace into an element and keeps it up to date. Answers the session. */
export async function workspace(root, { tools = [themeButton()] } = {}) {
  const session = new Session();
  const asked = wanted();
  if (asked.at === "home") session.place = { kind: "home", id: "", thread: "" };
  else session.place = { kind: "channel", id: asked.at, thread: asked.thread };
  try {
    await session.start(asked.user);
  } catch (broken) {
    fill(root, h("p", { class: "trouble", role: "alert" }, `The workspace cannot be shown: ${broken.message}`));
    throw broken;
  }
  frame(root, session, tools);
  return session;
}

function frame(root, session, tools) {
  let context = null;
  const getContext = () => context;
  const side = sidebar(session, { onPerson: become, onPlace: () => root.classList.remove("side-open") });
  const main = messageList(session, getContext, () => session.messages);
  const thread = messageList(session, getContext, () => session.thread, { inThread: true });
  const compose = composer(session);
  const answer = composer(session, { inThread: true });
  const home = homeTab(session, getContext);
  const modal = modals(session, getContext);
  const title = h("h1", { class: "title" });
  const clock = h("time", { class: "clock" });
  const state = h("span", { class: "connection", role: "status" });
  const errors = h("details", { class: "refusals", hidden: true });
  const tabs = h("div", { class: "tabs", role: "tablist" });
  const top = h("header", { class: "top" },
    h("button", { type: "button", class: "plain burger", "aria-label": "Places", onClick: () => root.classList.toggle("side-open") }, "☰"),
    title, tabs, state, errors, clock, tools);
  const threadPane = h("section", { class: "thread", hidden: true, "aria-label": "Thread" },
    h("div", { class: "thread-head" }, h("h2", {}, "Thread"),
      h("button", { type: "button", class: "plain", "aria-label": "Close the thread", onClick: () => session.openThread("") }, "×")),
    thread.root, answer.root);
  const channelPane = h("section", { class: "channel" }, main.root, compose.root);
  const center = h("div", { class: "center" }, channelPane, home.root, threadPane);
  const body = h("div", { class: "ws-body" }, side.root, h("div", { class: "ws-main" }, top, center));
  fill(root, body);
  dialogsIn(root, body);
  let shownPlace = "";
  session.onChange(draw);
  session.onSwitching = (isOn) => { center.inert = isOn; };
  addEventListener("hashchange", follow);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { session.markRead(); session.changed("sidebar"); } });
  addEventListener("unhandledrejection", (event) => {
    if (!(event.reason instanceof Refused || event.reason instanceof Unreachable)) return;
    event.preventDefault();
    notice(event.reason.message, "error");
  });
  setInterval(tick, CLOCK_MS);
  draw(new Set(["all"]));

  function draw(dirty) {
    const all = dirty.has("all");
    if (all) { context = contextOf(session); }
    const { place } = session;
    const here = `${session.me.id} ${place.kind} ${place.id}`;
    if (all && shownPlace !== here) { main.reset(); thread.reset(); shownPlace = here; }
    if (all) { compose.draw(); answer.draw(); remember(); places(); }
    if (all || dirty.has("top")) { heading(); tick(); }
    if (all || dirty.has("sidebar")) side.draw();
    const isHome = place.kind === "home";
    if (!isHome && (all || dirty.has("messages"))) main.draw();
    if (place.thread && (all || dirty.has("thread"))) thread.draw();
    if (isHome && (all || dirty.has("home"))) home.draw();
    if (all || dirty.has("views")) modal.draw();
  }

  function places() {
    const isHome = session.place.kind === "home";
    channelPane.hidden = isHome;
    home.root.hidden = !isHome;
    threadPane.hidden = isHome || !session.place.thread;
    root.classList.toggle("with-thread", !threadPane.hidden);
  }

  function heading() {
    const { place, client } = session;
    const channel = session.channel(place.id);
    const direct = client.channels.find((one) => one.kind === "im");
    const ofApp = place.kind === "home" || channel?.kind === "im";
    fill(title, ofApp ? client.app.name : channel ? [channel.kind === "private_channel" ? sign("lock", { hidden: true }) : "#", " ", channel.name] : "Nothing here for you");
    document.title = `${ofApp ? client.app.name : `#${channel?.name ?? ""}`} · ${client.me.real_name} · rehearsal`;
    tabs.hidden = !ofApp;
    fill(tabs, ofApp ? [
      h("button", { type: "button", role: "tab", class: "tab", "aria-selected": String(place.kind === "home"), onClick: () => session.openHome() }, "Home"),
      direct ? h("button", { type: "button", role: "tab", class: "tab", "aria-selected": String(place.kind !== "home"), onClick: () => session.open(direct.id) }, "Messages") : null,
    ] : []);
    state.textContent = !session.connected ? "Reconnecting…" : session.sockets === 0 && client.app.socket_mode ? `${client.app.name} is not connected` : "";
    const open = errors.open;
    errors.hidden = session.refusals.length === 0;
    fill(errors, h("summary", {}, `Refused: ${session.refusals.length}`),
      h("div", { class: "refusal-list" }, session.refusals.slice(-20).reverse().map((entry) => refusal(entry, session))));
    errors.open = open;
  }

  function tick() {
    if (!context) return;
    const now = session.now();
    clock.textContent = clockTime(context.reader, now);
    clock.title = `${fullTime(context.reader, now)}, in ${session.me.real_name}’s time zone`;
  }

  async function become(userId) {
    clearDialogs();
    await session.become(userId);
  }

  function remember() {
    const asked = new URLSearchParams({ user: session.me.id, at: session.place.kind === "home" ? "home" : session.place.id });
    if (session.place.thread) asked.set("thread", session.place.thread);
    history.replaceState(null, "", `#${asked}`);
  }

  async function follow() {
    const asked = wanted();
    if (asked.user && asked.user !== session.me.id) {
      session.place = asked.at === "home" ? { kind: "home", id: "", thread: "" } : { kind: "channel", id: asked.at, thread: asked.thread };
      await become(asked.user);
    } else if (asked.at === "home") await session.openHome();
    else if (asked.at) await session.open(asked.at, asked.thread);
  }
}
