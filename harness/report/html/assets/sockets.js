// The kernel's view of the sockets at the moment of the failure.

import { h } from "./dom.js";

const COLUMNS = ["side", "handle", "fd", "state", "local", "peer"];

export function sockets(evidence) {
  const rows = (evidence.sockets ?? []).flatMap((view) => [
    h("tr", {}, view.cells.map((cell) => h("td", { dir: "ltr" }, cell || "–"))),
    (view.remarks || view.tcp) && h("tr", { class: "remarks" },
      h("td", { colspan: COLUMNS.length }, (view.remarks ?? []).join("; "), info(view.tcp))),
  ]);
  return h("div", {}, h("h3", {}, "Sockets, as the kernel saw them"),
    rows.length > 0 && h("div", { class: "scroll" }, h("table", { class: "plain mono" },
      h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows))),
    evidence.sockets_note && h("p", { class: "faint" }, evidence.sockets_note));
}

function info(tcp) {
  if (!tcp) return null;
  const text = Object.entries(tcp).map(([name, value]) => `${name} ${value}`).join("  ");
  return h("details", {}, h("summary", {}, "TCP_INFO"), h("p", { class: "facts" }, text));
}
