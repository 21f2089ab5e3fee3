// Signs drawn in lines and areas, so that no page depends on which emoji fonts a machine has.

const NAMESPACE = "http://www.w3.org/2000/svg";

/** A sign on a field of 16 by 16: areas and lines, each with the class of its colour. Lines begin with "~". */
const DISC = "M8 1a7 7 0 1 1 0 14A7 7 0 1 1 8 1Z";
const SQUARE = "M2 1h12a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H2a1 1 0 0 1-1-1V2a1 1 0 0 1 1-1Z";
const TICK = "~M4 8.5l2.8 2.8L12 5.4";
const CROSS = "~M4 4l8 8M12 4l-8 8";
const CALL = "~M8 4v5M8 11.4v.6";
const ASKS = "~M5.7 6.2a2.3 2.3 0 1 1 3.3 2.1c-.7.4-1 .7-1 1.5M8 11.6v.5";
const CLOCK = [["sign-ink", "~M8 2.5a6 6 0 1 1 0 12a6 6 0 1 1 0-12ZM8 5v3.5l2.5 1.5"]];
const LOCKED = [["sign-ink", "~M5 7V5a3 3 0 0 1 6 0v2"], ["sign-gold", "M3.5 7h9v7.5h-9Z"]];
const OPEN = [["sign-ink", "~M5 7V5a3 3 0 0 1 5.8-1"], ["sign-gold", "M3.5 7h9v7.5h-9Z"]];
const GLASS = [["sign-ink", "~M3.5 1.5h9M3.5 14.5h9M4.5 1.5v2.5L8 8l3.5-4V1.5M4.5 14.5V12L8 8l3.5 4v2.5"]];
const arrow = (path) => [["sign-blue", SQUARE], ["sign-line", path]];

const SIGNS = {
  white_check_mark: [["sign-green", SQUARE], ["sign-line", TICK]], heavy_check_mark: [["sign-ink", TICK]],
  ballot_box_with_check: [["sign-blue", SQUARE], ["sign-line", TICK]], x: [["sign-red", CROSS]],
  negative_squared_cross_mark: [["sign-green", SQUARE], ["sign-line", CROSS]],
  warning: [["sign-yellow", "M8 1.2L15.4 14.5H.6Z"], ["sign-dark", "~M8 6v4M8 12v.5"]],
  no_entry: [["sign-red", DISC], ["sign-line", "~M4.5 8h7"]], no_entry_sign: [["sign-red", "~M8 2a6 6 0 1 1 0 12A6 6 0 1 1 8 2ZM3.8 3.8l8.4 8.4"]],
  exclamation: [["sign-red", CALL]], heavy_exclamation_mark: [["sign-red", CALL]], question: [["sign-red", ASKS]],
  information_source: [["sign-blue", SQUARE], ["sign-line", "~M8 7v5M8 4v.5"]],
  rotating_light: [["sign-red", "M4 11V8a4 4 0 0 1 8 0v3Z"], ["sign-ink", "~M3 13.5h10M8 .8v1.4M2 3l1.2 1M14 3l-1.2 1"]],
  bell: [["sign-gold", "M3 12l1.2-2V7a3.8 3.8 0 0 1 7.6 0v3L13 12Z"], ["sign-ink", "~M7 14.2h2M8 1.5v1.5"]],
  no_bell: [["sign-gold", "M3 12l1.2-2V7a3.8 3.8 0 0 1 7.6 0v3L13 12Z"], ["sign-red", "~M2 2l12 12"]],
  eyes: [["sign-ink", "~M4.5 4a2.2 4 0 1 1 0 8a2.2 4 0 1 1 0-8ZM11.5 4a2.2 4 0 1 1 0 8a2.2 4 0 1 1 0-8ZM5 8.5v1.5M12 8.5v1.5"]],
  lock: LOCKED, unlock: OPEN, key: [["sign-gold", "~M5 8a2.6 2.6 0 1 1 0 .1M7.5 8h7M12 8v2.5M14.2 8v2"]],
  shield: [["sign-blue", "M8 1l6 2v5c0 4-3 6-6 7.2C5 14 2 12 2 8V3Z"]],
  hourglass: GLASS, hourglass_flowing_sand: GLASS, alarm_clock: CLOCK, stopwatch: CLOCK, clock3: CLOCK, timer_clock: CLOCK,
  mag: [["sign-ink", "~M6.5 2a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9ZM10 10l4.5 4.5"]],
  memo: [["sign-ink", "~M3 1.5h7l3 3v10H3ZM5.5 6.5h5M5.5 9h5M5.5 11.5h3"]],
  link: [["sign-ink", "~M6.5 9.5l3-3M7 4.5l1.6-1.6a3 3 0 0 1 4.4 4.3L11.5 9M9 11.5l-1.6 1.6A3 3 0 0 1 3 8.8L4.5 7.2"]],
  computer: [["sign-ink", "~M3 3h10v7H3ZM1 13h14"]], desktop_computer: [["sign-ink", "~M2 2.5h12v8H2ZM8 10.5v3M5 13.8h6"]],
  inbox_tray: [["sign-ink", "~M8 1.5v6M5.5 5.2L8 7.7l2.5-2.5M2 9.5v4.5h12V9.5H10.5L9.5 11.5h-3L5.5 9.5Z"]],
  package: [["sign-gold", "M2 4.5L8 1.5l6 3v7L8 14.5l-6-3Z"], ["sign-dark", "~M2 4.5L8 7.5l6-3M8 7.5v7"]],
  bulb: [["sign-yellow", "M5.8 11C4.5 9.5 3.5 8.3 3.5 6.3a4.5 4.5 0 0 1 9 0c0 2-1 3.2-2.3 4.7Z"], ["sign-ink", "~M6 13h4M6.7 15h2.6"]],
  zap: [["sign-yellow", "M9.5.5L3 9h4l-1 6.5L13 6.5H8.5Z"]],
  fire: [["sign-orange", "M8 .8c.5 3 4.5 4.7 4.5 9A4.5 4.7 0 0 1 3.5 10c0-2 1-3.2 2-4.2c.3 1 .8 1.6 1.5 2C6.5 5.5 7 2.8 8 .8Z"]],
  heart: [["sign-red", "M8 14.5C3 10.5 1 8.3 1 5.5A3.5 3.5 0 0 1 8 4.3A3.5 3.5 0 0 1 15 5.5c0 2.8-2 5-7 9Z"]],
  construction: [["sign-orange", "M1 4h14v5H1Z"], ["sign-dark", "~M4 4L2.5 9M8 4L6.5 9M12 4l-1.5 5M3.5 9v5M12.5 9v5"]],
  smile: [["sign-yellow", DISC], ["sign-dark", "~M5.5 6v.5M10.5 6v.5M4.5 9.5a3.8 3.8 0 0 0 7 0"]],
  slightly_smiling_face: [["sign-yellow", DISC], ["sign-dark", "~M5.5 6v.5M10.5 6v.5M5.5 10.2a3.5 3.5 0 0 0 5 0"]],
  speech_balloon: [["sign-ink", "~M2 2.5h12v8.5H8L4.5 14v-3H2Z"]],
  arrow_up: arrow("~M8 12V4M5 7l3-3l3 3"), arrow_down: arrow("~M8 4v8M5 9l3 3l3-3"), arrow_right: arrow("~M4 8h8M9 5l3 3l-3 3"),
  arrow_left: arrow("~M12 8H4M7 5L4 8l3 3"), arrows_counterclockwise: arrow("~M4 7a4.2 4.2 0 0 1 7.5-1.5M12 9a4.2 4.2 0 0 1-7.5 1.5M11.8 3v2.7H9M4.2 13v-2.7H7"),
};
for (const colour of ["red", "orange", "yellow", "green", "blue", "purple", "brown", "white", "black"]) {
  const large = ["red", "white", "black"].includes(colour) ? "" : "large_";
  SIGNS[`${large}${colour}_circle`] = [[`sign-${colour}`, DISC]];
  SIGNS[`large_${colour}_square`] = [[`sign-${colour}`, SQUARE]];
}

/** What has no drawing is written in words. */
const WORDS = {
  "+1": "thumbs up", thumbsup: "thumbs up", "-1": "thumbs down", thumbsdown: "thumbs down", raised_hand: "hand up", hand: "hand up",
  wave: "waves", pray: "thanks", tada: "hooray", rocket: "rocket", robot_face: "robot",
};

/** The characters that apps write instead of names. */
const CHARACTERS = {
  "✅": "white_check_mark", "✔": "heavy_check_mark", "☑": "ballot_box_with_check", "❌": "x", "❎": "negative_squared_cross_mark",
  "⚠": "warning", "⛔": "no_entry", "🚫": "no_entry_sign", "🚨": "rotating_light", "🔔": "bell", "🔕": "no_bell", "👀": "eyes", "🔒": "lock",
  "🔓": "unlock", "🔑": "key", "🛡": "shield", "⌛": "hourglass", "⏳": "hourglass_flowing_sand", "⏰": "alarm_clock", "⏱": "stopwatch",
  "⏲": "timer_clock", "🕒": "clock3", "👍": "+1", "👎": "-1", "✋": "hand", "👋": "wave", "🙏": "pray", "🎉": "tada", "🚀": "rocket", "🔥": "fire",
  "💡": "bulb", "🔍": "mag", "📝": "memo", "🔗": "link", "💻": "computer", "🖥": "desktop_computer", "📥": "inbox_tray", "📦": "package",
  "❓": "question", "❗": "exclamation", "ℹ": "information_source", "🔴": "red_circle", "🟠": "large_orange_circle",
  "🟡": "large_yellow_circle", "🟢": "large_green_circle", "🔵": "large_blue_circle", "🟣": "large_purple_circle", "🟤": "large_brown_circle",
  "⚪": "white_circle", "⚫": "black_circle", "🟥": "large_red_square", "🟧": "large_orange_square", "🟨": "large_yellow_square",
  "🟩": "large_green_square", "🟦": "large_blue_square", "🟪": "large_purple_square", "🟫": "large_brown_square", "⬜": "large_white_square",
  "⬛": "large_black_square", "❤": "heart", "😄": "smile", "🙂": "slightly_smiling_face", "🤖": "robot_face", "💬": "speech_balloon",
  "⬆": "arrow_up", "⬇": "arrow_down", "➡": "arrow_right", "⬅": "arrow_left", "🔄": "arrows_counterclockwise", "⚡": "zap", "🚧": "construction",
};
const KNOWN = new RegExp(`(${Object.keys(CHARACTERS).join("|")})\\uFE0F?`, "u");

export const isSign = (name) => Object.hasOwn(SIGNS, name) || Object.hasOwn(WORDS, name);

/** A sign by its name, with the name for those who cannot see it; null for a name that is not known. */
export function sign(name, { hidden = false } = {}) {
  if (!isSign(name)) return null;
  const node = Object.hasOwn(SIGNS, name) ? drawn(SIGNS[name]) : document.createElement("span");
  node.setAttribute("class", Object.hasOwn(SIGNS, name) ? "emoji sign" : "emoji sign-words");
  if (Object.hasOwn(WORDS, name)) node.textContent = WORDS[name];
  node.setAttribute("data-sign", name);
  if (hidden) node.setAttribute("aria-hidden", "true");
  else { node.setAttribute("role", "img"); node.setAttribute("aria-label", name); }
  return node;
}

/** The sign of a character, or null. */
export const signOf = (character) => {
  const name = CHARACTERS[character.replace("\uFE0F", "")];
  return name ? sign(name) : null;
};

/** Text with the characters that have a sign put in its place: strings and nodes. */
export function withSigns(text) {
  const parts = String(text).split(KNOWN);
  return parts.map((part, index) => (index % 2 ? signOf(part) : part)).filter((part) => part !== "");
}

function drawn(strokes) {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  for (const [colour, path] of strokes) {
    const node = document.createElementNS(NAMESPACE, "path");
    node.setAttribute("d", path.replace("~", ""));
    node.setAttribute("class", path.startsWith("~") ? `stroke ${colour}` : colour);
    svg.append(node);
  }
  return svg;
}
