/* Forms by keyboard: where the focus begins, and Ctrl+Enter, which saves. */

import { find, findAll } from "./dom.js";

const CONTROLS = "input:not([type=hidden]):not([readonly]):not([disabled]), select, textarea";

function isShown(control) {
  return control.tomselect ? true : (control.checkVisibility?.() ?? control.offsetParent !== null);
}

/** Return the control where one begins: the first that is wrong, else the first that is empty or a text, else none. */
function findFirst(form) {
  const wrong = find('[aria-invalid="true"]', form);
  if (wrong) return wrong.matches(CONTROLS) ? wrong : find(CONTROLS, wrong);
  return findAll(CONTROLS, form).find((control) => isShown(control) && !(control.matches("select[data-remote]") && control.value));
}

/** Put the focus on a control; a picker opens by it. */
export function focusControl(control) {
  control.closest("details:not([open])")?.setAttribute("open", "");
  (control.tomselect ?? control).focus();
}

/** Begin a form at its first field. On phones a keyboard would cover the form. */
export function beginForm() {
  const form = find("form[data-begin]");
  if (!form || matchMedia("(pointer: coarse)").matches) return;
  const first = findFirst(form);
  if (first) focusControl(first);
}

function saveByKeys(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form[data-guard]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(find("button[type=submit]:not([name])", form));
}

/** Tie Ctrl+Enter, and begin where there is no picker to wait for. */
export function startFormKeys() {
  document.addEventListener("keydown", saveByKeys);
  if (!find("form[data-begin] select[data-remote]")) beginForm();
}
