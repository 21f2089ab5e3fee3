// rich_text blocks: runs of text that are never parsed, only styled.

import { h } from "./dom.js";
import { channelLink, dateNode, emojiNode, link, mention } from "./mrkdwn.js";
import { withSigns } from "./symbols.js";

const TAGS = { code: "code", strike: "s", italic: "em", bold: "strong", underline: "u", highlight: "mark" };

/** The block's parts as nodes. */
export function richText(block, context) {
  return h("div", { class: "rich" }, (block.elements ?? []).map((part) => richPart(part, context)));
}

function richPart(part, context) {
  switch (part.type) {
    case "rich_text_list": return list(part, context);
    case "rich_text_quote": return h("blockquote", { class: "quote" }, runs(part, context));
    case "rich_text_preformatted": return h("pre", { class: "pre" }, runs(part, context));
    default: return h("div", { class: "rich-section" }, runs(part, context));
  }
}

function list(part, context) {
  const tag = part.style === "ordered" ? "ol" : "ul";
  const start = tag === "ol" && part.offset ? part.offset + 1 : null;
  return h(tag, { class: `rich-list indent-${Math.min(Number(part.indent) || 0, 8)}`, start },
    (part.elements ?? []).map((item) => h("li", {}, runs(item, context))));
}

const runs = (part, context) => (part.elements ?? []).map((run) => dressed(run, inner(run, context)));

/** Each run stands alone for the bidirectional algorithm, so that one cannot reorder its neighbours. */
function inner(run, context) {
  switch (run.type) {
    case "text": return h("bdi", {}, broken(String(run.text)));
    case "link": return link(String(run.url), run.text, context) ?? h("bdi", {}, run.text || run.url);
    case "emoji": return emojiNode(String(run.name), run.unicode);
    case "user": return mention("person", `@${context.personName(run.user_id) || run.user_id}`);
    case "usergroup": return mention("group", `@${context.groupName(run.usergroup_id) || run.usergroup_id}`);
    case "channel": return channelLink(run.channel_id, "", context);
    case "broadcast": return mention("everybody", `@${run.range}`);
    case "date": return dateNode(Number(run.timestamp), String(run.format), run.fallback, run.url, context);
    case "color": return h("code", {}, run.value);
    case "team": return h("bdi", {}, run.team_id);
    default: return h("span", { class: "unknown" }, `(${run.type})`);
  }
}

function broken(text) {
  return text.split("\n").flatMap((line, index) => [index ? h("br") : null, withSigns(line)]);
}

function dressed(run, node) {
  let shown = node;
  for (const [style, tag] of Object.entries(TAGS)) {
    if (run.style?.[style]) shown = h(tag, {}, shown);
  }
  return shown;
}
