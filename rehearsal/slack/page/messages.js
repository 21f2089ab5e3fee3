// The message list and the thread: one node per message, redrawn only when that message changed.

import { drawBlocks } from "./blocks.js";
import { clockTime, dayName, fullTime } from "./dates.js";
import { fill, h } from "./dom.js";
import { emojiNode, mrkdwn } from "./mrkdwn.js";
import { messageSpot } from "./spots.js";
import { sign } from "./symbols.js";

const NEAR_END_PX = 60;
const HUES = 8;
const IN_USE_MS = 300;

/** Somebody has a menu or a list of it open. */
export const inUse = (node) => node.querySelector('[aria-expanded="true"]') !== null;

/** A list that follows a session. `source`: the messages to show; `inThread`: without thread links. */
export function messageList(session, getContext, source, { inThread = false } = {}) {
  const drawn = new Map();
  let waiting = 0;
  const older = h("button", { type: "button", class: "older", hidden: true, onClick: loadOlder }, "Show earlier messages");
  const nothing = h("div", { class: "empty nothing", hidden: true });
  const holder = h("div", { class: "message-list", role: "log", "aria-live": "polite", "aria-relevant": "additions" });
  const jump = h("button", { type: "button", class: "jump", hidden: true, onClick: () => toEnd(true) }, "↓ Newest messages");
  const root = h("div", { class: "scroller", tabIndex: 0, "aria-label": inThread ? "Thread" : "Messages" }, older, nothing, holder);
  root.addEventListener("scroll", () => {
    session.followsEnd = inThread ? session.followsEnd : atEnd();
    jump.hidden = atEnd();
  }, { passive: true });
  return { root: h("div", { class: "list-frame" }, root, jump), draw, reset };

  function atEnd() {
    return root.scrollHeight - root.scrollTop - root.clientHeight < NEAR_END_PX;
  }

  function toEnd(force) {
    if (force) { root.scrollTop = root.scrollHeight; jump.hidden = true; }
  }

  async function loadOlder() {
    const height = root.scrollHeight;
    await session.older();
    draw();
    root.scrollTop += root.scrollHeight - height;
  }

  function reset() {
    drawn.clear();
    fill(holder);
  }

  function draw() {
    const stick = atEnd() || drawn.size === 0;
    const wanted = rows();
    const keys = new Set(wanted.map((row) => row.key));
    for (const [key, held] of drawn) {
      if (!keys.has(key)) { held.node.remove(); drawn.delete(key); }
    }
    let at = holder.firstChild;
    for (const row of wanted) {
      const held = drawn.get(row.key);
      let node = held?.node;
      if (held && held.version !== row.version && inUse(held.node)) {
        drawLater();
      } else if (!held || held.version !== row.version) {
        node = row.draw();
        if (held) { if (at === held.node) at = node; held.node.replaceWith(node); }
        drawn.set(row.key, { node, version: row.version });
      }
      if (node === at) at = at.nextSibling;
      else holder.insertBefore(node, at);
    }
    older.hidden = inThread || !session.hasOlder;
    nothing.hidden = inThread || !session.isLoaded || wanted.length > 0;
    if (!nothing.hidden) fill(nothing, sayNothing());
    if (session.target && drawn.has(session.target)) show(session.target);
    else toEnd(stick);
  }

  /** A place without messages says what it is for, and what can be done about it. */
  function sayNothing() {
    const { client, place } = session;
    const channel = session.channel(place.id);
    if (!channel) return [];
    const name = channel.kind === "im" ? `from ${client.app.name}` : `in #${channel.name}`;
    const commands = client.commands.length ? `Type / to see the commands of ${client.app.name}.` : "";
    return [h("p", {}, h("strong", {}, `No message ${name} yet.`)), channel.purpose ? h("p", {}, channel.purpose) : null, h("p", {}, commands)];
  }

  /** A message with an open menu waits with its new look until the menu is closed. */
  function drawLater() {
    waiting ||= setTimeout(() => { waiting = 0; draw(); }, IN_USE_MS);
  }

  function show(ts) {
    session.target = "";
    const { node } = drawn.get(ts);
    node.scrollIntoView({ block: "center" });
    node.classList.add("found");
    node.focus({ preventScroll: true });
  }

  /** What the list consists of, in order: days, the line "new", messages, refusals. */
  function rows() {
    const context = getContext();
    const made = [];
    let day = "";
    let before = null;
    let sawNew = inThread || !session.newFrom;
    for (const message of [...source().values()].sort((a, b) => (a.ts < b.ts ? -1 : 1))) {
      const name = dayName(context.reader, Number(message.ts));
      if (name !== day) {
        day = name;
        before = null;
        made.push({ key: `day ${name}`, version: name, draw: () => h("div", { class: "day", role: "separator" }, h("span", {}, name)) });
      }
      if (!sawNew && message.ts > session.newFrom) {
        sawNew = true;
        if (made.length > 1) made.push({ key: "new", version: 1, draw: () => h("div", { class: "new-line", role: "separator" }, h("span", {}, "New")) });
      }
      made.push(row(message, before, context));
      before = message;
    }
    for (const entry of inThread ? [] : refusalsHere()) {
      made.push({ key: `refusal ${entry.seq}`, version: 1, draw: () => refusal(entry, session) });
    }
    return made;
  }

  function refusalsHere() {
    return session.refusals.filter((entry) => entry.channel === session.place.id || (!entry.channel && entry.user === session.me.id)).slice(-5);
  }

  function row(message, before, context) {
    const trouble = session.troubles.get(message.ts) ?? "";
    const follows = before && before.user === message.user && !message.ephemeral && !before.ephemeral && !message.blocks?.length
      && Number(message.ts) - Number(before.ts) < 300;
    return {
      key: message.ts, draw: () => drawMessage(message, follows, trouble, context),
      version: `${idOf(message)}|${follows}|${trouble}|${session.me.id}|${context.version}`,
    };
  }

  function drawMessage(message, follows, trouble, context) {
    const author = session.client.people.find((person) => person.id === message.user);
    const name = author?.real_name || author?.name || "Somebody";
    const seconds = Number(message.ts);
    const spot = messageSpot(session, context, message);
    return h("article", { class: `message ${follows ? "follows" : ""} ${message.ephemeral ? "whisper" : ""}`, "data-ts": message.ts,
      tabIndex: -1, "aria-label": `${name}, ${clockTime(context.reader, seconds)}` },
      h("div", { class: `avatar ${author?.bot ? "app" : `hue-${hue(message.user)}`}`, "aria-hidden": "true" }, initials(name)),
      h("div", { class: "message-main" },
        message.ephemeral ? h("p", { class: "whisper-line" }, "Only visible to you") : null,
        h("div", { class: "message-head" }, h("strong", { class: "author" }, name), author?.bot ? h("span", { class: "badge" }, "APP") : null,
          h("time", { class: "when", datetime: new Date(seconds * 1000).toISOString(), title: fullTime(context.reader, seconds) },
            clockTime(context.reader, seconds))),
        body(message, spot, context),
        message.edited ? h("span", { class: "edited" }, "(edited)") : null,
        reactions(message), threadLink(message),
        trouble ? h("p", { class: "trouble", role: "alert" }, trouble) : null),
      inThread || message.ephemeral || (message.thread_ts && message.thread_ts !== message.ts) ? null
        : h("button", { type: "button", class: "reply", title: "Reply in thread", "aria-label": `Reply to ${name} in a thread`,
          onClick: () => session.openThread(message.ts) }, sign("speech_balloon", { hidden: true })));
  }

  function body(message, spot, context) {
    const parts = [];
    if (message.blocks?.length) parts.push(drawBlocks(message.blocks, spot));
    else if (message.text) parts.push(h("div", { class: "text", dir: "auto" }, mrkdwn(message.text, context)));
    for (const attachment of message.attachments ?? []) {
      parts.push(h("div", { class: "attachment" }, attachment.pretext ? h("p", {}, mrkdwn(attachment.pretext, context)) : null,
        attachment.title ? h("strong", {}, attachment.title) : null,
        attachment.blocks ? drawBlocks(attachment.blocks, spot) : h("div", {}, mrkdwn(attachment.text ?? attachment.fallback ?? "", context))));
    }
    return parts;
  }

  function reactions(message) {
    if (!message.reactions?.length) return null;
    return h("div", { class: "reactions" }, message.reactions.map((one) => h("span", { class: "reaction" }, emojiNode(one.name), ` ${one.count}`)));
  }

  function threadLink(message) {
    if (inThread || !message.reply_count) return null;
    const count = message.reply_count;
    return h("button", { type: "button", class: "thread-link", onClick: () => session.openThread(message.ts) },
      `${count} ${count === 1 ? "reply" : "replies"}`);
  }
}

let turns = 0;
const turnOf = new WeakMap();

/** A changed message is a new object: its number tells the drawn one from it. */
function idOf(message) {
  if (!turnOf.has(message)) turnOf.set(message, (turns += 1));
  return turnOf.get(message);
}

/** What Slack would have refused, in the place where it would have appeared. */
export function refusal(entry, session) {
  const what = entry.method ?? { response_url_refused: "an answer by response_url", view_answer_refused: "an answer to a modal",
    command_answer_refused: "an answer to a command" }[entry.kind];
  return h("div", { class: "refusal", role: "alert" }, h("strong", {}, `Slack would have refused this: ${entry.error}`),
    h("p", {}, `${session.client.app.name} called ${what}.`),
    entry.detail?.length ? h("ul", {}, entry.detail.map((line) => h("li", {}, line))) : null);
}

function initials(name) {
  return name.split(/\s+/).map((word) => [...word][0] ?? "").join("").slice(0, 2).toUpperCase();
}

function hue(id) {
  return [...String(id)].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % HUES;
}
