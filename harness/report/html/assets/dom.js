// Elements made of data. Text becomes text nodes, so nothing of the data is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function h(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function s(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

// A piece of data inside a sentence: its direction stays its own.
export function code(text) {
  return h("code", { dir: "ltr" }, text);
}

// Thousands apart by a narrow space.
export function grouped(number) {
  return number.toLocaleString("en").replaceAll(",", "\u202f");
}

export function plural(number, word, several = `${word}s`) {
  return `${grouped(number)} ${number === 1 ? word : several}`;
}

// What is copied may have more behind it than is shown.
export function copyable(text, label, whole = text) {
  const said = h("span", { class: "said", role: "status" });
  const area = h("pre", { class: "copy", dir: "ltr", tabindex: "0", "aria-label": label }, text);
  const button = h("button", { type: "button", class: "small", onclick: copy }, "copy");
  async function copy() {
    try {
      await navigator.clipboard.writeText(whole);
      said.textContent = "copied";
    } catch {
      area.textContent = whole;
      getSelection().selectAllChildren(area); // no permission: one key is left to press
      said.textContent = "selected";
    }
  }
  return h("div", { class: "copyable" }, area, h("div", {}, button, said));
}
