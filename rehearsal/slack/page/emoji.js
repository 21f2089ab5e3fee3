// The few emoji names that apps use most; any other name is shown as it is written.

const NAMES = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", no_entry: "⛔", no_entry_sign: "🚫",
  rotating_light: "🚨", bell: "🔔", eyes: "👀", lock: "🔒", unlock: "🔓", key: "🔑", shield: "🛡️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", stopwatch: "⏱️", clock3: "🕒",
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", raised_hand: "✋", hand: "✋", wave: "👋", pray: "🙏",
  tada: "🎉", rocket: "🚀", fire: "🔥", bulb: "💡", mag: "🔍", memo: "📝", link: "🔗", computer: "💻",
  desktop_computer: "🖥️", inbox_tray: "📥", package: "📦", question: "❓", exclamation: "❗",
  information_source: "ℹ️", red_circle: "🔴", large_yellow_circle: "🟡", large_green_circle: "🟢",
  large_blue_circle: "🔵", white_circle: "⚪", heart: "❤️", smile: "😄", slightly_smiling_face: "🙂", robot_face: "🤖",
  arrow_up: "⬆️", arrow_down: "⬇️", arrow_right: "➡️", arrows_counterclockwise: "🔄", zap: "⚡", construction: "🚧",
};

/** The character for a name, or the name between colons. */
export function emoji(name, unicode = "") {
  if (Object.hasOwn(NAMES, name)) return NAMES[name];
  if (/^[0-9a-f]{2,6}(-[0-9a-f]{2,6})*$/i.test(unicode)) {
    const points = unicode.split("-").map((part) => Number.parseInt(part, 16));
    if (points.every((point) => point <= 0x10ffff)) return String.fromCodePoint(...points);
  }
  return `:${name}:`;
}

export const isEmoji = (name) => Object.hasOwn(NAMES, name);
