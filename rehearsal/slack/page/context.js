// Names, zone and links for the parts that draw text.

import { reader } from "./dates.js";

/** What drawing needs to know of a session. */
export function contextOf(session) {
  const { client } = session;
  const people = new Map(client.people.map((person) => [person.id, person.real_name || person.name]));
  const groups = new Map(client.groups.map((group) => [group.id, group.handle]));
  const channels = client.channels.filter((channel) => channel.kind !== "im").map((channel) => [channel.id, channel.name]);
  const open = (place) => session.open(place.channel, place.thread, place.ts);
  return {
    // What was drawn with another version may read differently now.
    version: versionOf([client.me.id, client.me.tz, [...people], [...groups], channels]),
    reader: reader(client.me.tz, () => session.now()),
    personName: (id) => people.get(id),
    groupName: (id) => groups.get(id),
    channelName: (id) => session.channel(id)?.name,
    openChannel: (id) => session.open(id),
    place: (address) => placeOf(address, client.address),
    placeAddress: (place) => `#user=${client.me.id}&at=${place.channel}`,
    openPlace: open,
    list: (kind) => listed(client, kind),
  };
}

const versions = [];

/** A number that is the same as long as the names and the zone are. */
function versionOf(names) {
  const text = JSON.stringify(names);
  if (versions.at(-1)?.text !== text) versions.splice(0, 1, { text, number: (versions.at(-1)?.number ?? 0) + 1 });
  return versions.at(-1).number;
}

/** A permalink of this very workspace, as channel, message and thread. */
function placeOf(address, workspace) {
  if (!address.startsWith(`${workspace}archives/`)) return null;
  const url = new URL(address);
  const found = /^\/archives\/(\w+)(?:\/p(\d+)(\d{6}))?$/.exec(url.pathname);
  if (!found) return null;
  return { channel: found[1], ts: found[2] ? `${found[2]}.${found[3]}` : "", thread: url.searchParams.get("thread_ts") ?? "" };
}

function listed(client, kind) {
  const option = (id, label, description = "") => ({ value: id, label, description, group: "" });
  if (kind === "users_select") return client.people.map((person) => option(person.id, person.real_name || person.name, `@${person.name}`));
  const channels = client.channels.filter((channel) => kind === "conversations_select" || channel.kind === "public_channel");
  return channels.map((channel) => option(channel.id, channel.kind === "im" ? client.app.name : `#${channel.name}`));
}
