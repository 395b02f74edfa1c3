/* Strips that are longer than the window (stages, tabs): what is the present one is brought into sight, without moving the page. */

import { findAll } from "./dom.js";

function bringIntoSight(strip) {
  const present = strip.querySelector("[aria-current]");
  if (!present || strip.scrollWidth <= strip.clientWidth) return;
  const [own, whole] = [present.getBoundingClientRect(), strip.getBoundingClientRect()];
  strip.scrollLeft += own.left + own.width / 2 - whole.left - whole.width / 2;
}

/** Scroll each strip to its present step or tab. */
export function startStrips() {
  for (const strip of findAll(".stages-box, .seg")) bringIntoSight(strip);
}
