// Where the records are from, what differs between them, and what is to be doubted.

import { h, code, plural } from "./dom.js";
import { groups } from "./data.js";

export function doubts(report) {
  const together = [...groups(report.doubts, (one) => one.about + one.text).values()];
  const listed = together.filter(([one]) => one.level === "warn");
  const notes = together.filter(([one]) => one.level !== "warn");
  const line = (found) => h("li", {}, h("b", {}, found[0].about), " ", found[0].text,
    found.length < report.records.length && found[0].record !== null
      && h("span", { class: "faint" },
        ` (${found.map((one) => report.records[one.record].name).join(", ")})`));
  if (!report.doubts.length) return null;
  return h("section", { id: "doubts", "aria-labelledby": "doubts-title" },
    h("h2", { id: "doubts-title" }, "What weakens this"),
    h("ul", { class: "doubts" }, listed.map(line)),
    notes.length > 0 && h("details", {}, h("summary", {}, plural(notes.length, "note")),
      h("ul", { class: "doubts" }, notes.map(line))));
}

export function environment(report) {
  const { records } = report;
  const facts = [...new Set(records.flatMap((one) => Object.keys(one.environment)))];
  const rows = facts.filter((fact) => fact !== "sysctls").map((fact) =>
    comparedRow(fact, records.map((one) => one.environment[fact])));
  const settings = [...new Set(records.flatMap((one) =>
    Object.keys(one.environment.sysctls ?? {})))];
  const kernel = settings.map((name) =>
    comparedRow(name, records.map((one) => one.environment.sysctls?.[name])));
  return h("section", { id: "environment", "aria-labelledby": "environment-title" },
    h("h2", { id: "environment-title" }, "Environment"),
    h("div", { class: "scroll" }, h("table", { class: "plain facts" },
      h("thead", {}, h("tr", {}, h("td", {}), records.map((one) =>
        h("th", { scope: "col" }, h("bdi", { dir: "ltr" }, one.name))))),
      h("tbody", {}, about(records), rows),
      h("tbody", { class: "settings" }, kernel))),
    report.sides.length > 0 && sides(report));
}

function about(records) {
  return [
    factRow("started", records.map((one) => one.started)),
    factRow("revision", records.map((one) => one.revision || null)),
    factRow("command", records.map((one) => one.command.join(" "))),
    factRow("seconds", records.map((one) => one.seconds?.toFixed(1) ?? null)),
    factRow("drivers", records.map((one) => Object.entries(one.drivers)
      .map(([name, text]) => `${name}: ${text}`).join("\n"))),
  ];
}

function factRow(name, values) {
  return h("tr", {}, h("th", { scope: "row" }, name),
    values.map((value) => h("td", { dir: "ltr" }, factText(value))));
}

// A fact that records have in common, or should have.
function comparedRow(name, values) {
  const texts = values.map(factText);
  const differs = new Set(texts).size > 1;
  return h("tr", { class: differs ? "differs" : null },
    h("th", { scope: "row" }, name, differs && h("span", { class: "mark" }, " ≠")),
    texts.map((text) => h("td", { dir: "ltr" }, text)));
}

function factText(value) {
  if (value === null || value === undefined) return "unknown";
  if (Array.isArray(value)) return value.map(factText).join(" ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function sides(report) {
  return [h("h3", {}, "Columns"), h("div", { class: "scroll" }, h("table", { class: "plain facts" },
    h("thead", {}, h("tr", {}, ["", "on trial", "runtime", "system", "revision", "record"]
      .map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, report.sides.map((side, at) => h("tr", {}, h("td", {}, String(at + 1)),
      [side.who, side.runtime, side.system, side.revision, side.record].map((text) =>
        h("td", { dir: "ltr" }, text || "–")))))))];
}

export function origin(report) {
  return h("p", { class: "faint" }, "Made of ", report.records.map((one, at) =>
    [at ? ", " : "", code(one.path.join(" ") || one.name)]));
}
