// Where elements stand: a message, a modal or the Home tab; and what using them does.

import { confirmed, notice } from "./dialogs.js";
import { optionsOf } from "./combobox.js";
import { decodeText } from "./combobox.js";
import { textObject } from "./mrkdwn.js";
import { act } from "./wire.js";

const SILENT = "did not answer within 3 seconds. Slack shows a warning sign here; the press may still have reached it.";

/** A sentence when a delivery ended badly, else nothing. */
export function troubleOf(delivery, app) {
  if (delivery?.trouble) return `The stand-in failed: ${delivery.trouble}`;
  if (delivery?.outcome === "not_acknowledged") return `${app} ${SILENT}`;
  if (/^(trouble|refused):/.test(delivery?.outcome ?? "")) return `Slack would have refused ${app}’s answer (${delivery.outcome.replace(/^\w+: /, "")}).`;
  return "";
}

function common(session, context, send, tell) {
  return {
    context,
    confirmed: (given) => confirmed(given, (text) => textObject(text, context)),
    label: (block, given) => decodeText(block.label) || decodeText(given.placeholder) || given.action_id,
    follow: (address) => {
      const place = context.place(address);
      if (place) context.openPlace(place);
      else window.open(address, "_blank", "noopener,noreferrer");
    },
    async busy(node, work) {
      node.setAttribute("aria-busy", "true");
      tell("");
      try {
        tell(troubleOf(await work(), session.client.app.name));
      } catch (refused) {
        tell(refused.message);
      } finally {
        node.removeAttribute("aria-busy");
      }
    },
    press: (block, given) => send.click({ action_id: given.action_id, block_id: block.block_id, value: given.value }),
    choose: (block, given, value, offered) => send.choose({ action_id: given.action_id, block_id: block.block_id, value, offered }),
    async suggest(block, given, typed) {
      const delivery = await send.suggest({ action_id: given.action_id, block_id: block.block_id, typed });
      return delivery.response;
    },
  };
}

/** Elements of a message: each use is told at once. */
export function messageSpot(session, context, message) {
  const me = session.me.id;
  const place = { channel: session.place.id, ts: message.ts };
  const send = {
    click: (body) => act(me, "click", { ...place, ...body }),
    choose: (body) => act(me, "choose", { ...place, ...body }),
    suggest: (body) => act(me, "suggest_in_message", { ...place, ...body }),
  };
  const held = session.held ??= new Map();
  const key = (block, given) => `${me} ${message.ts} ${block.block_id} ${given.action_id}`;
  return {
    ...common(session, context, send, (text) => session.tell(message.ts, text)),
    acts: () => true,
    state: (block, given) => held.get(key(block, given)) ?? initial(given),
    note: (block, given, value, offered) => { held.set(key(block, given), stateOf(given, value, offered)); },
  };
}

/** Elements of the Home tab or of a modal; a modal's inputs wait for its submission. */
export function viewSpot(session, context, view, drafts) {
  const me = session.me.id;
  // As in Slack, a press inside a modal carries what stands in its inputs by then.
  const filled = async () => {
    const values = valuesOf(view, drafts);
    if (Object.keys(values).length) await act(me, "fill", { view_id: view.id, values });
  };
  const send = {
    click: async (body) => { await filled(); return act(me, "click_in", { view_id: view.id, ...body }); },
    choose: async (body) => { await filled(); return act(me, "choose_in", { view_id: view.id, ...body }); },
    suggest: (body) => act(me, "suggest", { view_id: view.id, ...body }),
  };
  const tell = view.type === "home" ? (text) => session.tell("home", text) : (text) => { if (text) notice(text, "error"); };
  return {
    ...common(session, context, send, tell),
    acts: (block) => block.type !== "input" || block.dispatch_action === true,
    state: (block, given) => drafts?.get(block.block_id)?.[given.action_id]?.state
      ?? view.state?.values?.[block.block_id]?.[given.action_id] ?? initial(given),
    note(block, given, value, offered) {
      if (!drafts) return;
      const actions = drafts.get(block.block_id) ?? {};
      const external = given.type.endsWith("external_select");
      const sent = !external ? value : Array.isArray(value) ? offered : offered?.[0] ?? null;
      actions[given.action_id] = { value: sent, state: stateOf(given, value, offered) };
      drafts.set(block.block_id, actions);
    },
  };
}

/** What was entered in a view's inputs and not told yet, by block and action. */
export function valuesOf(view, drafts) {
  const values = {};
  for (const [block, actions] of drafts ?? []) {
    if (!view.blocks.some((one) => one.block_id === block && one.type === "input")) continue;
    for (const [action, draft] of Object.entries(actions)) (values[block] ??= {})[action] = draft.value;
  }
  return values;
}

/** A choice in Slack's form, as far as drawing needs it. */
function stateOf(given, value, offered) {
  const options = offered ?? optionsOf(given).map((one) => one.option);
  const find = (wanted) => options.find((option) => option.value === wanted);
  if (/static_select|external_select|radio_buttons|checkboxes/.test(given.type)) {
    return Array.isArray(value) ? { selected_options: value.map(find).filter(Boolean) } : { selected_option: find(value) ?? null };
  }
  return { value };
}

function initial(given) {
  if (given.initial_options) return { selected_options: given.initial_options };
  if (given.initial_option) return { selected_option: given.initial_option };
  const name = Object.keys(given).find((key) => key.startsWith("initial_"));
  return { value: name ? given[name] : null };
}
