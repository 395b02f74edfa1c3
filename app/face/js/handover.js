/* Handover: only what the chosen way of dividing asks for is shown, and long lists of rows can be searched. */

import { find, findAll } from "./dom.js";

function showPart(part, way) {
  findAll("[data-only-for]", part).forEach((node) => {
    node.hidden = node.dataset.onlyFor !== way;
  });
  findAll("[data-not-for]", part).forEach((node) => {
    node.hidden = node.dataset.notFor.split(" ").includes(way);
  });
}

/** Show the rows of the table below that hold what is typed; what is hidden is sent all the same. */
function findRows(input) {
  const text = input.value.trim().toLowerCase();
  findAll("tbody tr", input.closest("details")).forEach((row) => {
    row.hidden = !find("th", row).textContent.toLowerCase().includes(text);
  });
}

/** Tie each part of the plan to its way of dividing. */
export function startDivision() {
  findAll("[data-division]").forEach((part) => {
    const way = find("[data-way]", part);
    way.addEventListener("change", () => showPart(part, way.value));
    showPart(part, way.value);
  });
  findAll("[data-find-rows]").forEach((input) => {
    input.addEventListener("input", () => findRows(input));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // it would send the plan
    });
  });
}
