/* Dialogs, and the question before what cannot be taken back. */

import { find, findAll } from "./dom.js";

const confirmed = new WeakSet(); // buttons whose question was just answered with yes

/** Ask with the page's one dialog; its button repeats the words of the button that was pressed. */
function askFirst(button) {
  const dialog = find("#confirm");
  const ok = find("[value=ok]", dialog);
  const isDanger = button.matches(".danger, .btn-danger");
  find("p", dialog).textContent = button.dataset.confirm;
  ok.textContent = button.textContent.trim();
  ok.classList.toggle("btn-danger", isDanger);
  ok.classList.toggle("btn-primary", !isDanger);
  dialog.returnValue = "";
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue !== "ok") return;
      confirmed.add(button);
      button.form.requestSubmit(button);
      confirmed.delete(button);
    },
    { once: true },
  );
  dialog.showModal();
}

/** Open and close dialogs by their buttons; those that came with an error are open from the start. */
export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault(); // a step of a stage bar would send itself; without scripts the server answers with the dialog
      document.getElementById(opener.dataset.dialog).showModal();
    }
    event.target.closest("[data-dialog-close]")?.closest("dialog").close();
  });
  for (const dialog of findAll("dialog[data-open]")) dialog.showModal();
}

/** Let any submit button with data-confirm ask first. */
export function startQuestions() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (!button || confirmed.has(button)) return;
    event.preventDefault();
    askFirst(button);
  });
}
