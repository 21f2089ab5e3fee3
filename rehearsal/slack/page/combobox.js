// A select with search: a text field and a list of options, for one choice or for several.

import { fill, h, uniqueId } from "./dom.js";
import { decode } from "./mrkdwn.js";

const SHOWN_MOST = 100;

/**
 * `given`: label, placeholder, many, most, chosen (options), find(typed) -> options or a promise of them,
 * onPick(options). An option is {value, label, description, group}.
 */
export function combobox(given) {
  const state = { open: false, chosen: [...given.chosen], options: [], active: -1, asked: 0 };
  const listId = uniqueId("options");
  const input = h("input", {
    type: "text", role: "combobox", class: "combo-input", autocomplete: "off", spellcheck: "false",
    "aria-label": given.label, "aria-autocomplete": "list", "aria-controls": listId, "aria-expanded": "false",
    placeholder: given.placeholder || "Choose an option",
    onInput: () => open(), onFocus: () => input.select(), onClick: () => open(""), onKeydown: keys,
  });
  const list = h("ul", { id: listId, role: "listbox", class: "combo-list", hidden: true, "aria-label": given.label,
    "aria-multiselectable": given.many ? "true" : null });
  const chips = h("div", { class: "chips" });
  const root = h("div", { class: "combo" }, chips, input, list);
  root.addEventListener("focusout", (event) => { if (!root.contains(event.relatedTarget)) close(); });
  show();
  return root;

  function show() {
    if (!given.many) {
      input.value = state.chosen[0]?.label ?? "";
      return;
    }
    input.value = "";
    fill(chips, state.chosen.map((option) => h("span", { class: "chip" }, option.label,
      h("button", { type: "button", "aria-label": `Remove ${option.label}`, onClick: () => toggle(option) }, "×"))));
  }

  async function open(typed = input.value) {
    const turn = ++state.asked;
    state.open = true;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    const found = await Promise.resolve(given.find(typed)).catch((trouble) => ({ trouble }));
    if (turn !== state.asked || !state.open) return;
    state.options = (found.trouble ? [] : found).slice(0, SHOWN_MOST);
    state.active = state.options.findIndex(isChosen);
    draw(found.trouble ? String(found.trouble.message ?? found.trouble) : "Nothing fits.");
  }

  function draw(nothing) {
    let group = null;
    const rows = state.options.flatMap((option, index) => {
      const heading = option.group && option.group !== group ? [h("li", { role: "presentation", class: "combo-group" }, option.group)] : [];
      group = option.group;
      return [...heading, row(option, index)];
    });
    fill(list, rows.length ? rows : h("li", { class: "combo-none", role: "presentation" }, nothing));
    const active = list.querySelector(".active");
    if (active) { input.setAttribute("aria-activedescendant", active.id); active.scrollIntoView({ block: "nearest" }); }
    else input.removeAttribute("aria-activedescendant");
  }

  function row(option, index) {
    return h("li", {
      id: `${listId}-${index}`, role: "option", "aria-selected": String(isChosen(option)),
      class: index === state.active ? "active" : "", "data-value": option.value,
      onMousedown: (event) => event.preventDefault(), onClick: () => toggle(option),
    }, h("bdi", {}, option.label), option.description ? h("small", {}, option.description) : null);
  }

  function isChosen(option) {
    return state.chosen.some((one) => one.value === option.value);
  }

  function toggle(option) {
    if (!given.many) state.chosen = [option];
    else if (isChosen(option)) state.chosen = state.chosen.filter((one) => one.value !== option.value);
    else if (!given.most || state.chosen.length < given.most) state.chosen = [...state.chosen, option];
    show();
    if (given.many && state.open) draw("");
    else close();
    given.onPick(state.chosen);
    input.focus();
  }

  function close() {
    state.open = false;
    state.asked += 1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    show();
  }

  function keys(event) {
    if (event.key === "Escape" && state.open) { event.stopPropagation(); close(); return; }
    if (event.key === "Backspace" && given.many && !input.value && state.chosen.length) { toggle(state.chosen.at(-1)); return; }
    if (event.key === "Enter" && state.open && state.options[state.active]) {
      event.preventDefault();
      toggle(state.options[state.active]);
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (!state.open) { open(""); return; }
    const count = state.options.length;
    if (count) state.active = (state.active + step + count) % count;
    draw("Nothing fits.");
  }
}

/** Slack's options, groups flattened, as the box wants them. */
export function optionsOf(element) {
  const shown = (option, group) => ({
    value: option.value, label: decodeText(option.text), description: decodeText(option.description), group, option,
  });
  return [...(element.options ?? []).map((option) => shown(option, "")),
    ...(element.option_groups ?? []).flatMap((group) => group.options.map((option) => shown(option, decodeText(group.label))))];
}

export const decodeText = (object) => (object ? (object.type === "mrkdwn" ? decode(object.text) : object.text) : "");

/** Options whose label, description or group holds every typed word. */
export function searched(options, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return options.filter((one) => {
    const text = `${one.label} ${one.description} ${one.group}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
