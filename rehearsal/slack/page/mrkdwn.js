// Slack's mrkdwn, drawn as nodes. Control sequences are found first and entities are decoded last, so that text
// which was escaped stays text.

import { formatted, fullTime } from "./dates.js";
import { h, safeAddress } from "./dom.js";
import { isSign, sign, signOf, withSigns } from "./symbols.js";

const PRE = /```([\s\S]+?)```/;
const CODE = /`([^`\n]+)`/;
const CONTROL = /<([^<>\n]+)>/;
const STYLES = [["*", "strong"], ["_", "em"], ["~", "s"]];
const BEFORE = /(^|[\s(\[{"'.,;:!?\-–—>])$/;
const AFTER = /^($|[\s)\]}"'.,;:!?\-–—<])/;

/** Escaped text as it reads: the three entities, nothing else. */
export function decode(text) {
  return text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

/** Nodes for a mrkdwn string. `context` knows names, zone and how to follow links; see context.js. */
export function mrkdwn(text, context, { verbatim = false } = {}) {
  return blocks(String(text), { ...context, verbatim });
}

function blocks(text, context) {
  const pre = PRE.exec(text);
  if (pre) {
    return [...blocks(text.slice(0, pre.index), context), h("pre", { class: "pre" }, decode(pre[1].replace(/^\n|\n$/g, ""))),
      ...blocks(text.slice(pre.index + pre[0].length), context)];
  }
  return text ? lines(text, context) : [];
}

function lines(text, context) {
  const nodes = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) nodes.push(h("blockquote", { class: "quote" }, spans(quoted.join("\n"), context)));
    quoted = [];
  };
  const rest = text.split("\n");
  rest.forEach((line, index) => {
    const quote = /^&gt; ?(.*)$/.exec(line) ?? /^> ?(.*)$/.exec(line);
    if (quote) { quoted.push(quote[1]); return; }
    const hadQuote = quoted.length > 0;
    flush();
    if (index > 0 && !hadQuote) nodes.push(h("br"));
    nodes.push(...spans(line, context));
  });
  flush();
  return nodes;
}

/** Inline text: code first (nothing inside it acts), then control sequences, then styles. */
function spans(text, context) {
  const code = CODE.exec(text);
  if (code) {
    return [...spans(text.slice(0, code.index), context), h("code", {}, decode(code[1])),
      ...spans(text.slice(code.index + code[0].length), context)];
  }
  return styled(text, context);
}

function styled(text, context) {
  for (const [mark, tag] of STYLES) {
    const found = styledRun(text, mark);
    if (found) {
      return [...styled(text.slice(0, found.start), context), h(tag, {}, styled(text.slice(found.start + 1, found.end), context)),
        ...styled(text.slice(found.end + 1), context)];
    }
  }
  return controls(text, context);
}

/** The first `*run*` that stands at word boundaries, outside of control sequences. */
function styledRun(text, mark) {
  for (let start = text.indexOf(mark); start >= 0; start = text.indexOf(mark, start + 1)) {
    if (insideControl(text, start) || !BEFORE.test(text.slice(0, start)) || /\s|^$/.test(text[start + 1] ?? "")) continue;
    for (let end = text.indexOf(mark, start + 2); end >= 0; end = text.indexOf(mark, end + 1)) {
      if (!insideControl(text, end) && !/\s/.test(text[end - 1]) && AFTER.test(text.slice(end + 1))) return { start, end };
    }
  }
  return null;
}

function insideControl(text, at) {
  const open = text.lastIndexOf("<", at);
  return open >= 0 && text.indexOf(">", open) > at;
}

function controls(text, context) {
  const found = CONTROL.exec(text);
  if (!found) return plain(text, context);
  return [...plain(text.slice(0, found.index), context), ...control(found[1], found[0], context),
    ...controls(text.slice(found.index + found[0].length), context)];
}

function control(inside, whole, context) {
  const [head, ...rest] = inside.split("|");
  const label = rest.length ? decode(rest.join("|")) : "";
  if (head.startsWith("@")) return [mention("person", `@${context.personName(head.slice(1)) || label || head.slice(1)}`)];
  if (head.startsWith("#")) return [channelLink(head.slice(1), label, context)];
  if (head.startsWith("!subteam^")) return [mention("group", `@${context.groupName(head.slice(9)) || label || head.slice(9)}`)];
  if (head.startsWith("!date^")) return [date(head, label, context)];
  if (/^!(here|channel|everyone)$/.test(head)) return [mention("everybody", `@${head.slice(1)}`)];
  if (head.startsWith("!")) return [label || `<${decode(head)}>`];
  return [link(decode(head), label, context) ?? decode(whole)];
}

/** A highlighted name. */
export function mention(kind, text) {
  return h("span", { class: `mention ${kind}` }, text);
}

/** A channel's name that opens it, where the reader may see it. */
export function channelLink(id, label, context) {
  const name = context.channelName(id);
  if (!name) return mention("channel", label ? `#${label}` : "#private channel");
  return h("button", { type: "button", class: "mention channel", onClick: () => context.openChannel(id) }, `#${name}`);
}

/** A link, its host in the tooltip; null for an address that may not be one. */
export function link(address, label, context) {
  const safe = safeAddress(address);
  if (!safe) return null;
  const inside = context.place?.(safe);
  const given = inside
    ? { href: context.placeAddress(inside), onClick: (event) => { event.preventDefault(); context.openPlace(inside); } }
    : { href: safe, target: "_blank", rel: "noopener noreferrer", title: safe };
  return h("a", given, label || address);
}

function date(head, fallback, context) {
  const [, seconds, format, address] = head.split("^");
  return dateNode(Number(seconds), format ?? "", fallback, address ? decode(address) : "", context);
}

/** A moment in the reader's zone, with the full one as tooltip. */
export function dateNode(seconds, format, fallback, address, context) {
  const text = Number.isFinite(seconds) ? formatted(context.reader, seconds, decode(format)) : null;
  if (text === null) return document.createTextNode(fallback || "(no date)");
  const shown = h("time", { datetime: new Date(seconds * 1000).toISOString(), title: fullTime(context.reader, seconds) }, text);
  const around = address ? link(address, "", context) : null;
  if (!around) return shown;
  around.replaceChildren(shown);
  return around;
}

function plain(text, context) {
  const nodes = [];
  let at = 0;
  const found = /:([a-z0-9_+-]+):|https?:\/\/[^\s<>]+[^\s<>.,;:!?)\]}"']/g;
  for (let match = found.exec(text); match; match = found.exec(text)) {
    const node = match[1] ? sign(match[1])
      : context.verbatim ? null : link(decode(match[0]), "", context);
    if (!node) continue;
    if (match.index > at) nodes.push(...withSigns(decode(text.slice(at, match.index))));
    nodes.push(node);
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(...withSigns(decode(text.slice(at))));
  return nodes;
}

/** An emoji drawn, by its name or its character; one that is not known is its name between colons. */
export function emojiNode(name, unicode = "") {
  const points = String(unicode).split("-").map((part) => Number.parseInt(part, 16));
  const character = points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : "";
  return sign(name) ?? signOf(character) ?? h("span", { class: "emoji", role: "img", "aria-label": name }, `:${name}:`);
}

/** A text object: `plain_text` literally (with emoji names unless it says no), `mrkdwn` parsed. */
export function textObject(object, context) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, context, { verbatim: object.verbatim === true });
  const text = String(object.text ?? "");
  if (object.emoji === false) return withSigns(text);
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(/:([a-z0-9_+-]+):/g)) {
    if (!isSign(match[1])) continue;
    nodes.push(...withSigns(text.slice(at, match.index)), sign(match[1]));
    at = match.index + match[0].length;
  }
  return [...nodes, ...withSigns(text.slice(at))];
}
