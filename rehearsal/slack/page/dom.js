// Builds elements. Every string becomes a text node or a plain attribute; nothing here ever parses HTML.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "htmlFor", "tabIndex", "inert"]);

/** An element. `given`: attributes; `on…` functions listen; null, undefined and false are left out. */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2).toLowerCase(), value);
    } else if (PROPERTIES.has(name)) {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  add(element, children);
  return element;
}

/** Appends nodes and strings; nested lists are flattened, empty values skipped. */
export function add(parent, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return parent;
}

/** Replaces what an element holds. */
export function fill(parent, ...children) {
  const fragment = document.createDocumentFragment();
  add(fragment, children);
  parent.replaceChildren(fragment);
  return parent;
}

let last = 0;
/** An id that no other element of this page has. */
export function uniqueId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}

/** Moves the focus to a place's first control, or to the place itself. */
export function focusFirst(place) {
  const wanted = place.querySelector("[data-focus]")
    ?? place.querySelector("input:not([disabled]), textarea, select, button:not([data-close])");
  (wanted ?? place).focus({ preventScroll: true });
}

/** A link is followed only to these; anything else is shown as text. */
export function safeAddress(text) {
  try {
    const url = new URL(text);
    return ["https:", "http:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
