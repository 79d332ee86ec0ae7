// Light, dark, or as the system says. The choice stays with the page where the browser lets it.

import { h } from "./dom.js";

const CHOICES = ["auto", "light", "dark"];
const SIGNS = { auto: "◐", light: "○", dark: "●" };
const REMEMBERED_AS = "sockharness-theme";

export function themeSwitch() {
  let now = rememberedChoice();
  const button = h("button", { type: "button", class: "small", id: "theme", onclick: next });
  function paint() {
    document.documentElement.dataset.theme = now;
    button.textContent = `${SIGNS[now]} ${now}`;
    button.setAttribute("aria-label", `colours: ${now}; press for the next`);
  }
  function next() {
    now = CHOICES[(CHOICES.indexOf(now) + 1) % CHOICES.length];
    try {
      localStorage.setItem(REMEMBERED_AS, now);
    } catch {
      // a page from a file may not be allowed to remember
    }
    paint();
  }
  paint();
  return button;
}

function rememberedChoice() {
  try {
    const found = localStorage.getItem(REMEMBERED_AS);
    return CHOICES.includes(found) ? found : "auto";
  } catch {
    return "auto";
  }
}
