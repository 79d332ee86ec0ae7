// A scenario as written, its failing step marked.

import { h } from "./dom.js";

const KEY_OF_YAML = /^(\s*(?:- )?)([\w#-]+)(:)(\s.*|)$/;

// `failed` is the line of the step in the file; null marks nothing.
export function scenario(source, failed) {
  const lines = source.text.split("\n").map((text, at) => {
    const number = source.line + at;
    const here = number === failed;
    return h("span", { class: here ? "line failed" : "line" },
      h("span", { class: "gutter", "aria-hidden": here ? null : "true" },
        here ? `▶ ${number}` : String(number)),
      h("span", { class: "yaml" }, coloured(text)), "\n");
  });
  const said = failed === null ? "" : `, the failing step is line ${failed}`;
  return h("pre", { class: "source", dir: "ltr", tabindex: "0",
    "aria-label": `the scenario as written${said}` }, lines);
}

function coloured(text) {
  if (text.trimStart().startsWith("#")) return h("i", {}, text);
  const found = KEY_OF_YAML.exec(text);
  return found ? [found[1], h("b", {}, found[2]), found[3], found[4]] : text;
}
