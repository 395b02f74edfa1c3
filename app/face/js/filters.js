/* The filters above a list: empty ones are kept out of the address, the focus comes back to the facet that was used. */

import { find, findAll } from "./dom.js";
import { startFacets } from "./facets.js";

const LAST = "filter"; // in the session's storage: the facet that was used last

/** Keep empty controls and the boxes of searches out of the address; they work again after “back”. */
function leaveOutEmpty(form) {
  form.addEventListener("submit", () => {
    findAll("input", form).forEach((control) => {
      control.disabled = control.value === "" || control.matches("[data-find]");
    });
  });
  addEventListener("pageshow", () => {
    findAll(":disabled", form).forEach((control) => {
      control.disabled = false;
    });
  });
}

function rememberFacet(form) {
  form.addEventListener("submit", (event) => {
    const facet = event.submitter?.closest("[data-facet]");
    if (facet) sessionStorage.setItem(LAST, facet.dataset.facet);
  });
  const last = sessionStorage.getItem(LAST);
  sessionStorage.removeItem(LAST);
  if (last) find(`[data-facet="${CSS.escape(last)}"] > summary`, form)?.focus({ preventScroll: true });
}

/** Tie the filters of every list of the page. */
export function startFilters() {
  findAll("[data-filters]").forEach((form) => {
    leaveOutEmpty(form);
    rememberFacet(form);
    startFacets(form);
  });
}
