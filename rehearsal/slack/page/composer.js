// The composer: messages, slash commands with completion.

import { fill, h, uniqueId } from "./dom.js";
import { troubleOf } from "./spots.js";
import { act } from "./wire.js";

/** A composer for the open channel, or for its open thread. */
export function composer(session, { inThread = false } = {}) {
  const listId = uniqueId("commands");
  const list = h("ul", { id: listId, class: "completion", role: "listbox", "aria-label": "Slash commands", hidden: true });
  const field = h("textarea", { rows: 1, class: "compose", "aria-autocomplete": "list", "aria-controls": listId,
    onInput: () => { complete(); grow(); }, onKeydown: keys, onBlur: () => { list.hidden = true; } });
  const send = h("button", { type: "submit", class: "button primary send", "aria-label": "Send" }, "➤");
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const closed = h("p", { class: "closed", hidden: true });
  const row = h("form", { class: "composer-row", onSubmit: (event) => { event.preventDefault(); submit(); } }, field, send);
  let active = 0;
  return { root: h("div", { class: "composer" }, list, trouble, closed, row), draw };

  function draw() {
    const channel = session.channel(session.place.id);
    const may = channel?.may_write ?? false;
    const why = !channel ? "" : channel.archived ? "This channel is archived." : channel.kind === "im"
      ? `${session.client.app.name} does not read messages here.` : "You are not a member of this channel.";
    row.hidden = !may && !(channel?.kind === "im" && !channel.archived && !inThread && session.client.commands.length);
    closed.hidden = may;
    closed.textContent = may ? "" : why;
    const name = channel?.kind === "im" ? session.client.app.name : `#${channel?.name ?? ""}`;
    const label = inThread ? "Reply…" : may ? `Message ${name}` : "Type / for a command";
    field.placeholder = label;
    field.setAttribute("aria-label", label);
    say("");
  }

  function matches() {
    const typed = /^\/\S*$/.exec(field.value);
    return typed && !inThread ? session.client.commands.filter((command) => command.name.startsWith(field.value)) : [];
  }

  function complete() {
    const found = matches();
    active = Math.min(active, Math.max(0, found.length - 1));
    list.hidden = found.length === 0;
    fill(list, found.map((command, index) => h("li", {
      role: "option", id: `${listId}-${index}`, "aria-selected": String(index === active), class: index === active ? "active" : "",
      onMousedown: (event) => { event.preventDefault(); take(command); },
    }, h("strong", {}, command.name), " ", h("span", { class: "hint" }, command.usage_hint), h("small", {}, command.description))));
    if (found.length) field.setAttribute("aria-activedescendant", `${listId}-${active}`);
    else field.removeAttribute("aria-activedescendant");
  }

  function take(command) {
    field.value = `${command.name} `;
    list.hidden = true;
    field.focus();
  }

  function grow() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
  }

  function keys(event) {
    const found = list.hidden ? [] : matches();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (found.length && step) { event.preventDefault(); active = (active + step + found.length) % found.length; complete(); return; }
    if (found.length && event.key === "Escape") { event.stopPropagation(); list.hidden = true; return; }
    if (found.length && (event.key === "Tab" || event.key === "Enter") && field.value !== found[active].name) {
      event.preventDefault();
      take(found[active]);
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  }

  function say(text) {
    trouble.hidden = !text;
    trouble.textContent = text;
  }

  async function submit() {
    const text = field.value.trim();
    if (!text) return;
    list.hidden = true;
    field.value = "";
    grow();
    say("");
    try {
      say(await told(text));
    } catch (refused) {
      if (!field.value) field.value = text;
      say(refused.message);
    }
  }

  async function told(text) {
    const { place, me, client } = session;
    const command = inThread ? null : /^(\/\S+)\s*([\s\S]*)$/.exec(text);
    if (command) return troubleOf(await act(me.id, "command", { channel: place.id, name: command[1], text: command[2] }), client.app.name);
    const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    await act(me.id, "say", { channel: place.id, text: escaped, thread_ts: inThread ? place.thread : "" });
    return "";
  }
}
