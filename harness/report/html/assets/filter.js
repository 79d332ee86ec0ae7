// What the reader wants to see of the matrix, and the controls that say so.

import { h, byId, grouped, plural } from "./dom.js";
import { CLASSES } from "./data.js";

export class Filter {
  constructor(report) {
    this.report = report;
    this.clear();
    this.heard = [];
  }

  clear() {
    this.text = "";
    this.tag = "";
    this.signs = new Set();
    this.differences = false;
  }

  get active() {
    return Boolean(this.text || this.tag || this.signs.size || this.differences);
  }

  change(values) {
    Object.assign(this, values);
    for (const hear of this.heard) hear();
  }

  // Every word has to be found somewhere in what is said of the claim.
  takes(claim) {
    if (this.tag && !claim.tags.includes(this.tag)) return false;
    if (this.differences && !this.report.differs(claim.number)) return false;
    if (!this.text.toLowerCase().split(/\s+/).every((word) => claim.searched.includes(word))) {
      return false;
    }
    if (!this.signs.size) return true;
    return this.report.cells[claim.number].some((cell) => {
      for (const sign of this.signs) if (cell.includes(sign)) return true;
      return false;
    });
  }
}

export function controls(filter) {
  const { report } = filter;
  const chips = signCounts(report).map(([sign, count]) => chip(filter, sign, count));
  const text = h("input", {
    type: "search", id: "text", placeholder: "filter: id, claim, spec …   /",
    "aria-label": "filter claims by text", oninput: () => filter.change({ text: text.value }),
  });
  const tag = h("select", { id: "tag", "aria-label": "filter claims by tag",
    onchange: () => filter.change({ tag: tag.value }) },
    h("option", { value: "" }, "any tag"),
    report.tags.map((name) => h("option", { value: name }, name)));
  const differences = toggle("differences", "only differences",
    () => filter.change({ differences: !filter.differences }));
  const clear = h("button", { type: "button", class: "small", id: "clear", hidden: true,
    onclick: () => { filter.clear(); filter.change({}); } }, "clear");
  const count = h("span", { id: "count", class: "faint", role: "status" });
  filter.heard.push(() => {
    if (text.value !== filter.text) text.value = filter.text;
    tag.value = filter.tag;
    differences.setAttribute("aria-pressed", String(filter.differences));
    clear.hidden = !filter.active;
    const shown = report.claims.filter((claim) => filter.takes(claim)).length;
    count.textContent = filter.active ? `${plural(shown, "claim")} of ${report.claims.length}` : "";
  });
  return h("div", { class: "controls", role: "search" },
    h("div", { class: "chips" }, chips),
    h("div", { class: "fields" }, text, report.tags.length > 0 && tag,
      report.columns.length > 1 && differences, clear, count));
}

function chip(filter, sign, count) {
  const meaning = filter.report.meaning.get(sign);
  const button = h("button", {
    type: "button", class: `chip ${CLASSES[sign]}`, "data-sign": sign, "aria-pressed": "false",
    title: `only claims with a case that is: ${meaning}`,
    onclick: () => {
      if (!filter.signs.delete(sign)) filter.signs.add(sign);
      filter.change({});
    },
  }, h("b", {}, sign), ` ${meaning} `, h("span", { class: "number" }, grouped(count)));
  filter.heard.push(() =>
    button.setAttribute("aria-pressed", String(filter.signs.has(sign))));
  return button;
}

export function toggle(id, label, act) {
  return h("button", { type: "button", class: "chip", id, "aria-pressed": "false", onclick: act },
    label);
}

function signCounts(report) {
  const counts = new Map();
  for (const row of report.cells) {
    for (const cell of row) {
      for (const sign of cell) counts.set(sign, (counts.get(sign) ?? 0) + 1);
    }
  }
  return report.signs.map(([sign]) => [sign, counts.get(sign) ?? 0])
    .filter(([, count]) => count > 0).reverse();
}

export function focusFilter() {
  byId("text")?.focus();
  byId("text")?.select();
}
