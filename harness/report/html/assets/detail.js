// One case, in a dialog: what was claimed, what came, and everything that led there.

import { h, byId, code, copyable } from "./dom.js";
import { CLASSES, NOT_TRIED } from "./data.js";
import { scenario } from "./scenario.js";
import { sequence } from "./sequence.js";
import { sockets } from "./sockets.js";

export function detail(report, claimNumber, side, variant, go) {
  const claim = report.claims[claimNumber];
  const sign = report.sign(claimNumber, side, variant);
  const evidence = report.evidenceOf(claimNumber, side, variant) ?? {};
  return h("article", {},
    top(report, claim, side, variant, sign, go),
    h("p", { class: "said-claim" }, claim.claim),
    claim.spec.length > 0 && h("p", { class: "faint" }, claim.spec.join(" · ")),
    others(report, claim, side, variant, go),
    story(evidence, sign),
    evidence.calls && sequence(evidence),
    (evidence.sockets || evidence.sockets_note) && sockets(evidence),
    written(report, claim, evidence),
    ending(report, claim, side, variant, evidence));
}

function top(report, claim, side, variant, sign, go) {
  return h("header", {},
    h("div", { class: "walk" },
      h("button", { type: "button", class: "small", id: "before", title: "the column before (←)",
        "aria-label": "the column before", onclick: () => go.side(-1) }, "←"),
      h("button", { type: "button", class: "small", id: "after", title: "the next column (→)",
        "aria-label": "the next column", onclick: () => go.side(1) }, "→"),
      h("button", { type: "button", class: "small", id: "close", title: "close (Esc)",
        onclick: go.close }, "✕ close")),
    h("p", { class: "badges" }, h("span", { class: `badge ${CLASSES[sign]}` },
      h("b", {}, sign), ` ${report.meaning.get(sign)}`), " ",
    h("bdi", { class: "who", dir: "ltr" }, report.columns[side].label)),
    h("h2", { id: "detail-title", tabindex: "-1", dir: "ltr" },
      report.caseId(claim.number, side, variant)));
}

// The claim's other cases: its variants, and the same variant in other columns.
function others(report, claim, side, variant, go) {
  const pick = (sign, label, here, act) => sign !== NOT_TRIED && h("button", { type: "button",
    class: `chip ${CLASSES[sign]}`, "aria-current": here ? "true" : null, onclick: act },
    h("b", {}, sign), " ", h("bdi", { dir: "ltr" }, label));
  const variants = claim.variants.map((label, at) =>
    pick(report.sign(claim.number, side, at), label, at === variant, () => go.to(side, at)));
  const sides = report.columns.map((one, at) =>
    pick(report.sign(claim.number, at, variant), one.label, at === side, () => go.to(at, variant)));
  return [
    claim.variants.length > 1 && h("div", { class: "chips", role: "group",
      "aria-label": "variants" }, variants),
    report.columns.length > 1 && h("div", { class: "chips", role: "group",
      "aria-label": "columns" }, sides),
  ];
}

function story(evidence, sign) {
  const { why, listed, difference, expected, actual, branches, closing } = evidence;
  const dull = ["·", "-"].includes(sign) && !evidence.calls;
  return h("div", { class: "story" },
    evidence.step && h("p", {}, code(`${evidence.file}:${evidence.line}:${evidence.column}`), " ",
      h("b", {}, code(evidence.step))),
    !evidence.calls && evidence.source && h("pre", { dir: "ltr" }, evidence.source),
    closing && h("p", {}, "The steps went well; the closing phase is what did not."),
    why && why !== actual && h("pre", { class: "why" }, why),
    difference ? h("pre", { class: "difference", dir: "ltr" }, difference.map(([role, text]) =>
      h("span", { class: role }, `${text}\n`)))
      : actual !== undefined && h("dl", { class: "difference" },
        expected && [h("dt", {}, "expected"), h("dd", { class: "expected", dir: "ltr" }, expected)],
        h("dt", {}, "actual"), h("dd", { class: "actual", dir: "ltr" }, actual)),
    branches && h("p", {}, "What came: ", branches.map((name) => [code(name), " "])),
    listed && h("p", { class: "listed" }, listed.stale ? "Passes, but is listed as "
      : "Listed as ", h("b", {}, listed.kind), `: ${listed.reason} `,
    listed.link && reference(listed.link)),
    evidence.observed && h("pre", { dir: "ltr" }, JSON.stringify(evidence.observed, null, 1)),
    evidence.short && h("p", { class: "faint" },
      "Timeline and sockets are left out to keep this page small; the record has them."),
    dull && sign === "·" && h("p", { class: "faint" },
      "It passed; a record keeps no timeline of what passed."));
}

// A link may come from anybody's file: only one that leads to a page is one to follow.
function reference(link) {
  return /^https:\/\//.test(link) ? h("a", { href: link, rel: "noreferrer noopener" }, link)
    : code(link);
}

function written(report, claim, evidence) {
  const source = report.source(claim.number, evidence.record);
  if (!source) return null;
  const text = scenario(source, evidence.line ?? null);
  return h("div", {}, h("h3", {}, "The scenario as written"), text);
}

function ending(report, claim, side, variant, evidence) {
  const rerun = evidence.rerun || ownRerun(report, claim, side, variant);
  return [
    evidence.stderr?.trim() && [h("h3", {}, "stderr of the driver"),
      h("pre", { class: "log", dir: "ltr", tabindex: "0" }, evidence.stderr)],
    evidence.capture && h("p", {}, "Packets: ", code(evidence.capture)),
    rerun && [h("h3", {}, "Run it again"), copyable(rerun, "the command")],
    evidence.script && h("details", { class: "script" },
      h("summary", {}, "A script that shows it without sockharness"),
      evidence.script_needs && h("p", { class: "faint" },
        "Its steps; a copy has what plays them and the drivers, too."),
      copyable(evidence.script, "the script", report.script(evidence))),
    evidence.script_note && h("p", { class: "faint" }, `No script: ${evidence.script_note}.`),
  ];
}

// A case with nothing to tell has no command in the record; it is made as `run` would.
function ownRerun(report, claim, side, variant) {
  if (!report.source(claim.number, undefined)) return null;
  const id = `${claim.file}::${report.caseId(claim.number, side, variant)}`;
  const quoted = `'${id.replaceAll("'", "'\\''")}'`;
  return ["sockharness run", quoted, report.columns[side].flags].filter(Boolean).join(" ");
}

export function claimDetail(report, claim, go) {
  const source = report.source(claim.number, undefined);
  const rows = claim.variants.map((label, variant) => h("tr", {},
    h("th", { scope: "row", dir: "ltr" }, label),
    report.columns.map((_, side) => {
      const sign = report.sign(claim.number, side, variant);
      return h("td", { class: CLASSES[sign] }, sign !== NOT_TRIED && h("button", {
        type: "button", class: "plain", "aria-label": report.meaning.get(sign),
        onclick: () => go.to(side, variant) }, sign));
    })));
  return h("article", {},
    h("header", {}, h("div", { class: "walk" }, h("button", { type: "button", class: "small",
      id: "close", onclick: go.close }, "✕ close")),
    h("h2", { id: "detail-title", tabindex: "-1", dir: "ltr" }, claim.id)),
    h("p", { class: "said-claim" }, claim.claim),
    h("p", { class: "faint" }, [...claim.spec, ...claim.tags].join(" · ")),
    h("div", { class: "scroll" }, h("table", { class: "signs" },
      h("thead", {}, h("tr", {}, h("td", {}), report.columns.map((one) =>
        h("th", { scope: "col", dir: "ltr" }, one.label)))), h("tbody", {}, rows))),
    source && [h("h3", {}, "The scenario as written"), scenario(source, null)]);
}

export function focusTitle() {
  byId("detail-title")?.focus();
}
