/* Forms: sent once, not left by accident, and the links of their error summary. */

import { find, findAll } from "./dom.js";

const sent = new WeakSet(); // forms that are on their way
const dirty = new Set(); // guarded forms with something typed

/** Send each form that changes something once, however often the button is pressed. */
function sendOnce(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  dirty.delete(form); // what is typed into another form of the page still asks before it is lost
}

function noteTyping(event) {
  const form = event.target.form ?? event.target.closest("form");
  if (form?.matches("[data-guard]") && !event.target.closest(".matrix-tools")) dirty.add(form);
}

/** Go to the control that is really there: a picker stands for its select, the first bad field for its group. */
function followSummary(event) {
  const link = event.target.closest(".error-summary a");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  target.scrollIntoView({ block: "center" });
  const inner = target.matches("fieldset") ? find('[aria-invalid="true"], input, select', target) : null;
  (target.tomselect ?? inner ?? target).focus();
}

function guardSending() {
  document.addEventListener("submit", sendOnce);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of findAll("form")) sent.delete(form);
  });
}

/** Warn before a page with something typed is left. A dialog that was given up does not warn later. */
function guardLeaving() {
  for (const form of findAll('form[data-guard="dirty"]')) dirty.add(form);
  document.addEventListener("input", noteTyping);
  document.addEventListener("change", noteTyping);
  addEventListener("beforeunload", (event) => {
    if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
  });
  document.addEventListener(
    "close",
    (event) => {
      for (const form of findAll("form", event.target)) dirty.delete(form);
    },
    true,
  );
}

/** Guard the forms of the page, and put the focus where the page wants it. */
export function startForms() {
  guardSending();
  guardLeaving();
  find("[data-focus]:not(form[data-begin] *)")?.focus(); // a form begins at the field itself
  document.addEventListener("click", followSummary);
}
