// One person's view of the workspace: what is loaded, what is new, and what changes when something happens.

import { act, everybody, follow, look } from "./wire.js";

const PAGE = 60;
/** Messages kept of the open channel; older ones are fetched again when somebody scrolls up. */
const KEPT = 300;
const KEPT_ARRIVALS = 300;
const KEPT_REFUSALS = 50;
const DRAW_MS = 16;
/** After a long drawing the next one waits as many times as long: keys and presses come in between. */
const REST = 2;

export class Session {
  constructor() {
    this.people = [];
    this.client = null;
    this.place = { kind: "channel", id: "", thread: "" };
    this.messages = new Map();
    this.thread = new Map();
    this.hasOlder = false;
    this.isLoaded = false;
    this.followsEnd = true;
    this.views = [];
    this.home = null;
    this.refusals = [];
    this.troubles = new Map();
    this.connected = false;
    this.sockets = 0;
    this.newFrom = "";
    this.arrivals = new Map();
    this.read = new Map();
    this.ahead = 0;
    this.listeners = new Set();
    this.dirty = new Set();
    this.timer = 0;
    this.took = 0;
    this.switching = 0;
    this.onSwitching = () => {};
  }

  /** Calls back, at most once a frame, with the set of parts that changed. */
  onChange(listener) { this.listeners.add(listener); }

  changed(...parts) {
    for (const part of parts) this.dirty.add(part);
    if (this.timer) return;
    this.timer = setTimeout(() => {
      const dirty = this.dirty;
      this.dirty = new Set();
      this.timer = 0;
      const before = performance.now();
      for (const listener of this.listeners) listener(dirty);
      this.took = performance.now() - before;
    }, Math.max(DRAW_MS, this.took * REST));
  }

  get me() { return this.client.me; }
  now() { return Date.now() / 1000 + this.ahead; }

  async start(userId) {
    const all = await everybody();
    this.people = all.people;
    const known = this.people.find((person) => person.id === userId) ?? this.people[0];
    if (!known) throw new Error("There is nobody in this workspace yet.");
    await this.become(known.id);
    follow(this.client.seq, {
      onEntry: (entry) => this.heard(entry),
      onBack: () => this.reload(),
      onState: (connected) => { this.connected = connected; this.changed("top"); },
    });
  }

  /** Switches to another person: another client, other rights, other whispers. Until they are there nothing can be
   * pressed: it would be done by whoever was here before. */
  async become(userId) {
    if (!this.client || userId === this.me.id) return this.load(userId);
    this.switching += 1;
    this.onSwitching(true);
    try {
      await this.load(userId);
    } finally {
      this.onSwitching(--this.switching > 0);
    }
  }

  async load(userId) {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const client = await look(userId, "client");
    if (turn !== this.turn) return;
    this.leave();
    this.client = client;
    this.ahead = client.now - Date.now() / 1000;
    this.sockets = client.connections;
    for (const channel of client.channels) this.markSeen(channel);
    this.views = [];
    this.home = null;
    this.troubles.clear();
    const here = client.channels.find((channel) => channel.id === this.place.id);
    if (this.place.kind === "home") await this.openHome();
    else await this.open(here?.id ?? client.channels[0]?.id ?? "", here ? this.place.thread : "");
    await this.fetchViews();
    this.changed("all");
  }

  markSeen(channel) {
    const key = `${this.me.id} ${channel.id}`;
    if (!this.read.has(key)) this.read.set(key, channel.latest);
  }

  async reload() {
    await this.become(this.me.id);
  }

  // Places

  channel(id) { return this.client.channels.find((one) => one.id === id); }

  async open(id, thread = "", around = "") {
    const turn = (this.opening = (this.opening ?? 0) + 1);
    this.leave();
    this.place = { kind: "channel", id, thread: "" };
    this.newFrom = this.read.get(`${this.me.id} ${id}`) ?? "";
    this.messages = new Map();
    this.thread = new Map();
    this.isLoaded = false;
    this.followsEnd = true;
    this.changed("all");
    if (!id) return;
    const found = await look(this.me.id, "history", { channel: id, limit: PAGE });
    if (turn !== this.opening) return;
    this.isLoaded = true;
    for (const message of found.messages) this.messages.set(message.ts, message);
    this.hasOlder = found.has_more;
    while (around && this.hasOlder && !this.messages.has(around)) await this.older();
    this.changed("all");
    if (thread) await this.openThread(thread);
    if (around) this.target = around;
  }

  async older() {
    const oldest = [...this.messages.keys()].sort()[0];
    if (!oldest || !this.hasOlder) return;
    const id = this.place.id;
    this.followsEnd = false;
    const found = await look(this.me.id, "history", { channel: id, limit: PAGE, before: oldest });
    if (this.place.id !== id) return;
    for (const message of found.messages) this.messages.set(message.ts, message);
    this.hasOlder = found.has_more;
    this.changed("messages");
  }

  async openThread(ts) {
    this.place = { ...this.place, thread: ts };
    const id = this.place.id;
    this.changed("all");
    if (!ts) return;
    const found = await look(this.me.id, "thread", { channel: id, ts });
    if (this.place.id !== id || this.place.thread !== ts) return;
    this.thread = new Map(found.messages.map((message) => [message.ts, message]));
    this.changed("thread");
  }

  async openHome() {
    this.leave();
    this.place = { kind: "home", id: "", thread: "" };
    this.changed("all");
    this.home = await look(this.me.id, "home");
    this.changed("home");
    await act(this.me.id, "open_home", {}).catch((refused) => this.tell("home", refused.message));
  }

  /** What was on the screen counts as read. */
  leave() {
    if (!this.client || this.place.kind !== "channel" || !this.place.id) return;
    this.markRead();
  }

  markRead() {
    const newest = this.arrivals.get(this.place.id)?.at(-1)?.ts ?? "";
    const key = `${this.me.id} ${this.place.id}`;
    if (newest > (this.read.get(key) ?? "")) this.read.set(key, newest);
  }

  unread(channelId) {
    const since = this.read.get(`${this.me.id} ${channelId}`) ?? "";
    if (this.place.kind === "channel" && this.place.id === channelId && !document.hidden) return 0;
    return (this.arrivals.get(channelId) ?? []).filter((one) => one.ts > since && (!one.only || one.only === this.me.id)
      && one.user !== this.me.id).length;
  }

  // What happens

  heard(entry) {
    switch (entry.kind) {
      case "message": this.arrived(entry.channel, entry.message, ""); break;
      case "ephemeral": this.arrived(entry.channel, { ...entry.message, ephemeral: true }, entry.user); break;
      case "message_changed": this.rewritten(entry.channel, entry.message); break;
      case "message_deleted": this.removed(entry.channel, entry.ts); break;
      case "ephemeral_deleted": if (entry.user === this.me.id) this.removed(entry.channel, entry.ts); break;
      case "clock_advanced": this.ahead += entry.seconds; this.changed("top", "clock"); break;
      case "home_published": if (entry.user === this.me.id) this.fetchHome(); break;
      case "socket_opened": case "socket_closed": this.sockets = entry.open; this.changed("top"); break;
      case "api_refused": case "response_url_refused": case "view_answer_refused": case "command_answer_refused":
        this.refused(entry); break;
      default:
        if (entry.kind.startsWith("view_")) { if (entry.user === this.me.id) this.fetchViews(); } else this.refreshClient();
    }
  }

  arrived(channelId, message, only) {
    const list = this.arrivals.get(channelId) ?? [];
    list.push({ ts: message.ts, user: message.user, only });
    if (list.length > KEPT_ARRIVALS) list.splice(0, list.length - KEPT_ARRIVALS);
    this.arrivals.set(channelId, list);
    this.changed("sidebar");
    if (!this.channel(channelId)) this.refreshClient();
    if (this.place.id !== channelId || (only && only !== this.me.id)) return;
    if (!document.hidden) this.markRead();
    const isReply = message.thread_ts && message.thread_ts !== message.ts;
    if (isReply) this.replied(message);
    if (!isReply || message.subtype === "thread_broadcast") {
      this.messages.set(message.ts, message);
      this.prune();
      this.changed("messages");
    }
  }

  replied(message) {
    const parent = this.messages.get(message.thread_ts);
    if (parent && !message.ephemeral) {
      this.messages.set(parent.ts, { ...parent, reply_count: (parent.reply_count ?? 0) + 1, latest_reply: message.ts });
      this.changed("messages");
    }
    if (this.place.thread === message.thread_ts) {
      this.thread.set(message.ts, message);
      this.changed("thread");
    } else if (message.ephemeral) {
      this.messages.set(message.ts, message);
      this.changed("messages");
    }
  }

  prune() {
    if (!this.followsEnd || this.messages.size <= KEPT) return;
    const all = [...this.messages.keys()].sort();
    for (const ts of all.slice(0, all.length - KEPT)) this.messages.delete(ts);
    this.hasOlder = true;
  }

  rewritten(channelId, message) {
    if (this.place.id !== channelId) return;
    for (const held of [this.messages, this.thread]) {
      const before = held.get(message.ts);
      if (!before) continue;
      const { reply_count, latest_reply, ephemeral } = before;
      held.set(message.ts, { ...message, reply_count, latest_reply, ephemeral });
    }
    this.changed("messages", "thread");
  }

  removed(channelId, ts) {
    if (this.place.id !== channelId) return;
    this.messages.delete(ts);
    this.thread.delete(ts);
    this.changed("messages", "thread");
  }

  /** Slack would have refused what the app sent: said where it would have appeared. */
  refused(entry) {
    this.refusals.push(entry);
    if (this.refusals.length > KEPT_REFUSALS) this.refusals.shift();
    this.changed("top", "messages");
  }

  async fetchViews() {
    const turn = (this.asking = (this.asking ?? 0) + 1);
    const views = await look(this.me.id, "views");
    if (turn === this.asking) { this.views = views; this.changed("views"); }
  }

  async fetchHome() {
    const mine = this.me.id;
    const home = await look(mine, "home");
    if (mine === this.me.id) { this.home = home; this.changed("home"); }
  }

  refreshClient() {
    if (this.refreshing) return;
    this.refreshing = setTimeout(async () => {
      this.refreshing = 0;
      const [client, all] = await Promise.all([look(this.me.id, "client"), everybody()]);
      if (client.me.id !== this.me.id) return;
      this.people = all.people;
      this.client = client;
      for (const channel of client.channels) this.markSeen(channel);
      if (this.place.kind === "channel" && !this.channel(this.place.id)) await this.open(client.channels[0]?.id ?? "");
      this.changed("all");
    }, 100);
  }

  /** A sentence about what went wrong, shown at a message, at the Home tab or in the composer. */
  tell(where, text) {
    if (text) this.troubles.set(where, text);
    else this.troubles.delete(where);
    this.changed("messages", "thread", "home");
  }
}
