// Block Kit, drawn from the payload alone.

import { element } from "./elements.js";
import { h, uniqueId } from "./dom.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** All blocks of a message, modal or Home tab. `errors`: words of the app or of the client, by block id. */
export function drawBlocks(blocks, spot, errors = {}) {
  return h("div", { class: "blocks" }, (blocks ?? []).map((block) => drawBlock(block, spot, errors)));
}

function drawBlock(block, spot, errors) {
  const draw = Object.hasOwn(DRAWN, block.type) ? DRAWN[block.type] : null;
  if (!draw) return h("p", { class: "unknown", role: "note" }, `This page does not draw “${block.type}” blocks.`);
  const node = draw(block, spot, errors);
  if (block.block_id) node.dataset.block = block.block_id;
  return node;
}

function header(block, spot) {
  return h("h3", { class: "block header", dir: "auto" }, textObject(block.text, spot.context));
}

function section(block, spot) {
  const text = block.text ? h("div", { class: "section-text", dir: "auto" }, textObject(block.text, spot.context)) : null;
  const fields = block.fields?.length ? h("div", { class: "fields" }, block.fields.map((field) =>
    h("div", { class: "field", dir: "auto" }, textObject(field, spot.context)))) : null;
  const aside = block.accessory ? h("div", { class: "accessory" },
    block.accessory.type === "image" ? image(block.accessory) : element(block, block.accessory, spot)) : null;
  return h("div", { class: "block section" }, h("div", { class: "section-main" }, text, fields), aside);
}

function context(block, spot) {
  return h("div", { class: "block context" }, block.elements.map((one) =>
    one.type === "image" ? image(one) : h("span", { class: "context-text", dir: "auto" }, textObject(one, spot.context))));
}

function actions(block, spot) {
  return h("div", { class: "block actions" }, block.elements.map((one) => h("span", { class: "act" }, element(block, one, spot))));
}

function input(block, spot, errors) {
  const hint = block.hint ? h("p", { class: "hint" }, textObject(block.hint, spot.context)) : null;
  const wrong = errors[block.block_id];
  const label = h("div", { class: "label" }, textObject(block.label, spot.context), block.optional ? h("span", { class: "optional" }, " (optional)") : null);
  const node = h("div", { class: `block input ${wrong ? "wrong" : ""}` }, label, element(block, block.element, spot), hint);
  if (wrong) {
    const id = uniqueId("error");
    node.append(h("p", { class: "input-error", id, role: "alert" }, wrong));
    for (const control of node.querySelectorAll("input, textarea")) {
      control.setAttribute("aria-describedby", id);
      control.setAttribute("aria-invalid", "true");
    }
  }
  return node;
}

/** No picture is fetched from anywhere: its description stands for it. */
function image(block) {
  return h("span", { class: "picture", role: "img", "aria-label": block.alt_text, title: block.image_url }, `🖼 ${block.alt_text}`);
}

function imageBlock(block, spot) {
  return h("figure", { class: "block" }, block.title ? h("figcaption", {}, textObject(block.title, spot.context)) : null, image(block));
}

function markdown(block, spot) {
  return h("div", { class: "block section-text", dir: "auto" }, mrkdwn(block.text.replace(/\*\*(.+?)\*\*/g, "*$1*"), spot.context));
}

function alertBlock(block, spot) {
  return h("div", { class: `block alert ${block.level ?? "default"}`, role: "note" }, textObject(block.text, spot.context));
}

function table(block, spot) {
  const cell = (one, tag) => h(tag, {}, one.type === "rich_text" ? richText(one, spot.context) : one.text);
  const [first, ...rest] = block.rows;
  return h("div", { class: "block table" }, block.caption ? h("p", { class: "hint" }, block.caption) : null,
    h("table", {}, h("thead", {}, h("tr", {}, first.map((one) => cell(one, "th")))),
      h("tbody", {}, rest.map((row) => h("tr", {}, row.map((one) => cell(one, "td")))))));
}

function card(block, spot) {
  return h("div", { class: "block card" },
    block.title ? h("strong", {}, textObject(block.title, spot.context)) : null,
    block.subtitle ? h("div", { class: "hint" }, textObject(block.subtitle, spot.context)) : null,
    block.body ? h("div", {}, textObject(block.body, spot.context)) : null,
    block.actions?.length ? actions({ ...block, elements: block.actions }, spot) : null);
}

function container(block, spot, errors) {
  return h("div", { class: "block card" }, block.title ? h("strong", {}, textObject(block.title, spot.context)) : null,
    (block.child_blocks ?? []).map((one) => drawBlock(one, spot, errors)));
}

const DRAWN = {
  header, section, context, actions, input, markdown, table, data_table: table, card, container,
  image: imageBlock, alert: alertBlock,
  divider: () => h("hr", { class: "block" }),
  rich_text: (block, spot) => h("div", { class: "block", dir: "auto" }, richText(block, spot.context)),
  carousel: (block, spot) => h("div", { class: "block" }, block.elements.map((one) => card(one, spot))),
};
