// The percentile curves of some measurements. Pointing at them, or the arrow keys, gives numbers.

import { h, s } from "./dom.js";
import { bounds, axisMarks, logScale, lookOf, micro, percentileScale, ticks } from "./axes.js";
import { spread } from "./scale.js";

const CURVES = { width: 600, height: 330, left: 58, right: 570, top: 12, bottom: 296 };
const MARKS = [0, 50, 90, 99, 99.9, 99.99, 99.999];

export function curves(timing, lines, floor) {
  const drawn = lines.filter((line) => line.curve.length > 1)
    .map((line) => ({ line, points: points(timing.at, line.curve) }));
  if (!drawn.length) return h("p", { class: "faint" }, "The record has no distribution of these.");
  const last = Math.max(...drawn.map(({ points: all }) => all[all.length - 1][0]));
  const x = percentileScale(last, CURVES.left, CURVES.right);
  const values = drawn.flatMap(({ points: all }) => all.map(([, value]) => value)).filter(Boolean);
  const [low, high] = bounds(floor ? [...values, floor.value] : values);
  const y = logScale(low, high, CURVES.bottom, CURVES.top);
  const letters = spread(drawn.map(({ points: all }) => y(all[all.length - 1][1])), 11);
  const { top: y1, bottom: y2, width, height } = CURVES;
  const cross = s("line", { class: "cross", y1, y2, visibility: "hidden" });
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart curves", tabindex: "0",
    role: "img", "aria-label": "percentile curves; the arrow keys move, the table has numbers" },
  axes(x, y, low, high, last), floor && floorMark(floor, y),
  drawn.map(({ line, points: all }, at) => curve(line, all, x, y, letters[at])), cross);
  const readout = h("div", { class: "readout", role: "status" });
  follow(svg, cross, readout, timing.at.filter((at) => at <= last), x, drawn);
  return h("figure", {}, svg, readout,
    h("figcaption", { class: "faint" }, "µs (log) by percentile; letters as in the table"));
}

function points(at, curve) {
  return curve.slice(0, -1).map((value, index) => [at[index], Math.max(value, 0.001)]);
}

function axes(x, y, low, high, last) {
  const across = MARKS.filter((at) => at <= last + 1e-9).map((at) => [at, `${at}`]);
  const up = ticks(low, high).map((value) => [value, micro(value)]);
  return [
    ...axisMarks(up, (value, label) => [
      s("line", { x1: CURVES.left, x2: CURVES.right, y1: y(value), y2: y(value) }),
      s("text", { x: CURVES.left - 6, y: y(value) + 4, "text-anchor": "end" }, label)]),
    ...axisMarks(across, (at, label) => [
      s("line", { x1: x(at), x2: x(at), y1: CURVES.top, y2: CURVES.bottom }),
      s("text", { x: x(at), y: CURVES.bottom + 16, "text-anchor": "middle" },
        at ? `p${label}` : "min")]),
  ];
}

function floorMark({ value, label }, y) {
  return s("g", { class: "floor" },
    s("line", { x1: CURVES.left, x2: CURVES.right, y1: y(value), y2: y(value) }),
    s("text", { x: CURVES.right - 4, y: y(value) - 4, "text-anchor": "end" },
      `${label} ${micro(value)}`));
}

function curve(line, all, x, y, letterY) {
  const look = lookOf(line.look);
  const path = all.map(([at, value], index) =>
    `${index ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const [at] = all[all.length - 1];
  return s("g", { class: `series ${look.colour}` },
    s("path", { d: path, "stroke-dasharray": look.dash }),
    s("text", { x: x(at) + 5, y: letterY + 4 }, look.letter));
}

function follow(svg, cross, readout, at, x, drawn) {
  let here = null;
  function show(index) {
    here = Math.min(Math.max(index, 0), at.length - 1);
    const place = x(at[here]);
    cross.setAttribute("x1", place);
    cross.setAttribute("x2", place);
    cross.setAttribute("visibility", "visible");
    readout.replaceChildren(h("b", {}, at[here] ? `p${at[here]}` : "minimum"),
      ...drawn.map(({ line, points: all }) => h("span", { class: lookOf(line.look).colour },
        ` ${lookOf(line.look).letter} `, h("span", {}, micro(all[here]?.[1])))));
  }
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const pixel = ((event.clientX - box.left) / box.width) * CURVES.width;
    const distances = at.map((one) => Math.abs(x(one) - pixel));
    show(distances.indexOf(Math.min(...distances)));
  });
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    show(here === null ? at.indexOf(50) : here + step);
  });
  show(at.indexOf(50));
}
