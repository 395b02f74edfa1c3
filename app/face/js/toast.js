/* The line that says what was done: it goes after six seconds, unless the pointer or the focus is on it. */

import { find } from "./dom.js";

const SHOWN = 6000;

function isHeld(toast) {
  return toast.matches(":hover") || toast.contains(document.activeElement);
}

/** Let the line go, now or as soon as nothing holds it. */
function letGo(toast) {
  if (!isHeld(toast)) {
    toast.remove();
    return;
  }
  const again = () => setTimeout(letGo, SHOWN / 2, toast);
  toast.addEventListener("pointerleave", again, { once: true });
  toast.addEventListener("focusout", again, { once: true });
}

/** Say the line once more: readers tell what changes in a status, not what the page came with. */
function announce(toast) {
  const line = find("div", toast);
  const said = line.textContent;
  line.textContent = "";
  requestAnimationFrame(() => {
    line.textContent = said;
  });
}

/** Let the line that the page came with be heard, and go. */
export function startToast() {
  const toast = find("[data-toast]");
  if (!toast) return;
  announce(toast);
  setTimeout(letGo, SHOWN, toast);
}
