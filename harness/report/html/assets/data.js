// The data of the page, unpacked, and what is looked up in it.

export async function unpack(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Report(JSON.parse(await new Response(stream).text()));
}

// The signs of a cell are one letter for each variant of the claim; a blank was not tried.
export const NOT_TRIED = " ";
export const CLASSES = {
  "-": "unsupported", "·": "pass", v: "varies", k: "known", "?": "inconclusive", F: "fail",
  B: "broken", [NOT_TRIED]: "untried",
};

export class Report {
  constructor(data) {
    Object.assign(this, data);
    this.columns = data.sides.slice(0, data.tried);
    this.rank = new Map(data.signs.map(([sign], rank) => [sign, rank]));
    this.meaning = new Map([...data.signs, [NOT_TRIED, "not tried"]]);
    this.evidence = data.evidence.map((one) =>
      typeof one === "number" ? { why: data.whys[one] } : one);
    this.where = new Map(this.evidence.map((_, at) =>
      [data.told.slice(4 * at, 4 * at + 3).join(), at]));
    this.sourceOf = new Map();
    for (const source of data.sources) {
      for (const record of source.records) this.sourceOf.set(`${record},${source.id}`, source);
    }
    const tags = new Map(data.sources.map((source) => [source.id, source.tags]));
    this.claims.forEach((claim, number) => {
      claim.number = number;
      claim.tags = tags.get(claim.id) ?? [];
      claim.searched = [claim.id, claim.claim, ...claim.spec, ...claim.variants, ...claim.tags]
        .join("\n").toLowerCase();
    });
    this.tags = [...new Set(this.claims.flatMap((claim) => claim.tags))].sort();
    this.families = groups(this.claims, (claim) => claim.family);
    this.worst = this.cells.map((row) => row.map((signs) => this.worstOf(signs)));
  }

  worstOf(signs) {
    let worst = NOT_TRIED;
    let highest = -1;
    for (const sign of signs) {
      const rank = this.rank.get(sign) ?? -1;
      if (rank > highest) [worst, highest] = [sign, rank];
    }
    return worst;
  }

  // The text of a scenario as the record of a case has it; else as any record has it.
  source(claim, record) {
    const id = this.claims[claim].id;
    return this.sourceOf.get(`${record},${id}`) ?? this.sources.find((one) => one.id === id);
  }

  evidenceOf(claim, side, variant) {
    const at = this.where.get([claim, side, variant].join());
    return at === undefined ? null : { record: this.told[4 * at + 3], ...this.evidence[at] };
  }

  // The whole script: behind its beginning come parts that many scripts share.
  script(evidence) {
    const parts = (evidence.script_needs ?? []).map((name) => this.parts[name] ?? "");
    return [evidence.script, ...parts].join("");
  }

  sign(claim, side, variant) {
    return this.cells[claim][side][variant] ?? NOT_TRIED;
  }

  worstVariant(claim, side) {
    return Math.max(0, this.cells[claim][side].indexOf(this.worst[claim][side]));
  }

  caseId(claim, side, variant) {
    const { id, variants } = this.claims[claim];
    return `${id}[${variants[variant]}${this.suffixes[side]}]`;
  }

  // Whether columns disagree. Who could not be asked has not disagreed.
  differs(claim) {
    return new Set(this.worst[claim].filter((sign) => sign !== NOT_TRIED && sign !== "-")).size > 1;
  }
}

export function groups(list, key) {
  const found = new Map();
  for (const one of list) {
    if (!found.has(key(one))) found.set(key(one), []);
    found.get(key(one)).push(one);
  }
  return found;
}
