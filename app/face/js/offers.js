/* A number that is typed: what the server offers for it fills the list of the control, whose values are the numbers themselves. */

import { findAll } from "./dom.js";
import { addParams, debounce, fetchJson, PAUSE } from "./requests.js";

/** Put what was found into the control's list. */
function fill(list, results) {
  list.replaceChildren(
    ...results
      .filter((row) => row.number)
      .map((row) => {
        const option = document.createElement("option");
        option.value = row.number;
        option.label = row.text;
        return option;
      }),
  );
}

/** Ask what there is for what was typed; without an answer the control stays a plain one. */
async function offer(control) {
  const found = await fetchJson(addParams(control.dataset.offers, { q: control.value })).catch(() => ({ results: [] }));
  fill(control.list, found.results);
}

export function startOffers() {
  for (const control of findAll("[data-offers]")) {
    const later = debounce(offer, PAUSE);
    control.addEventListener("input", () => later(control));
    control.addEventListener("focus", () => later(control), { once: true });
  }
}
