// Times as Slack writes them, in the reader's own zone.

/** A formatter set for one reader: their time zone and the workspace's present moment (seconds). */
export function reader(zone, now) {
  let timeZone = zone;
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    timeZone = undefined; // An unknown zone name: the browser's own.
  }
  return { timeZone, now };
}

const formats = new Map();

/** Formatters are costly to make and there are few of them: each is made once. */
function parts(who, seconds, options) {
  const key = `${who.timeZone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: who.timeZone, ...options }));
  return formats.get(key).format(new Date(seconds * 1000));
}

const day = (who, seconds) => parts(who, seconds, { year: "numeric", month: "2-digit", day: "2-digit" });

/** Hours and minutes. */
export const clockTime = (who, seconds) => parts(who, seconds, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** The whole moment, for a tooltip and for a screen reader. */
export const fullTime = (who, seconds) =>
  parts(who, seconds, { weekday: "long", year: "numeric", month: "long", day: "numeric", hour: "2-digit",
    minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short" });

const QUARTER_S = 900;
const KEPT_DAYS = 2000;

/** The line between two days. Zones differ by quarters of an hour at least, so one answer serves a quarter. */
export function dayName(who, seconds) {
  const key = `${who.timeZone} ${Math.floor(seconds / QUARTER_S)} ${Math.floor(who.now() / QUARTER_S)}`;
  if (!days.has(key)) {
    if (days.size > KEPT_DAYS) days.clear();
    days.set(key, namedDay(who, seconds));
  }
  return days.get(key);
}

const days = new Map();

function namedDay(who, seconds) {
  const named = pretty(who, seconds);
  return named ? named[0].toUpperCase() + named.slice(1)
    : parts(who, seconds, { weekday: "long", day: "numeric", month: "long" });
}

/** "today", "yesterday", "tomorrow" or an empty string. */
function pretty(who, seconds) {
  const now = who.now();
  for (const [name, shift] of [["today", 0], ["yesterday", -86400], ["tomorrow", 86400]]) {
    if (day(who, seconds) === day(who, now + shift)) return name;
  }
  return "";
}

const LONG = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
const PLAIN = { year: "numeric", month: "long", day: "numeric" };
const SHORT = { year: "numeric", month: "short", day: "numeric" };

const TOKENS = {
  date_num: (who, at) => parts(who, at, { year: "numeric", month: "2-digit", day: "2-digit" }).split("/").reverse().join("-"),
  date_slash: (who, at) => day(who, at),
  date: (who, at) => parts(who, at, PLAIN),
  date_short: (who, at) => parts(who, at, SHORT),
  date_long: (who, at) => parts(who, at, LONG),
  date_pretty: (who, at) => pretty(who, at) || parts(who, at, PLAIN),
  date_short_pretty: (who, at) => pretty(who, at) || parts(who, at, SHORT),
  date_long_pretty: (who, at) => pretty(who, at) || parts(who, at, LONG),
  day_divider_pretty: (who, at) => pretty(who, at) || parts(who, at, LONG),
  date_long_full: (who, at) => parts(who, at, LONG),
  time: clockTime,
  time_secs: (who, at) => parts(who, at, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
  ago,
};

function ago(who, at) {
  const minutes = Math.round((who.now() - at) / 60);
  const [count, unit] = Math.abs(minutes) < 60 ? [minutes, "minute"]
    : Math.abs(minutes) < 1440 ? [Math.round(minutes / 60), "hour"] : [Math.round(minutes / 1440), "day"];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-count, unit);
}

/** Slack's date format with its tokens replaced; null when a token is unknown, as Slack then shows the fallback. */
export function formatted(who, seconds, format) {
  let known = true;
  const text = format.replace(/\{(\w+)\}/g, (whole, name) => {
    const token = Object.hasOwn(TOKENS, name) ? TOKENS[name] : null;
    if (!token) known = false;
    return token ? token(who, seconds) : whole;
  });
  return known ? text : null;
}
