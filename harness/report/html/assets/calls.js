// The calls of a case in words, as bytes, and as a table.

import { h } from "./dom.js";

export function wording([, handle, , end, text, outcome]) {
  return `${handle} ${text}${outcomeText(outcome)}${end === null ? " … still blocked" : ""}`;
}

function outcomeText(outcome) {
  return outcome && outcome !== "ok" ? ` → ${outcome}` : "";
}

// The first bytes that a call got, as hex and as letters.
export function dump([, handle, , , text, outcome, , hex]) {
  const head = `${handle} ${text}${outcomeText(outcome)}`;
  if (!hex) return head;
  const bytes = hex.match(/../g);
  const rows = [head];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.slice(at, at + 16);
    const letters = row.map((byte) => {
      const number = parseInt(byte, 16);
      return number > 31 && number < 127 ? String.fromCharCode(number) : "·";
    });
    const place = at.toString(16).padStart(4, "0");
    rows.push(`${place}  ${row.join(" ").padEnd(47)}  ${letters.join("")}`);
  }
  return rows.join("\n");
}

export function callTable(calls) {
  const rows = calls.map(([side, handle, begin, end, text, outcome, failed]) =>
    h("tr", { class: failed ? "failed" : null },
      h("td", { class: "number" }, failed ? `▶ ${begin.toFixed(3)}` : begin.toFixed(3)),
      h("td", { class: "number" }, end === null ? "blocked" : (end - begin).toFixed(3)),
      h("td", {}, side ? "client" : "server"),
      h("td", { dir: "ltr" }, `${handle} ${text}${outcomeText(outcome)}`)));
  return h("details", {}, h("summary", {}, "the same as a table"),
    h("div", { class: "scroll" }, h("table", { class: "plain" },
      h("thead", {}, h("tr", {}, ["begins, ms", "takes, ms", "side", "call"].map((name) =>
        h("th", { scope: "col" }, name)))), h("tbody", {}, rows))));
}
