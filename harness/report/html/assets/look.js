// What somebody has to look at, the worst first: one line for each claim and column.

import { h, code, grouped } from "./dom.js";
import { CLASSES } from "./data.js";

const FIRST = 8; // before the reader asks for more
const MOST = 200;

export function look(report, filter, open) {
  const found = findings(report);
  if (!found.length) return null;
  const list = h("ol", { class: "findings" });
  const more = h("p", { class: "more" });
  function show(number) {
    list.append(...found.slice(list.children.length, number)
      .map((one) => item(report, one, open)));
    const rest = found.length - list.children.length;
    const act = number < MOST ? () => show(MOST) : null;
    more.replaceChildren(...(rest ? further(rest, act, filter) : []));
  }
  show(FIRST);
  return h("section", { id: "look", "aria-labelledby": "look-title" },
    h("h2", { id: "look-title" }, "To be looked at"), list, more);
}

function further(rest, act, filter) {
  const wanted = new Set(["F", "B", "?"]);
  return [
    act ? h("button", { type: "button", class: "small", onclick: act }, `${grouped(rest)} more`)
      : h("span", { class: "faint" }, `and ${grouped(rest)} more`), " ",
    h("button", { type: "button", class: "small", onclick: () => filter.change({ signs: wanted }) },
      "show them in the matrix"),
  ];
}

function findings(report) {
  const found = new Map();
  report.evidence.forEach((evidence, at) => {
    const [claim, side, variant] = report.told.slice(4 * at, 4 * at + 3);
    const sign = report.sign(claim, side, variant);
    const stale = evidence.listed?.stale;
    if (!stale && !["F", "B", "?"].includes(sign)) return;
    const key = `${claim},${side}`;
    if (!found.has(key)) found.set(key, { claim, side, variant, sign, at, count: 0 });
    found.get(key).count += 1;
  });
  return [...found.values()];
}

function item(report, { claim, side, variant, sign, at, count }, open) {
  const id = report.claims[claim].id;
  return h("li", {},
    h("span", {}, h("span", { class: `sign ${CLASSES[sign]}`,
      title: report.meaning.get(sign) }, sign)),
    h("div", {}, h("button", { type: "button", class: "link", dir: "ltr",
      onclick: () => open(claim, side, variant) }, id),
    " ", h("bdi", { class: "who", dir: "ltr" }, report.sides[side].label),
    h("span", { class: "faint" }, ` ${report.claims[claim].variants[variant]}`,
      count > 1 && ` and ${count - 1} more`)),
    h("div", { class: "gist" }, gist(report.evidence[at])));
}

function gist(evidence) {
  if (evidence.listed?.stale) return "a deviation that is listed as known did not show";
  if (evidence.actual === undefined) return (evidence.why ?? "no reason was given").split("\n")[0];
  return [code(evidence.step), ": ",
    evidence.expected && [h("span", { class: "expected", dir: "ltr" }, evidence.expected),
      " expected, "],
    h("span", { class: "actual", dir: "ltr" }, evidence.actual.split("\n")[0])];
}
