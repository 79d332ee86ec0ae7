// The matrix: a row for each claim, by family; a column for each who was on trial.

import { h, plural } from "./dom.js";
import { CLASSES, NOT_TRIED } from "./data.js";
import { walkable } from "./grid.js";

const SMALL = 60; // claims up to which everything is open from the start
const ROOMY = 6; // columns up to which their names stand upright

export function matrix(report, filter, open) {
  const bodies = [...report.families].map(([name, claims]) =>
    new Family(report, filter, name, claims));
  const table = h("table", {
    id: "matrix", role: "grid", "aria-label": "verdicts, claims by implementations",
    class: report.columns.length <= ROOMY ? "roomy" : "close",
  }, head(report), bodies.map((family) => family.body));
  const all = h("button", { type: "button", class: "small", id: "all" }, "open all");
  all.addEventListener("click", () => {
    const closed = bodies.some((family) => !family.open);
    for (const family of bodies) family.toggle(closed);
    all.textContent = closed ? "close all" : "open all";
  });
  const none = h("p", { class: "faint", id: "none", hidden: true }, "No claim is like this.");
  function refresh() {
    let shown = 0;
    for (const family of bodies) shown += family.refresh();
    none.hidden = shown > 0;
  }
  filter.heard.push(refresh);
  refresh();
  table.addEventListener("click", (event) => openAt(event.target.closest("td"), open));
  table.addEventListener("mouseover", (event) => name(report, event.target.closest("td")));
  walkable(table, {
    enter: (cell) => openAt(cell, open),
    arrive: (cell) => name(report, cell),
  });
  return h("section", { id: "verdicts", "aria-labelledby": "verdicts-title" },
    h("div", { class: "title" }, h("h2", { id: "verdicts-title" }, "Verdicts"), all,
      h("span", { class: "hint faint" }, "/ filter · arrows move · Enter opens · Esc leaves")),
    h("div", { class: "scroll", tabindex: "-1" }, table), none);
}

function head(report) {
  return h("thead", {}, h("tr", {},
    h("th", { scope: "col", class: "corner" }, "claim"),
    report.columns.map((side, at) => h("th",
      { scope: "col", class: "side", title: sideTitle(side) },
      h("div", {}, h("span", { dir: "ltr" }, side.label)), h("i", {}, String(at + 1))))));
}

function sideTitle(side) {
  return [side.label, side.runtime, side.system, side.revision, side.record]
    .filter(Boolean).join("\n");
}

function openAt(cell, open) {
  if (cell?.classList.contains("case")) open(...where(cell));
}

// The claim is said by the row and the column by the place: twenty thousand cells say nothing.
function where(cell) {
  return [Number(cell.parentElement.dataset.claim), cell.cellIndex - 1];
}

// A name for who cannot see, and for who points: made when it is asked for, not twenty thousand
// times beforehand.
function name(report, cell) {
  if (!cell?.classList.contains("case") || cell.hasAttribute("aria-label")) return;
  const [claim, side] = where(cell);
  const text = `${report.columns[side].label}: ${summary(report, claim, side)}`;
  cell.setAttribute("aria-label", text);
  cell.title = text;
}

function summary(report, claim, side) {
  const signs = report.cells[claim][side];
  if (!signs.trim()) return "not tried";
  return report.signs.map(([sign, meaning]) => [signs.split(sign).length - 1, meaning])
    .filter(([count]) => count).map(([count, meaning]) => `${count} ${meaning}`).reverse()
    .join(", ");
}

class Family {
  constructor(report, filter, family, claims) {
    Object.assign(this, { report, filter, family, claims });
    this.open = report.claims.length <= SMALL;
    this.rows = null;
    this.body = h("tbody", {}, this.heading());
  }

  heading() {
    const { report, claims } = this;
    this.button = h("button", { type: "button", class: "family", "aria-expanded": "false",
      onclick: () => this.toggle(!this.open) },
      h("span", { class: "mark", "aria-hidden": "true" }), this.family);
    return h("tr", { class: "heading" },
      h("th", { scope: "rowgroup" }, this.button,
        h("span", { class: "faint" }, plural(claims.length, "claim"))),
      report.columns.map((_, side) => this.sum(side)));
  }

  // Of a family a column says its worst sign and how many claims have it.
  sum(side) {
    const worst = this.report.worstOf(
      this.claims.map((claim) => this.report.worst[claim.number][side]));
    const count = this.claims.filter((c) => this.report.worst[c.number][side] === worst).length;
    return h("td", { class: CLASSES[worst] }, worst === NOT_TRIED ? "" : `${worst}${count}`);
  }

  toggle(open) {
    this.open = open;
    this.refresh();
  }

  // Return how many claims of the family are wanted.
  refresh() {
    const wanted = this.claims.filter((claim) => this.filter.takes(claim));
    const open = this.filter.active ? wanted.length > 0 : this.open;
    this.body.hidden = wanted.length === 0;
    this.button.setAttribute("aria-expanded", String(open));
    if (open && this.rows === null) {
      this.rows = this.claims.map((claim) => claimRow(this.report, claim));
      this.body.append(...this.rows);
    }
    const taken = new Set(open ? wanted : []);
    this.rows?.forEach((row, at) => { row.hidden = !taken.has(this.claims[at]); });
    return wanted.length;
  }
}

function claimRow(report, claim) {
  const row = h("tr", { "data-claim": claim.number },
    h("th", { scope: "row" },
      h("a", { href: `#${encodeURIComponent(claim.id)}`, dir: "ltr" }, shortId(claim)),
      h("span", { class: "claim" }, claim.claim)));
  row.append(...report.worst[claim.number].map((sign) => {
    const cell = document.createElement("td");
    cell.className = sign === NOT_TRIED ? "untried" : `case ${CLASSES[sign]}`;
    cell.textContent = sign;
    return cell;
  }));
  return row;
}

function shortId(claim) {
  const start = `${claim.family}.`;
  return claim.id.startsWith(start) ? claim.id.slice(start.length) : claim.id;
}
