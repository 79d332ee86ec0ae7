// The calls of a case as a sequence diagram: the server's lane left, the client's right, time
// downwards. A bar is as long as its call took; an arrow carries bytes from one side to the other.

import { h, s } from "./dom.js";
import { callTable, dump, wording } from "./calls.js";
import { milliseconds, spread, timeScale } from "./scale.js";

const BETWEEN = 150; // pixels between the lanes
const EDGE = 24; // from a lane to the words of its side
const LEAST = 120; // for words
const NARROW = 620; // below it the lanes stand at the left, all words at their right
const LINE = 17; // a label's height
const TOP = 30;
const LETTER = 6.65; // width of a letter of the labels, at most

export function sequence(evidence) {
  const box = h("div", { class: "sequence scroll" });
  const bytes = h("pre", { class: "bytes", dir: "ltr", role: "status" });
  const scale = h("button", { type: "button", class: "small", "aria-pressed": "false",
    onclick: () => {
      scale.setAttribute("aria-pressed", String(scale.getAttribute("aria-pressed") !== "true"));
      draw();
    } }, "one scale");
  function draw() {
    const whole = scale.getAttribute("aria-pressed") === "true";
    box.replaceChildren(drawing(evidence, whole, box.clientWidth,
      (call) => { bytes.textContent = dump(call); }));
  }
  let width = 0;
  new ResizeObserver(() => {
    if (box.clientWidth !== width) draw();
    width = box.clientWidth;
  }).observe(box);
  const left = evidence.left
    ? h("p", { class: "faint" },
      `${evidence.left} calls between are left out; the record has them.`)
    : null;
  return h("div", {}, h("div", { class: "title" }, h("h3", {}, "Timeline"), scale,
    h("span", { class: "faint hint" }, "true time; long pauses are cut unless on one scale")),
  box, bytes, left, callTable(evidence.calls));
}

// Where the lanes are, and where the words of each side begin, in which direction, with what room.
function layout(calls, width) {
  if (width < NARROW) {
    const words = { x: 100, away: 1, room: Math.max(width - 104, LEAST) };
    return { width: words.x + words.room, lanes: [16, 82], words: [words, words], narrow: true };
  }
  const rooms = sharedRooms(calls, width - BETWEEN - 2 * EDGE);
  const lanes = [rooms[0] + EDGE, rooms[0] + EDGE + BETWEEN];
  const words = [-1, 1].map((away, side) =>
    ({ x: lanes[side] + away * EDGE, away, room: rooms[side] }));
  return { width: lanes[1] + EDGE + rooms[1], lanes, words, narrow: false };
}

// A side that needs less than half leaves the rest to the other one.
function sharedRooms(calls, all) {
  const [one, other] = [0, 1].map((side) => Math.max(LEAST, ...calls
    .filter((call) => call[0] === side).map((call) => (wording(call).length + 11) * LETTER)));
  if (one + other <= all) return [one, other];
  const left = Math.max(Math.min(one, all / 2), all - other);
  return [left, all - left];
}

function drawing(evidence, whole, available, show) {
  const { calls, arrows = [] } = evidence;
  const scale = timeScale(calls, whole);
  const place = layout(calls, available);
  const { width, lanes } = place;
  const depths = nesting(calls);
  const labels = labelPlaces(calls, scale, place.narrow ? [[0, 1]] : [[0], [1]]);
  const height = TOP + Math.max(scale.height, ...labels) + LINE;
  const svg = s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": "sequence diagram of the calls; the table below says the same" });
  for (const [at, name] of ["server", "client"].entries()) {
    const anchor = place.narrow && at === 0 ? "start" : "middle";
    svg.append(s("text", { x: place.narrow && at === 0 ? 0 : lanes[at], y: 14, class: "lane",
      "text-anchor": anchor }, name),
    s("line", { x1: lanes[at], x2: lanes[at], y1: TOP - 8, y2: height, class: "life" }));
  }
  svg.append(...arrowMarks(calls, arrows, scale, lanes));
  calls.forEach((call, at) =>
    svg.append(callMark(call, depths[at], TOP + labels[at], place, scale, height, show)));
  // Last, so that a call which waits is cut where time is.
  for (const cut of scale.cuts) svg.append(...cutMark(cut, lanes));
  return svg;
}

// How many calls of the same side are open when one begins: each gets a bar of its own.
function nesting(calls) {
  const open = [[], []];
  return calls.map(([side, , begin, end]) => {
    const slots = open[side];
    let depth = slots.findIndex((until) => until <= begin);
    if (depth < 0) depth = slots.length;
    slots[depth] = end ?? Infinity;
    return depth;
  });
}

// `together` has the sides whose words share a column.
function labelPlaces(calls, scale, together) {
  const places = [];
  for (const sides of together) {
    const own = calls.flatMap((call, at) => (sides.includes(call[0]) ? [at] : []));
    const found = spread(own.map((at) => scale.y(calls[at][2])), LINE);
    own.forEach((at, index) => { places[at] = found[index]; });
  }
  return places;
}

function callMark(call, depth, labelY, place, scale, height, show) {
  const [side, , begin, end, , , failed] = call;
  const { x: wordsX, away, room } = place.words[side];
  const x = place.lanes[side] + (side === 0 && !place.narrow ? -1 : 1) * depth * 7;
  const y = TOP + scale.y(begin);
  const until = end === null ? height : TOP + scale.y(end);
  const took = end === null ? "still blocked" : `took ${milliseconds(end - begin)}`;
  const words = wording(call);
  const fits = Math.floor(room / LETTER) - 10;
  return s("g", { class: `call ${failed ? "failed" : ""} ${end === null ? "stuck" : ""}`,
    tabindex: "0", onfocus: () => show(call), onmouseenter: () => show(call) },
  s("title", {}, `${begin.toFixed(3)} ms, ${took}: ${words}`),
  s("rect", { x: x - 3, y, width: 6, height: Math.max(until - y, 2.5), class: "bar" }),
  s("path", { d: `M${x + away * 4} ${y + 1} H${wordsX - away * 10} L${wordsX - away * 4} ${labelY}`,
    class: "leader" }),
  s("text", { x: wordsX, y: labelY + 4, "text-anchor": away < 0 ? "end" : "start" },
    parts(shortened(words, fits), begin.toFixed(2), failed, away < 0)));
}

function parts(words, time, failed, left) {
  const row = [s("tspan", { class: "words" }, words), " ", s("tspan", { class: "time" }, time)];
  if (failed) row.push(s("tspan", { class: "mark" }, left ? " ◀" : "▶ "));
  return left ? row : row.reverse();
}

function shortened(text, fits) {
  return text.length > fits ? `${text.slice(0, fits - 1)}…` : text;
}

function cutMark({ y, ms }, lanes) {
  const at = TOP + y;
  const marks = lanes.flatMap((x) => [
    s("rect", { x: x - 12, y: at - 4, width: 24, height: 8, class: "cut" }),
    s("path", { d: `M${x - 7} ${at - 2} l5 -4 l4 8 l5 -4 M${x - 7} ${at + 3} l5 -4 l4 8 l5 -4`,
      class: "zigzag" }),
  ]);
  const middle = (lanes[0] + lanes[1]) / 2;
  return [...marks, s("text", { x: middle, y: at + 4, class: "pause" }, milliseconds(ms))];
}

function arrowMarks(calls, arrows, scale, lanes) {
  // Labels stand near their senders: in the middle pauses are told.
  const wanted = arrows.map(([from, to]) =>
    0.75 * ends(calls, from, scale) + 0.25 * ends(calls, to, scale));
  const places = spread(wanted, 13);
  return arrows.map(([from, to, size], at) => {
    const [begin, end] = [calls[from][0], calls[to][0]];
    const [y1, y2] = [TOP + ends(calls, from, scale), TOP + ends(calls, to, scale)];
    const away = begin === 0 ? 1 : -1;
    const [x1, x2] = [lanes[begin] + 4 * away, lanes[end] - 4 * away];
    const text = size === null ? "connection" : `${size} B`;
    return s("g", { class: size === null ? "arrow thin" : "arrow" },
      s("line", { x1, y1, x2, y2 }),
      s("path", { d: tip(x2, y2, Math.atan2(y2 - y1, x2 - x1)) }),
      s("text", { x: 0.73 * lanes[begin] + 0.27 * lanes[end], y: TOP + places[at] - 4 }, text));
  });
}

function ends(calls, at, scale) {
  return scale.y(calls[at][3] ?? calls[at][2]);
}

function tip(x, y, angle) {
  const point = (turn) =>
    `${(x - 8 * Math.cos(angle + turn)).toFixed(1)} ${(y - 8 * Math.sin(angle + turn)).toFixed(1)}`;
  return `M${x} ${y} L${point(0.35)} L${point(-0.35)} Z`;
}
