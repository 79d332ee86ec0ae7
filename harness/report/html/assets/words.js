// A comparison in words: faster, slower, or no difference seen, and how sure that is.

import { h } from "./dom.js";
import { lookOf } from "./axes.js";

export function comparison(timing, lines, reference) {
  const numbers = new Map(lines.map((line) => [line.number, line]));
  const found = new Map(); // what a run has said itself comes first, and stays
  for (const [one, other, ...said] of timing.pairs) {
    const wanted = one === reference.number && numbers.get(other)?.role === "trial";
    if (wanted && !found.has(other)) found.set(other, said);
  }
  const others = lines.filter((line) => line !== reference && line.role === "trial");
  return h("ul", { class: "words" }, others.map((line) => h("li", {},
    h("span", { class: `key ${lookOf(line.look).colour}` }, lookOf(line.look).letter), " ",
    h("bdi", { dir: "ltr" }, line.label), " ", sentence(found.get(line.number)),
    line.record !== reference.record && h("span", { class: "faint" },
      overFloors(lines, line, reference) ? " (another record: each over the floor of its own)"
        : " (another record: they did not take turns)"))));
}

function overFloors(lines, ...compared) {
  return compared.every((one) =>
    lines.some((line) => line.role === "floor" && line.record === one.record));
}

function sentence(said) {
  if (!said) return "is not compared: other machines, or other launches";
  const [ratio, low, high, verdict] = said;
  return [h("b", { class: verdict.replaceAll(" ", "-") }, verdict), " ",
    inWords(verdict, ratio, low, high)];
}

function inWords(verdict, ratio, low, high) {
  const times = `${factor(ratio)} × the time`;
  if (low === null || high === null) return `${times}, from one launch: there is no interval`;
  if (verdict !== "no difference seen") return `${times} (${factor(low)} to ${factor(high)})`;
  return `${times}; less than ±${percent((high - low) / 2)} could not have been seen`;
}

function factor(ratio) {
  return ratio >= 10 ? ratio.toFixed(1) : ratio.toPrecision(ratio >= 1 ? 4 : 3);
}

function percent(part) {
  return `${(100 * part).toPrecision(2)} %`;
}
