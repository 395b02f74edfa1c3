/* The menu of a row: there is one a list; it moves to the button that was pressed and takes the row's key and name. */

import { find, findAll } from "./dom.js";
import { readName } from "./rows.js";

let openRow = null; // the button whose menu is open

/** Close the row's menu, if one is open. */
export function closeRowMenu(withFocus = false) {
  if (!openRow) return;
  find("[data-row-menu]", openRow.closest(".listing")).hidden = true;
  openRow.setAttribute("aria-expanded", "false");
  if (withFocus) openRow.focus();
  openRow = null;
}

/** Point the menu's links, forms and questions at the row of a button. */
function fillMenu(menu, button) {
  const name = readName(button.closest("tr"));
  findAll("[data-base]", menu).forEach((target) => {
    const url = target.dataset.base + encodeURIComponent(button.dataset.row);
    if (target.matches("form")) target.action = url;
    else target.href = url;
  });
  findAll("[data-confirm-t]", menu).forEach((target) => {
    target.dataset.confirm = target.dataset.confirmT.replace("{name}", name);
  });
}

/** Show the menu below its button, or above where the window ends. */
function placeMenu(menu, button) {
  menu.hidden = false;
  const spot = button.getBoundingClientRect();
  const below = spot.bottom + menu.offsetHeight + 8 < innerHeight;
  menu.style.top = `${below ? spot.bottom + 2 : spot.top - menu.offsetHeight - 2}px`;
  menu.style.left = `${Math.max(8, spot.right - menu.offsetWidth)}px`;
}

function openRowMenu(button) {
  const menu = find("[data-row-menu]", button.closest(".listing"));
  fillMenu(menu, button);
  placeMenu(menu, button);
  button.setAttribute("aria-expanded", "true");
  openRow = button;
  find(".menu-item", menu)?.focus({ focusVisible: true });
}

/** Open the menu by the row's button; close it by the button again, by scrolling, and as the focus leaves. */
export function startRowMenu() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row]");
    if (!button) return;
    const again = button === openRow;
    closeRowMenu();
    if (!again) openRowMenu(button);
  });
  addEventListener("scroll", () => closeRowMenu(), { passive: true });
  addEventListener("resize", () => closeRowMenu());
  document.addEventListener("focusin", (event) => {
    if (openRow && !event.target.closest("[data-row], [data-row-menu], dialog")) closeRowMenu();
  });
}
