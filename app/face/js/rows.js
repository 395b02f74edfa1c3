/* The rows of a list: a click anywhere opens the record; what comes bare, to keep a long list light, is named here. */

import { find, findAll, make } from "./dom.js";

/** Return the tick boxes of a list. A page after the list carries the same fields hidden. */
export function readBoxes() {
  return findAll(".rows [name=rowid]");
}

/** Tick a box by its whole cell: on a phone the box alone is smaller than a finger. */
function tickByCell(event) {
  if (event.target.matches("tbody td")) find(":scope > input[type=checkbox]", event.target)?.click();
}

/** Follow the link of the row's first cell. */
function openRecord(event) {
  const row = event.target.closest(".rows tbody tr");
  if (!row || event.target.closest("a, button, input, label, td:has([name=rowid]), .act")) return;
  if (getSelection().toString()) return;
  const link = find("th a", row);
  if (!link) return;
  if (event.ctrlKey || event.metaKey) open(link.href);
  else link.click();
}

/** Return what a row is called: the first line of its head. */
export function readName(row) {
  const head = find("th", row);
  return (find("a", head) ?? head).firstChild.textContent.trim();
}

function nameBox(box) {
  const row = box.closest("tr");
  box.setAttribute("aria-label", row.closest("table").dataset.tSelect.replace("{name}", readName(row)));
}

/** Give each row the button of its menu: its key is that of the record that its link opens. */
function addButtons(table) {
  findAll("tbody tr", table).forEach((row) => {
    const head = find("th", row);
    const key = find("[name=rowid]", row)?.value ?? find("a", head)?.pathname.split("/").pop();
    if (!key) return;
    const button = make("button");
    button.dataset.row = key;
    button.setAttribute("aria-label", table.dataset.tActions.replace("{name}", readName(row)));
    button.setAttribute("aria-expanded", "false");
    row.append(make("td", "act", button));
  });
}

/** Let a click on a row open its record, and give each row's box and button the row's name. */
export function startRows() {
  document.addEventListener("click", openRecord);
  document.addEventListener("click", tickByCell);
  readBoxes().forEach(nameBox);
  findAll("[data-t-actions]").forEach(addButtons);
}

/** Write the column's name to each cell that is only a number or a date. */
function labelCells() {
  findAll(".rows").forEach((table) => {
    const heads = findAll("thead tr > *", table).map((cell) => cell.textContent.trim());
    findAll("tbody td", table).forEach((cell) => {
      const label = heads[cell.cellIndex];
      if (label && /^[\d\s:.,¥%+-]+$/.test(cell.textContent)) cell.dataset.label = label;
    });
  });
}

/** Label cells once the window is as narrow as a phone, where the column heads are gone. */
export function startCellLabels() {
  const phone = matchMedia("(max-width: 767.98px)");
  if (phone.matches) labelCells();
  else phone.addEventListener("change", labelCells, { once: true });
}
