// Scales and axes of the charts: logarithms of microseconds, and percentiles by what lies beyond.

import { s } from "./dom.js";

export function logScale(low, high, from, to) {
  const [a, b] = [Math.log(low), Math.log(high)];
  const scale = (value) => from + ((Math.log(value) - a) / (b - a || 1)) * (to - from);
  scale.back = (pixel) => Math.exp(a + ((pixel - from) / (to - from)) * (b - a));
  return scale;
}

// 50, 90, 99, 99.9 % stand equally far apart: what matters about latency is far right.
export function percentileScale(last, from, to) {
  const place = (percent) => -Math.log10(1 - Math.min(percent, 99.9995) / 100);
  return (percent) => from + (place(percent) / place(last)) * (to - from);
}

const FINENESS = [[1], [1, 2, 5], [1, 1.5, 2, 3, 5, 7], [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9],
  Array.from({ length: 90 }, (_, at) => 1 + at / 10)];

// Round values between the bounds: as coarse as can be with at least four of them.
export function ticks(low, high) {
  let found = [];
  for (const steps of FINENESS) {
    found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
      found.push(...steps.map((step) => Number((step * 10 ** power).toPrecision(3)))
        .filter((value) => value >= low && value <= high));
    }
    if (found.length >= 4) break;
  }
  const every = Math.ceil(found.length / 9);
  return found.filter((_, at) => at % every === 0);
}

export function micro(value) {
  if (value === null || value === undefined) return "–";
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} s`;
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)} ms`;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} µs`;
}

export function size(bytes) {
  for (const [unit, name] of [[1 << 20, "MiB"], [1 << 10, "KiB"]]) {
    if (bytes && bytes % unit === 0) return `${bytes / unit} ${name}`;
  }
  return `${bytes} B`;
}

export function bounds(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return [low * 0.93, high * 1.07];
}

// Who is who without colours: a letter, a shape of the line, and a colour besides.
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4", "1 2", "6 2 1 2 1 2"];

export function lookOf(number) {
  const letter = number < 26 ? String.fromCharCode(65 + number) : `${number + 1}`;
  return { letter, dash: DASHES[number % DASHES.length], colour: `hue${number % 8}` };
}

export function axisMarks(positions, make) {
  return positions.map(([at, label]) => s("g", { class: "tick" }, ...make(at, label)));
}
