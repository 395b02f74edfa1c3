/* The band of a case's steps: open where there is room, closed on a phone, where its first line says where the case stands. */

import { findAll } from "./dom.js";

const PHONE = "(max-width: 767.98px)";

export function startBands() {
  if (!matchMedia(PHONE).matches) return;
  for (const band of findAll("[data-band]")) band.open = false;
}
