// Interactive elements: what they look like, what they hold, and what they tell when they are used.
//
// `spot` says where an element stands: spot.state(block, element) is its state in Slack's form, spot.acts says
// whether using it tells the app at once, spot.press, spot.choose, spot.suggest and spot.note do so.

import { combobox, decodeText, optionsOf, searched } from "./combobox.js";
import { h, safeAddress, uniqueId } from "./dom.js";
import { menu } from "./dialogs.js";
import { textObject } from "./mrkdwn.js";

/** The element as a node. */
export function element(block, given, spot) {
  const draw = Object.hasOwn(DRAWN, given.type) ? DRAWN[given.type] : unknown;
  return draw(block, given, spot);
}

function unknown(_block, given) {
  return h("span", { class: "unknown", role: "note" }, `This page does not draw “${given.type}”.`);
}

function button(block, given, spot) {
  const address = given.url ? safeAddress(given.url) : null;
  const node = h("button", {
    type: "button", class: `button ${given.style === "primary" || given.style === "danger" ? given.style : ""}`,
    "aria-label": given.accessibility_label, "data-action": given.action_id,
    title: address ? `Opens ${address}` : null,
    onClick: async () => {
      if (!(await spot.confirmed(given.confirm))) return;
      if (address) spot.follow(address);
      await spot.busy(node, () => spot.press(block, given));
    },
  }, textObject(given.text, spot.context));
  return node;
}

function overflow(block, given, spot) {
  const node = h("button", {
    type: "button", class: "button overflow", "aria-haspopup": "menu", "aria-label": "More actions",
    "data-action": given.action_id,
    onClick: () => menu(node, given.options.map((option) => ({
      label: decodeText(option.text), description: decodeText(option.description),
      run: async () => {
        if (!(await spot.confirmed(given.confirm))) return;
        const address = option.url ? safeAddress(option.url) : null;
        if (address) spot.follow(address);
        await spot.busy(node, () => spot.choose(block, given, option.value));
      },
    }))),
  }, "⋯");
  return node;
}

/** Tells the app where the element acts at once; else only keeps the value for the modal's submission. */
async function used(block, given, spot, value, node, offered) {
  spot.note(block, given, value, offered);
  if (!spot.acts(block)) return;
  if (!(await spot.confirmed(given.confirm))) return;
  await spot.busy(node, () => spot.choose(block, given, value, offered));
}

function select(block, given, spot) {
  const many = given.type.startsWith("multi_");
  const source = sourceOf(block, given, spot);
  const node = combobox({
    label: spot.label(block, given), placeholder: decodeText(given.placeholder), many, most: given.max_selected_items,
    chosen: source.chosen(spot.state(block, given)), find: source.find,
    onPick: (chosen) => {
      const values = chosen.map((one) => one.value);
      used(block, given, spot, many ? values : values[0] ?? null, node, source.offered?.(chosen));
    },
  });
  node.dataset.action = given.action_id;
  return node;
}

function sourceOf(block, given, spot) {
  const kind = given.type.replace("multi_", "");
  if (kind === "static_select") {
    const options = optionsOf(given);
    return { find: (typed) => searched(options, typed), chosen: (state) => optionsOf({ options: chosenOptions(state) }) };
  }
  if (kind === "external_select") {
    const least = given.min_query_length ?? 3;
    return {
      chosen: (state) => optionsOf({ options: chosenOptions(state) }),
      offered: (chosen) => chosen.map((one) => one.option),
      find: async (typed) => {
        if (typed.length < least) throw new Error(`Type at least ${least} characters.`);
        return optionsOf((await spot.suggest(block, given, typed)) ?? {});
      },
    };
  }
  const known = spot.context.list(kind);
  return {
    find: (typed) => searched(known, typed),
    chosen: (state) => [bare(state)].flat().filter(Boolean).map((id) => known.find((one) => one.value === id)
      ?? { value: id, label: id, description: "", group: "" }),
  };
}

/** The bare choice in a state. */
export function bare(state) {
  const entry = Object.entries(state ?? {}).find(([key]) => key !== "type");
  return entry ? entry[1] : null;
}

const chosenOptions = (state) => [state?.selected_option ?? state?.selected_options ?? []].flat().filter(Boolean);

function choices(block, given, spot) {
  const many = given.type === "checkboxes";
  const name = uniqueId("choice");
  const held = new Set(chosenOptions(spot.state(block, given)).map((option) => option.value));
  const node = h("div", { class: "choices", role: many ? "group" : "radiogroup", "aria-label": spot.label(block, given),
    "data-action": given.action_id });
  node.append(...given.options.map((option) => h("label", { class: "choice" },
    h("input", {
      type: many ? "checkbox" : "radio", name, value: option.value, checked: held.has(option.value),
      onChange: () => used(block, given, spot, picked(), node),
    }),
    h("span", {}, textObject(option.text, spot.context),
      option.description ? h("small", {}, textObject(option.description, spot.context)) : null))));
  return node;

  function picked() {
    const values = [...node.querySelectorAll("input:checked")].map((input) => input.value);
    return many ? values : values[0] ?? null;
  }
}

const TYPES = { email_text_input: "email", url_text_input: "url", number_input: "text", datepicker: "date", timepicker: "time" };

function typed(block, given, spot) {
  const tag = given.multiline ? "textarea" : "input";
  const node = h(tag, {
    type: tag === "input" ? TYPES[given.type] ?? "text" : null, class: "text-input", rows: given.multiline ? 4 : null,
    inputmode: given.type === "number_input" ? "decimal" : null, "data-action": given.action_id,
    "aria-label": spot.label(block, given), placeholder: decodeText(given.placeholder), autocomplete: "off",
    value: bare(spot.state(block, given)) ?? "",
    onInput: () => spot.note(block, given, node.value === "" ? null : node.value),
    onChange: () => used(block, given, spot, node.value === "" ? null : node.value, node),
  });
  if (given.focus_on_load) node.dataset.focus = "";
  return node;
}

function moment(block, given, spot) {
  const seconds = bare(spot.state(block, given));
  const local = seconds ? new Date(seconds * 1000 - new Date(seconds * 1000).getTimezoneOffset() * 60000).toISOString().slice(0, 16) : "";
  const node = h("input", {
    type: "datetime-local", class: "text-input", "aria-label": spot.label(block, given), "data-action": given.action_id, value: local,
    onChange: () => used(block, given, spot, node.value ? Math.round(new Date(node.value).getTime() / 1000) : null, node),
  });
  return node;
}

function richInput(block, given, spot) {
  const node = h("textarea", {
    class: "text-input", rows: given.min_lines ?? 4, "aria-label": spot.label(block, given), "data-action": given.action_id,
    placeholder: decodeText(given.placeholder),
    onInput: () => spot.note(block, given, node.value ? asRichText(node.value) : null),
  });
  return node;
}

const asRichText = (text) => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] });

function file() {
  return h("p", { class: "unknown", role: "note" }, "Files cannot be uploaded in this workspace.");
}

const PICKERS = ["static_select", "external_select", "users_select", "channels_select", "conversations_select"];

const DRAWN = {
  button, workflow_button: button, overflow, radio_buttons: choices, checkboxes: choices,
  ...Object.fromEntries(PICKERS.flatMap((kind) => [[kind, select], [`multi_${kind}`, select]])),
  plain_text_input: typed, email_text_input: typed, url_text_input: typed, number_input: typed, datepicker: typed,
  timepicker: typed, datetimepicker: moment, rich_text_input: richInput, file_input: file,
};
