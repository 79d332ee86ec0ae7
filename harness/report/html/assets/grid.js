// A table that is walked with the arrows: one cell at a time can be tabbed to.

const STEPS = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  Home: [0, -Infinity], End: [0, Infinity], PageUp: [-12, 0], PageDown: [12, 0],
};

export function walkable(table, { enter, arrive }) {
  let here = null;
  function go(cell) {
    if (!cell) return;
    here?.removeAttribute("tabindex");
    here = cell;
    here.tabIndex = 0;
    arrive(here);
    here.focus();
  }
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") enter(cell);
    else if (STEPS[event.key]) go(stepped(table, cell, ...STEPS[event.key]));
    else return;
    event.preventDefault();
  });
  table.addEventListener("mousedown", (event) => {
    const cell = event.target.closest("td.case");
    if (cell) go(cell);
  });
  // The way in: the first cell, until the reader has been elsewhere.
  here = table.querySelector("tbody td");
  if (here) here.tabIndex = 0;
}

function stepped(table, cell, down, right) {
  const rows = [...table.tBodies].filter((body) => !body.hidden)
    .flatMap((body) => [...body.rows].filter((row) => !row.hidden));
  const row = bounded(rows.indexOf(cell.parentElement) + down, rows.length);
  const cells = rows[row].querySelectorAll("td");
  const own = [...cell.parentElement.querySelectorAll("td")].indexOf(cell);
  return cells[bounded(own + right, cells.length)];
}

function bounded(number, length) {
  return Math.min(Math.max(number, 0), length - 1);
}
