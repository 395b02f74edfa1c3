/* Sign-in: a click on a demonstration account signs in with it. */

import { find } from "./dom.js";

/** Tie the buttons of the demonstration's accounts. */
export function startDemoAccounts() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-demo]");
    if (!button) return;
    find("#username").value = button.dataset.demo;
    find("#password").value = button.dataset.demoPassword;
    find("#password").form.requestSubmit();
  });
}
