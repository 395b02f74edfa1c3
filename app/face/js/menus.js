/* Menus: <details class="menu"> closes on Escape and on a click elsewhere, and its items are walked by arrow keys. */

import { find, findAll } from "./dom.js";
import { closeRowMenu } from "./row-menu.js";

function closeMenus(except) {
  findAll("details.menu[open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
}

/** Hang a panel that would leave the window from the other end of its button. */
function turnPanel(menu) {
  const panel = find(".menu-panel", menu);
  const spot = panel.getBoundingClientRect();
  if (spot.right > innerWidth) panel.classList.add("menu-end");
  else if (spot.left < 0) panel.classList.remove("menu-end");
}

function moveInMenu(event) {
  const menu = event.target.closest("details.menu[open], [data-row-menu]");
  const items = menu ? findAll(".menu-item", menu) : [];
  if (!items.length || event.target.matches("input, select")) return;
  event.preventDefault();
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length].focus();
}

function answerClick(event) {
  // A dialog gives the focus back to the item of the menu that opened it: both menus wait behind it.
  if (!event.target.closest("dialog")) {
    closeMenus(event.target.closest("details.menu"));
    if (!event.target.closest("[data-row], [data-row-menu]")) closeRowMenu();
  }
  if (event.target.closest("[data-close]")) event.target.closest(".note, .toast-line").remove();
}

function answerKey(event) {
  if (event.key === "Escape" && !find("dialog[open]")) {
    const menu = event.target.closest("details.menu[open]");
    closeMenus();
    menu?.querySelector("summary").focus();
    closeRowMenu(true);
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") moveInMenu(event);
}

/** Let menus close, turn and be walked, and notes be dismissed. */
export function startMenus() {
  document.addEventListener(
    "toggle",
    (event) => {
      if (!event.target.matches("details.menu[open]")) return;
      turnPanel(event.target);
      find("[data-first]", event.target)?.focus(); // where one types, in a panel that is a form
    },
    true,
  );
  document.addEventListener("click", answerClick);
  document.addEventListener("keydown", answerKey);
}
