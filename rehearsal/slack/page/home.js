// The app's Home tab.

import { drawBlocks } from "./blocks.js";
import { fill, h } from "./dom.js";
import { inUse } from "./messages.js";
import { viewSpot } from "./spots.js";

const IN_USE_MS = 300;

/** Follows the session's Home tab. */
export function homeTab(session, getContext) {
  const root = h("div", { class: "home scroller", role: "tabpanel", "aria-label": "Home", tabIndex: 0 });
  let shown = "";
  return { root, draw };

  /** Drawn anew only when it reads differently, so that an open menu or list stays open. */
  function draw() {
    const trouble = session.troubles.get("home");
    const { home, client } = session;
    const version = `${session.me.id} ${home?.id} ${home?.hash} ${trouble} ${getContext().version}`;
    if (version === shown) return;
    if (inUse(root)) { setTimeout(draw, IN_USE_MS); return; }
    shown = version;
    fill(root,
      trouble ? h("p", { class: "trouble", role: "alert" }, trouble) : null,
      home ? drawBlocks(home.blocks, viewSpot(session, getContext(), home, null))
        : h("p", { class: "empty" }, client.app.home_tab ? `${client.app.name} has not published a Home tab for you yet.`
          : `${client.app.name} has no Home tab.`));
  }
}
