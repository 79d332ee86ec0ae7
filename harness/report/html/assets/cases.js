// Opens cases, and keeps the address in step with what is open: an address can be sent to others.

import { byId } from "./dom.js";
import { NOT_TRIED } from "./data.js";
import { claimDetail, detail, focusTitle } from "./detail.js";

export class Cases {
  constructor(report) {
    this.report = report;
    this.dialog = byId("detail");
    this.now = null;
    this.dialog.addEventListener("close", () => this.closed());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    addEventListener("hashchange", () => this.follow());
  }

  open(claim, side = null, variant = null) {
    const chosen = side === null ? null : variant ?? this.report.worstVariant(claim, side);
    this.address({ claim, side, variant: chosen }, this.dialog.open);
  }

  address(now, replace) {
    const hash = `#${this.name(now)}`;
    if (location.hash === hash) this.show(now);
    else if (replace) {
      history.replaceState(null, "", hash);
      this.show(now);
    } else location.hash = hash; // hashchange shows it
  }

  // The id of a case; with its column where several columns have that id.
  name({ claim, side, variant }) {
    const { report } = this;
    if (side === null) return encodeURIComponent(report.claims[claim].id);
    const id = report.caseId(claim, side, variant);
    const several = report.suffixes.filter((one) => one === report.suffixes[side]).length > 1;
    const label = several ? `@${encodeURIComponent(report.columns[side].label)}` : "";
    return encodeURIComponent(id) + label;
  }

  find(hash) {
    const { report } = this;
    const [id, label] = hash.slice(1).split("@").map(decoded);
    const claim = report.claims.find((one) => id === one.id || id.startsWith(`${one.id}[`));
    if (!claim) return null;
    if (id === claim.id) return { claim: claim.number, side: null, variant: null };
    for (const side of report.columns.keys()) {
      if (label !== undefined && report.columns[side].label !== label) continue;
      const variant = claim.variants.findIndex((_, at) =>
        report.caseId(claim.number, side, at) === id);
      if (variant >= 0 && report.sign(claim.number, side, variant) !== NOT_TRIED) {
        return { claim: claim.number, side, variant };
      }
    }
    return null;
  }

  follow() {
    const now = location.hash.length > 1 ? this.find(location.hash) : null;
    if (now) this.show(now);
    else if (this.dialog.open) this.dialog.close();
  }

  show(now) {
    this.now = now;
    const go = {
      close: () => this.dialog.close(),
      side: (step) => this.step(step),
      to: (side, variant) => this.address({ claim: now.claim, side, variant }, true),
    };
    this.dialog.replaceChildren(now.side === null
      ? claimDetail(this.report, this.report.claims[now.claim], go)
      : detail(this.report, now.claim, now.side, now.variant, go));
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
    focusTitle();
  }

  // To the next column in which the claim was tried.
  step(step) {
    const { claim, side, variant } = this.now;
    for (let at = side + step; at >= 0 && at < this.report.columns.length; at += step) {
      if (!this.report.cells[claim][at].trim()) continue;
      const same = this.report.sign(claim, at, variant) !== NOT_TRIED;
      this.address({ claim, side: at, variant: same ? variant
        : this.report.worstVariant(claim, at) }, true);
      return;
    }
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || this.now?.side === null || event.target.closest("pre, .scroll, input")) return;
    event.preventDefault();
    this.step(step);
  }

  // The browser gives the focus back to whatever had it. It tells of the closing a little later:
  // by then the next case may be asked for, or be open already.
  closed() {
    if (this.dialog.open) return;
    const left = this.now;
    this.now = null;
    this.dialog.replaceChildren();
    const there = this.find(location.hash);
    if (left && there && this.name(there) === this.name(left)) {
      history.replaceState(null, "", location.pathname + location.search);
    }
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
