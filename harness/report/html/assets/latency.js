// Latency: one workload and placement after the other; in each, a variant is chosen and shown as
// curves, strips, words and a table.

import { h, grouped, plural } from "./dom.js";
import { groups } from "./data.js";
import { bounds, logScale, lookOf, micro, size } from "./axes.js";
import { curves } from "./curves.js";
import { strips } from "./strips.js";
import { comparison } from "./words.js";

const HEADINGS = ["p50", "p90", "p99", "p99.9", "max", "trips/s", "launches", "interval of p50"];

export function latency(report) {
  const { timing } = report;
  if (!timing.lines.length) return null;
  named(report);
  const found = groups(timing.lines, (line) => `${line.scenario}\n${placementOf(line)}`);
  return h("section", { id: "latency", "aria-labelledby": "latency-title" },
    h("h2", { id: "latency-title" }, "Latency"),
    [...found.values()].map((lines) => workload(report, lines)));
}

const ROLES = { twin: "its twin", floor: "floor", "by-hand": "by hand" };

// Each line gets its number, a label, and a look which it shares with those of the same label.
function named(report) {
  const looks = new Map();
  report.timing.lines.forEach((line, number) => {
    const side = report.sides[line.side];
    const twice = report.timing.lines.some((one) => one.side === line.side
      && one.record !== line.record);
    line.number = number;
    line.label = [side.label, ROLES[line.role], twice && !side.record
      && report.records[line.record].name].filter(Boolean).join(" · ");
    if (!looks.has(line.label)) looks.set(line.label, looks.size);
    line.look = looks.get(line.label);
  });
}

function placementOf(line) {
  return line.placement.split(" ")[0];
}

function workload(report, lines) {
  const { timing } = report;
  const variants = groups([...lines].sort((one, other) =>
    one.transport.localeCompare(other.transport) || one.size - other.size), variantName);
  const shown = h("div", { class: "variant" });
  const names = [...variants.keys()];
  let now = names[0];
  let reference = 0;
  const chips = new Map(names.map((name) => [name, h("button", { type: "button", class: "chip",
    onclick: () => { now = name; draw(); } }, name)]));
  function draw() {
    for (const [name, chip] of chips) chip.setAttribute("aria-pressed", String(name === now));
    const chosen = variants.get(now);
    shown.replaceChildren(...variant(timing, chosen, chosen[reference] ? reference : 0, (at) => {
      reference = at;
      draw();
    }));
  }
  draw();
  const [first] = lines;
  return h("div", { class: "workload" },
    h("h3", {}, h("bdi", { dir: "ltr" }, first.scenario), " ",
      h("span", { class: "faint" }, `placement ${placementOf(first)}`)),
    legend(lines), overview(variants, (name) => { now = name; draw(); }),
    h("div", { class: "chips", role: "group", "aria-label": "transport and size" },
      [...chips.values()]), shown, notes(report, lines));
}

function variantName(line) {
  return `${line.transport} ${size(line.size)}`;
}

function legend(lines) {
  const trials = lines.filter((line) => line.role === "trial");
  const labels = [...groups(trials, (line) => line.look).values()].map(([line]) => line);
  return h("p", { class: "legend" }, labels.map((line) => h("span", {},
    h("span", { class: `key ${lookOf(line.look).colour}` }, lookOf(line.look).letter), " ",
    h("bdi", { dir: "ltr" }, line.label))));
}

// All variants at a glance: a row each, a letter for each column at its median.
function overview(variants, choose) {
  const trials = new Map([...variants].map(([name, lines]) =>
    [name, lines.filter((line) => line.role === "trial")]));
  if (variants.size < 2) return null;
  const medians = [...trials.values()].flat().map((line) => line.figures[0]);
  const x = logScale(...bounds(medians), 0, 100);
  return h("div", { class: "overview" },
    [...trials].map(([name, lines]) => laneRow(name, lines, x, () => choose(name))),
    h("p", { class: "faint" },
      "median of a round trip, on a log scale; the number is the quickest one's"));
}

function laneRow(name, lines, x, choose) {
  const said = lines.map((line) => `${line.label} ${micro(line.figures[0])}`);
  const rows = stacked(lines.map((line) => x(line.figures[0])));
  const marks = lines.map((line, at) => {
    const look = lookOf(line.look);
    const mark = h("span", { class: `dot ${look.colour}`, title: said[at] }, look.letter);
    mark.style.left = `${x(line.figures[0]).toFixed(2)}%`;
    mark.style.top = `${0.85 * rows[at]}rem`;
    return mark;
  });
  const track = h("span", { class: "track" }, marks);
  track.style.height = `${1.3 + 0.85 * Math.max(...rows)}rem`;
  const quickest = Math.min(...lines.map((line) => line.figures[0]));
  return h("button", { type: "button", class: "lane", onclick: choose,
    "aria-label": `${name}: ${said.join(", ")}` },
  h("span", { class: "name" }, name), track,
  h("span", { class: "number" }, micro(quickest)));
}

// Letters that would stand on each other go into rows.
function stacked(places) {
  const ends = [];
  const rows = [];
  const order = places.map((_, at) => at).sort((one, other) => places[one] - places[other]);
  for (const at of order) {
    let row = ends.findIndex((end) => end <= places[at]);
    if (row < 0) row = ends.length;
    ends[row] = places[at] + 5;
    rows[at] = row;
  }
  return rows;
}

function variant(timing, lines, reference, choose) {
  const floor = floorOf(lines);
  const trials = lines.filter((line) => line.role === "trial");
  const against = trials.includes(lines[reference]) ? lines[reference] : trials[0] ?? lines[0];
  const select = h("select", { "aria-label": "compared with",
    onchange: () => choose(Number(select.value)) },
  trials.map((line) => h("option", { value: lines.indexOf(line), selected: line === against },
    `${lookOf(line.look).letter} ${line.label}`)));
  return [
    h("div", { class: "charts" }, curves(timing, trials, floor),
      strips(lines.filter((line) => line.role !== "floor"), floor)),
    trials.length > 1 && h("p", { class: "against" }, "Compared with ", select,
      h("span", { class: "on-paper" }, against.label)),
    trials.length > 1 && comparison(timing, lines, against),
    figureTable(lines, timing),
  ].filter(Boolean);
}

// What no implementation can be below: the same loop without a library around it.
function floorOf(lines) {
  const line = lines.find((one) => one.role === "floor");
  return line ? { value: line.figures[0], label: "floor" } : null;
}

function figureTable(lines, timing) {
  const rows = lines.map((line) => h("tr", {},
    h("th", { scope: "row" }, h("span", { class: `key ${lookOf(line.look).colour}` },
      lookOf(line.look).letter), " ", h("bdi", { dir: "ltr" }, line.label)),
    line.figures.map((value) => h("td", { class: "number" }, micro(value))),
    h("td", { class: "number" }, grouped(Math.round(line.rate))),
    h("td", { class: "number", title: plural(line.trips, "round trip") }, String(line.launches)),
    h("td", { class: "number" }, line.low ? `${micro(line.low)} … ${micro(line.high)}` : "–")));
  return h("div", { class: "scroll" }, h("table", { class: "plain figures" },
    h("thead", {}, h("tr", {}, h("td", {}), HEADINGS.map((name) => h("th", { scope: "col",
      title: name.startsWith("interval") ? `${timing.confidence * 100} % confidence` : null },
    name)))), h("tbody", {}, rows)));
}

function notes(report, lines) {
  const { timing, records } = report;
  const runs = timing.runs.filter((run) => lines.some((line) =>
    line.record === run.record && line.scenario === run.scenario));
  const about = groups(lines.flatMap((line) => line.notes.map((note) => [note, line])),
    ([note]) => note);
  const places = [...new Set(lines.map((line) => line.placement))];
  return h("ul", { class: "notes faint" },
    places.map((one) => h("li", {}, one)),
    runs.map((run) => h("li", {}, records.length > 1 && `${records[run.record].name}: `,
      run.said.join("; "))),
    [...about].map(([note, found]) => h("li", {},
      found.length < lines.length && `${whose(found.map(([, line]) => line))}: `, note)));
}

function whose(lines) {
  const named = lines.slice(0, 4).map((line) => `${lookOf(line.look).letter} ${variantName(line)}`);
  return named.join(", ") + (lines.length > 4 ? ` and ${lines.length - 4} more` : "");
}
