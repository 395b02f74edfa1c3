/*
 * The role editor: a search over the rights, counts, and ticking whole rows and columns.
 * A `matrix` is the state of one: its root, all its boxes, and its tools.
 */

import { find, findAll } from "./dom.js";

function countTicked(boxes) {
  return boxes.filter((box) => box.checked).length;
}

function paintCounts({ root, boxes, output }) {
  output.textContent = output.dataset.t.replace("{n}", countTicked(boxes)).replace("{m}", boxes.length);
  findAll("details", root).forEach((group) => {
    const own = findAll("tbody [type=checkbox]", group);
    find("[data-matrix-group]", group).textContent = `${countTicked(own)} / ${own.length}`;
  });
}

/** Show the rows that the search names and, where only granted ones are wanted, that have a tick; and groups with any. */
function filterRows({ root, search, granted }) {
  const text = search.value.trim().toLowerCase();
  findAll("tbody tr", root).forEach((row) => {
    const own = findAll("[type=checkbox]", row);
    const all = row.textContent + own.map((box) => box.getAttribute("aria-label")).join(" ");
    row.hidden = (text && !all.toLowerCase().includes(text)) || (granted.checked && !countTicked(own));
  });
  findAll("details", root).forEach((group) => {
    group.hidden = findAll("tbody tr", group).every((row) => row.hidden);
  });
}

/** Tick all, or none where all are ticked. */
function flip(boxes) {
  const on = countTicked(boxes) < boxes.length;
  boxes.forEach((box) => {
    box.checked = on;
  });
  boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
}

function answerClick(event) {
  const column = event.target.closest("[data-matrix-col]");
  const row = event.target.closest("[data-matrix-row]");
  if (column) {
    const cells = findAll(`[data-col="${column.dataset.matrixCol}"]`, column.closest("table"));
    flip(cells.filter((box) => !box.closest("tr").hidden));
  }
  if (row) flip(findAll("[type=checkbox]", row.closest("tr")));
}

function tieMatrix(root) {
  const matrix = {
    root,
    boxes: findAll("tbody [type=checkbox]", root),
    output: find("[data-matrix-count]", root),
    search: find("[data-matrix-filter]", root),
    granted: find("[data-matrix-granted]", root),
  };
  root.addEventListener("click", answerClick);
  root.addEventListener("change", () => paintCounts(matrix));
  matrix.search.addEventListener("input", () => filterRows(matrix));
  matrix.granted.addEventListener("change", () => filterRows(matrix));
  matrix.search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // it would save the form
  });
  paintCounts(matrix);
}

/** Tie the role editor where the page has one. */
export function startRoleMatrix() {
  findAll("[data-matrix]").forEach(tieMatrix);
}
