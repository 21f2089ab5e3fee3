// What the rehearsal's server tells, and what it can be asked to do.

const RETRY_MS = [300, 800, 1500];

/** Follows the panes' parts. `parts` holds the newest of each; listeners get the name of what changed. */
export class Watch {
  constructor() {
    this.parts = {};
    this.listeners = new Set();
    this.wants = [];
    this.socket = null;
    this.tries = 0;
    this.connected = false;
    this.connect();
  }

  connect() {
    const socket = (this.socket = new WebSocket(`ws://${location.host}/rehearsal/watch`));
    socket.addEventListener("open", () => {
      this.tries = 0;
      this.connected = true;
      this.want(this.wants);
      this.tell("connection");
    });
    socket.addEventListener("message", (event) => {
      const { part, data } = JSON.parse(event.data);
      this.parts[part] = data;
      this.tell(part);
    });
    socket.addEventListener("close", () => {
      this.connected = false;
      this.tell("connection");
      setTimeout(() => this.connect(), RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)]);
      this.tries += 1;
    });
  }

  /** Says which costly parts are on the screen. */
  want(names) {
    this.wants = names;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ wants: names }));
  }

  tell(part) {
    for (const listener of this.listeners) listener(part);
  }
}

/** Asks the server to do something; throws its sentence when it cannot. */
export async function ask(what, body = {}) {
  const response = await fetch(`/rehearsal/${what}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({ error: `The rehearsal answered ${response.status}.` }));
  if (!response.ok) throw new Error(answer.error);
  return answer.result;
}
