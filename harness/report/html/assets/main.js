// Puts the page together.

import { h, byId, plural } from "./dom.js";
import { unpack } from "./data.js";
import { themeSwitch } from "./theme.js";
import { Filter, controls, focusFilter } from "./filter.js";
import { matrix } from "./matrix.js";
import { look } from "./look.js";
import { latency } from "./latency.js";
import { doubts, environment, origin } from "./environment.js";
import { Cases } from "./cases.js";

function heading(report) {
  const cases = report.records.reduce((sum, one) => sum + one.cases, 0);
  const bad = report.records.reduce((sum, one) => sum + one.unexpected, 0);
  const timed = report.timing.lines.length;
  const claims = plural(report.claims.length, "claim");
  const parts = [cases > 0 && `${plural(cases, "case")} of ${claims}`,
    report.columns.length > 1 && plural(report.columns.length, "column"),
    timed > 0 && plural(timed, "latency", "latencies")].filter(Boolean);
  return [h("div", { class: "title" }, h("h1", {}, "sockharness"), themeSwitch()),
    h("p", { class: "outcome" },
      cases > 0 && h("b", { class: bad ? "fail" : "pass" },
        bad ? `${plural(bad, "case")} to be looked at` : "all as expected"),
      h("span", {}, parts.join(" · ")),
      h("span", { class: "faint" }, when(report))),
    h("nav", { "aria-label": "parts of this page" }, links(report))];
}

function when(report) {
  const times = report.records.map((one) => one.started).sort();
  const last = times[times.length - 1];
  return times[0] === last ? last : `${times[0]} to ${last}`;
}

function links(report) {
  const parts = [["verdicts", "Verdicts"], ["look", "To be looked at"], ["latency", "Latency"],
    ["doubts", "What weakens this"], ["environment", "Environment"]];
  return parts.filter(([id]) => byId(id)).map(([id, name]) => h("a", { href: `#${id}` }, name));
}

function keys(filter) {
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !byId("detail").open) {
      event.preventDefault();
      focusFilter();
    } else if (event.key === "Escape" && !byId("detail").open && filter.active) {
      filter.clear();
      filter.change({});
    }
  });
}

function build(report) {
  const filter = new Filter(report);
  const cases = new Cases(report);
  const open = (...where) => cases.open(...where);
  const verdicts = report.claims.length > 0 && matrix(report, filter, open);
  if (verdicts) verdicts.querySelector(".scroll").before(controls(filter));
  byId("main").append(...[look(report, filter, open), verdicts, latency(report), doubts(report),
    environment(report), origin(report)].filter(Boolean));
  byId("top").append(...heading(report));
  keys(filter);
  byId("plain").remove();
  document.documentElement.dataset.ready = "yes";
  cases.follow();
}

async function start() {
  if (typeof DecompressionStream === "undefined") {
    byId("trouble").textContent = "This browser cannot unpack the data of this page: it has no "
      + "DecompressionStream. Any browser of 2023 or later has.";
    return;
  }
  const report = await unpack(byId("data").textContent);
  byId("data").remove();
  build(report);
}

start().catch((problem) => {
  byId("trouble").textContent = `This page cannot be shown: ${problem.message}`;
});
