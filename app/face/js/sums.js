/* What the amounts of a list come to: of all its rows by the server, of those that are ticked by what they carry. */

import { findAll, make } from "./dom.js";
import { fetchJson } from "./requests.js";

function paintSums(place, sums) {
  place.replaceChildren(place.dataset.t, ...sums.flatMap((sum) => [" ", make("b", "", sum)]));
}

/** Ask for the sums of a list; when there is no answer its link stays. */
async function askSums(place) {
  try {
    paintSums(place, (await fetchJson(place.dataset.sums)).sums);
  } catch {
    place.removeAttribute("aria-busy");
  }
}

/** Ask at once where the list is short, else when its link is followed. */
export function startSums() {
  findAll("[data-sums]").forEach((place) => {
    if ("now" in place.dataset) askSums(place);
    place.addEventListener("click", (event) => {
      if (!event.target.closest("a") || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      place.setAttribute("aria-busy", "true");
      askSums(place);
    });
  });
}

/** Return what the ticked rows come to, a text for each currency; amounts are read as they are shown and added in cents. */
export function addTicked(boxes) {
  const sums = new Map();
  boxes.forEach((box) => {
    const place = box.closest("table").dataset.sumColumn;
    const shown = place && box.closest("tr").cells[Number(place) + 1].firstChild?.textContent;
    const [, sign, whole, cents] = shown?.match(/^(.*?)(-?[\d,]+)(?:\.(\d\d))?$/) ?? [];
    if (whole) sums.set(sign, (sums.get(sign) ?? 0n) + BigInt(whole.replaceAll(",", "") + (cents ?? "00")));
  });
  return [...sums].map(([sign, sum]) => {
    const digits = String(sum).padStart(3, "0");
    const whole = BigInt(digits.slice(0, -2)).toLocaleString("en-US");
    return `${sign}${whole}${digits.endsWith("00") ? "" : `.${digits.slice(-2)}`}`;
  });
}
