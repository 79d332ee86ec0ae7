// A strip for each measurement: a dot for each launch's median, the interval as a bar.

import { h, s } from "./dom.js";
import { bounds, axisMarks, logScale, lookOf, micro, ticks } from "./axes.js";

const STRIPS = { width: 600, left: 36, right: 580, top: 8, row: 34, below: 30 };

export function strips(lines, floor) {
  const values = lines.flatMap((line) => [...line.centres, line.low, line.high, line.figures[0]])
    .filter(Boolean);
  const [low, high] = bounds(floor ? [...values, floor.value] : values);
  const height = STRIPS.top + STRIPS.row * lines.length + STRIPS.below;
  const x = logScale(low, high, STRIPS.left, STRIPS.right);
  const svg = s("svg", { viewBox: `0 0 ${STRIPS.width} ${height}`, class: "chart strips",
    role: "img", "aria-label": "median of each launch; the table has the numbers" },
  axisMarks(ticks(low, high).map((value) => [value, micro(value)]), (value, label) => [
    s("line", { x1: x(value), x2: x(value), y1: STRIPS.top, y2: height - STRIPS.below }),
    s("text", { x: x(value), y: height - STRIPS.below + 16, "text-anchor": "middle" }, label)]),
  floor && s("g", { class: "floor" },
    s("line", { x1: x(floor.value), x2: x(floor.value), y1: STRIPS.top,
      y2: height - STRIPS.below }),
    s("text", { x: x(floor.value) + 4, y: STRIPS.top + 9 }, floor.label)),
  lines.map((line, at) => strip(line, x, STRIPS.top + STRIPS.row * (at + 0.5))));
  return h("figure", {}, svg, h("figcaption", { class: "faint" },
    "median of each launch (dots), interval of the typical launch (bar), µs (log)"));
}

function strip(line, x, y) {
  const look = lookOf(line.look);
  const marks = [s("text", { x: 12, y: y + 4, class: "letter" }, look.letter),
    s("line", { class: "track", x1: STRIPS.left, x2: STRIPS.right, y1: y, y2: y })];
  if (line.low) {
    marks.push(s("rect", { class: "interval", x: x(line.low), y: y - 5,
      width: Math.max(x(line.high) - x(line.low), 1), height: 10 },
    s("title", {}, `${micro(line.low)} to ${micro(line.high)}`)));
  }
  line.centres.forEach((value, launch) => marks.push(
    s("circle", { cx: x(value), cy: y + ((launch % 3) - 1) * 4, r: 3.2 },
      s("title", {}, `launch ${launch + 1}: ${micro(value)}`))));
  return s("g", { class: `series ${look.colour}` }, ...marks);
}
