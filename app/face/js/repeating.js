/*
 * Repeating rows of a form (contacts): more are added by a button, and one of them may be the main one.
 * A `group` is the state of one: its root, the name its fields begin with, the number of the next row.
 */

import { find, findAll } from "./dom.js";

const NUMBERED = ["id", "name", "for", "aria-describedby"];

function listRows(group) {
  return findAll("[data-repeat-row]", group.root);
}

/** Return a row's number: the second part of its fields' names. */
function readNumber(group, row) {
  const rest = find("[name]", row).name.slice(group.name.length + 1);
  return Number(rest.split("-")[0]);
}

function isFilled(control) {
  return control.type === "checkbox" ? control.checked : control.value.trim() !== "";
}

function isBlank(row) {
  return !findAll("input, select, textarea", row).some(isFilled);
}

/** Take the empty rows away that the page brought for those without scripts: one is enough, and only where all are empty. */
function dropBlanks(group) {
  const rows = listRows(group);
  const kept = rows.every(isBlank) ? 1 : 0;
  for (const row of rows.filter(isBlank).slice(kept)) row.remove();
}

function renumber(row, group) {
  const number = new RegExp(`(^|-)${group.name}-\\d+-`);
  findAll("*", row).forEach((node) => {
    NUMBERED.forEach((key) => {
      if (node.hasAttribute(key)) node.setAttribute(key, node.getAttribute(key).replace(number, `$1${group.name}-${group.next}-`));
    });
    node.removeAttribute("aria-invalid");
    node.removeAttribute("aria-describedby");
  });
}

function empty(row) {
  findAll("input, textarea, select", row).forEach((control) => {
    if (control.type === "checkbox") control.checked = false;
    else if (control.matches("select")) control.selectedIndex = 0;
    else control.value = "";
  });
}

/** Put a fresh copy of the template before the button. */
function addRow(group, button) {
  const row = find("template", group.root).content.cloneNode(true).firstElementChild;
  renumber(row, group);
  empty(row);
  find("legend", row).textContent += ` ${listRows(group).length + 1}`;
  group.next += 1;
  button.before(row);
  find("input:not([type=hidden])", row)?.focus();
}

/** Keep at most one row the main one. */
function keepOnePrimary(event, root) {
  if (!event.target.checked || !event.target.name.endsWith("-is_primary")) return;
  findAll('[name$="-is_primary"]', root).forEach((box) => {
    box.checked = box === event.target;
  });
}

function tieGroup(root) {
  const group = { root, name: root.dataset.repeat, next: 0 };
  group.next = Math.max(-1, ...listRows(group).map((row) => readNumber(group, row))) + 1;
  dropBlanks(group);
  find("[data-repeat-add]", root)?.addEventListener("click", (event) => addRow(group, event.currentTarget));
  root.addEventListener("change", (event) => keepOnePrimary(event, root));
}

/** Tie the repeating rows of the page. */
export function startRepeating() {
  findAll("[data-repeat]").forEach(tieGroup);
}
