// The stand-in's HTTP interface and its feed.

/** What the workspace shows of the feed; everything else is not even sent. */
const KINDS = ["message", "message_changed", "message_deleted", "ephemeral", "ephemeral_deleted", "view_opened", "view_pushed",
  "view_updated", "view_closed", "view_errors", "home_published", "channel_added", "channel_event", "channel_made_private",
  "person_added", "person_changed", "user_group_changed", "clock_advanced", "api_refused", "response_url_refused",
  "view_answer_refused", "command_answer_refused", "socket_opened", "socket_closed"];

/** A refusal by the stand-in: its sentence, and the modal's blocks at fault. */
export class Refused extends Error {
  constructor(body, status) {
    super(body.error ?? `The stand-in answered ${status}.`);
    this.byBlock = body.by_block ?? null;
  }
}

/** The stand-in is not there (any more). */
export class Unreachable extends Error {
  constructor() {
    super("The stand-in cannot be reached. Is it still running?");
  }
}

async function answered(asking) {
  const response = await asking.catch(() => { throw new Unreachable(); });
  const text = await response.text();
  let body = null;
  try { body = JSON.parse(text); } catch { body = { error: text || `status ${response.status}` }; }
  if (!response.ok) throw new Refused(body, response.status);
  return body;
}

/** What a person sees: client, history, thread, views, home. */
export async function look(userId, what, query = {}) {
  const asked = new URLSearchParams({ signed_in: "true", ...query });
  return answered(fetch(`/_sandbox/people/${userId}/${what}?${asked}`));
}

/** What a person does; waits until the app has answered. */
export async function act(userId, action, body) {
  return answered(fetch(`/_sandbox/people/${userId}/${action}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ signed_in: true, ...body }),
  }));
}

/** Everybody with a Slack client, for the switch of persons. */
export const everybody = async () => answered(fetch("/_sandbox/everybody"));

const RETRY_MS = [200, 500, 1000, 2000];

/** Follows the feed for ever. `onEntry` gets each entry, `onBack` runs after an interruption, `onState` tells of it. */
export function follow(seq, { onEntry, onBack, onState }) {
  let last = seq;
  let tries = 0;
  const connect = () => {
    const socket = new WebSocket(`ws://${location.host}/_sandbox/feed/ws?after=${last}&kinds=${KINDS.join(",")}`);
    socket.addEventListener("open", () => {
      onState(true);
      if (tries > 0) onBack();
      tries = 0;
    });
    socket.addEventListener("message", (event) => {
      const entry = JSON.parse(event.data);
      last = entry.seq;
      onEntry(entry);
    });
    socket.addEventListener("close", () => {
      onState(false);
      setTimeout(connect, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
      tries += 1;
    });
  };
  connect();
}
