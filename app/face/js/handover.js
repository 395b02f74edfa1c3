/* Handover: only what the chosen way of dividing asks for is shown. */

import { find, findAll } from "./dom.js";

function showPart(part, way) {
  findAll("[data-only-for]", part).forEach((node) => {
    node.hidden = node.dataset.onlyFor !== way;
  });
  findAll("[data-not-for]", part).forEach((node) => {
    node.hidden = node.dataset.notFor.split(" ").includes(way);
  });
}

/** Tie each part of the plan to its way of dividing. */
export function startDivision() {
  findAll("[data-division]").forEach((part) => {
    const way = find("[data-way]", part);
    way.addEventListener("change", () => showPart(part, way.value));
    showPart(part, way.value);
  });
}
