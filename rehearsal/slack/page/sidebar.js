// Who you are, and the places: channels, direct messages, the app's Home.

import { fill, h } from "./dom.js";
import { sign } from "./symbols.js";

/** The sidebar of a session; `onPlace` runs after somebody went somewhere (to close it on a narrow screen). */
export function sidebar(session, { onPerson, onPlace }) {
  const who = h("select", { class: "who", "aria-label": "You are", onChange: () => onPerson(who.value) });
  const about = h("p", { class: "about" });
  const places = h("nav", { "aria-label": "Places" });
  const root = h("aside", { class: "sidebar" },
    h("label", { class: "who-label" }, h("span", {}, "You are"), who), about, places);
  return { root, draw };

  function draw() {
    const { people, client, place } = session;
    if (document.activeElement !== who || who.options.length !== people.length) {
      fill(who, people.map((person) => h("option", { value: person.id, selected: person.id === client.me.id },
        `${person.real_name}${person.sort ? ` (${person.sort})` : ""}`)));
    }
    who.value = client.me.id;
    fill(about, [client.me.title, client.me.sort ? `Slack account: ${client.me.sort}.` : ""].filter(Boolean).join(" "));
    const channels = client.channels.filter((channel) => channel.kind !== "im");
    const direct = client.channels.filter((channel) => channel.kind === "im");
    fill(places,
      group("Channels", channels.map((channel) => item(channel, channel.kind === "private_channel" ? sign("lock", { hidden: true }) : "#", channel.name))),
      group("Direct messages", direct.length ? direct.map((channel) => item(channel, "●", client.app.name)) : h("li", { class: "empty" }, "none yet")),
      group("Apps", h("li", {}, h("button", { type: "button", class: `place ${place.kind === "home" ? "here" : ""}`,
        "aria-current": place.kind === "home" ? "page" : null, onClick: () => { session.openHome(); onPlace(); } },
        h("span", { class: "place-sign", "aria-hidden": "true" }, "⌂"), h("span", { class: "place-name" }, `${client.app.name} Home`)))));
  }

  function group(title, items) {
    return h("section", {}, h("h2", {}, title), h("ul", {}, items));
  }

  function item(channel, sign, name) {
    const unread = session.unread(channel.id);
    const here = session.place.kind === "channel" && session.place.id === channel.id;
    return h("li", {}, h("button", { type: "button", class: `place ${here ? "here" : ""} ${unread ? "unread" : ""}`, "data-channel": channel.id,
      "aria-current": here ? "page" : null, onClick: () => { session.open(channel.id); onPlace(); } },
      h("span", { class: "place-sign", "aria-hidden": "true" }, sign), h("span", { class: "place-name" }, name),
      channel.archived ? h("small", {}, "archived") : null, channel.shared ? h("small", {}, "shared") : null,
      unread ? h("span", { class: "count", "aria-label": `${unread} unread` }, unread > 99 ? "99+" : unread) : null));
  }
}
