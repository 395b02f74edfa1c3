/* Ticking rows, and the bar of what can be done with all that are ticked. */

import { find } from "./dom.js";
import { readBoxes } from "./rows.js";
import { addTicked } from "./sums.js";

function paintBulk() {
  const bar = find("[data-bulk]");
  if (!bar) return;
  const boxes = readBoxes();
  const chosen = boxes.filter((box) => box.checked);
  const ticked = chosen.length;
  const all = find("[data-check-all]");
  bar.classList.toggle("on", ticked > 0);
  find("[data-bulk-count]", bar).textContent = bar.dataset.tCount.replace("{n}", ticked);
  find("[data-bulk-sum]", bar).textContent = addTicked(chosen).join("  ");
  all.checked = ticked > 0 && ticked === boxes.length;
  all.indeterminate = ticked > 0 && !all.checked;
}

function tickAll(on) {
  readBoxes().forEach((box) => {
    box.checked = on;
  });
  paintBulk();
}

/** Show the bar while rows are ticked, also after “back”: the browser keeps ticks. */
export function startBulk() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-check-all]")) tickAll(event.target.checked);
    else if (event.target.matches("[name=rowid]")) paintBulk();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-bulk-clear]")) tickAll(false);
  });
  addEventListener("pageshow", paintBulk);
}
