/* The frame: the switch between light and dark, the side menu, printing. */

import { find } from "./dom.js";

/** Switch between light and dark, and keep the choice in this browser (theme.js reads it before the first paint). */
export function startThemeSwitch() {
  find("[data-theme-switch]")?.addEventListener("click", () => {
    const root = document.documentElement;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      /* storage is switched off: the choice lasts for this page */
    }
    dispatchEvent(new Event("themechange"));
  });
}

/** Name the side menu as a dialog only while it is an open drawer. */
export function startSideMenu() {
  const side = find("#side");
  side?.addEventListener("show.bs.offcanvas", () => side.setAttribute("aria-labelledby", "brand"));
  side?.addEventListener("hidden.bs.offcanvas", () => side.removeAttribute("aria-labelledby"));
}

/** Print the page from its button. */
export function startPrinting() {
  find("[data-print]")?.addEventListener("click", () => print());
}
