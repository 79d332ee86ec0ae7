// From milliseconds to pixels. Time runs evenly everywhere; where nothing happens for long, a piece
// of it is cut out, and the drawing says how much. On one scale nothing is cut.

const TYPICAL = 20; // pixels between two events as far apart as most are
const CUT = 64; // pixels beyond which nothing happening is cut
const ONE_SCALE = 460; // pixels of a whole timeline that is not cut

export function timeScale(calls, whole) {
  const moments = [...new Set(calls.flatMap(([, , begin, end]) => [begin, end ?? begin]))]
    .sort((one, other) => one - other);
  const gaps = moments.slice(1).map((moment, at) => moment - moments[at]);
  const length = moments[moments.length - 1] - moments[0] || 1;
  const perMs = whole ? ONE_SCALE / length : TYPICAL / (middle(gaps) || length);
  const places = new Map();
  const cuts = [];
  let y = 0;
  moments.forEach((moment, at) => {
    const pixels = at ? gaps[at - 1] * perMs : 0;
    if (!whole && pixels > CUT) {
      cuts.push({ y: y + CUT / 2, ms: gaps[at - 1] });
      y += CUT;
    } else {
      y += pixels;
    }
    places.set(moment, y);
  });
  return { y: (moment) => places.get(moment), height: y, cuts, perMs };
}

function middle(numbers) {
  const sorted = numbers.filter((one) => one > 0).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

export function milliseconds(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 100 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(ms >= 10 ? 1 : 2)} ms`;
}

// Places for labels: as near as can be to where they belong, never on each other.
export function spread(wanted, room) {
  const order = wanted.map((_, at) => at).sort((a, b) => wanted[a] - wanted[b]);
  const places = [];
  let free = -Infinity;
  for (const at of order) {
    places[at] = Math.max(wanted[at], free);
    free = places[at] + room;
  }
  return places;
}
