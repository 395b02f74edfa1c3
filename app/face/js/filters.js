/* The filters above a list: sent on a choice, empty ones kept out of the address, back to the same control. */

import { find, findAll } from "./dom.js";

const LAST = "filter"; // in the session's storage: the control that was used last

function sendOnChoice(form) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-auto-submit]")) {
      sessionStorage.setItem(LAST, event.target.name);
      form.requestSubmit();
    }
  });
}

/** Keep empty controls out of the address; they work again after “back”. */
function leaveOutEmpty(form) {
  form.addEventListener("submit", () => {
    findAll("input, select", form).forEach((control) => {
      control.disabled = control.value === "";
    });
  });
  addEventListener("pageshow", () => {
    findAll(":disabled", form).forEach((control) => {
      control.disabled = false;
    });
  });
}

function focusLast(form) {
  const last = sessionStorage.getItem(LAST);
  sessionStorage.removeItem(LAST);
  if (last) find(`[name="${CSS.escape(last)}"]`, form)?.focus({ preventScroll: true });
}

/** Tie the filters of every list of the page. */
export function startFilters() {
  findAll("[data-filters]").forEach((form) => {
    sendOnChoice(form);
    leaveOutEmpty(form);
    focusLast(form);
  });
}
