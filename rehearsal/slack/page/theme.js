// Light or dark: what the system prefers, until somebody chooses.

import { h } from "./dom.js";

const KEY = "theme";

function stored() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

export function isDark() {
  return (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
}

/** Puts the chosen theme in force, and answers a button that switches it. */
export function themeButton() {
  const chosen = stored();
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  const button = h("button", { type: "button", class: "plain theme", title: "Light or dark", onClick: () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem(KEY, theme); } catch { /* A browser without storage forgets the choice. */ }
    name();
  } }, "◐");
  name();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
  return button;

  function name() {
    button.setAttribute("aria-label", isDark() ? "Switch to light" : "Switch to dark");
  }
}
