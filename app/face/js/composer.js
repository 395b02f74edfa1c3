/* The composer of a record's page: the key L opens it; what is chosen to be attached is named. */

import { find, isTyping } from "./dom.js";

function openByKey(event) {
  if (event.key.toLowerCase() !== "l" || isTyping(event)) return;
  const text = find("#compose-text");
  if (!text) return;
  event.preventDefault();
  text.focus();
  text.scrollIntoView({ block: "center" });
}

function nameFiles(event) {
  const names = find(".file-names", event.target.closest(".file-kind") ?? document);
  if (!event.target.matches(".file-kind input") || !names) return;
  const files = [...event.target.files];
  names.textContent = files.length > 1 ? names.dataset.tFiles.replace("{n}", files.length) : (files[0]?.name ?? "");
}

/** Open the composer by its key and keep it open once it had the focus. */
export function startComposer() {
  const composer = find("#composer");
  document.addEventListener("keydown", openByKey);
  composer?.addEventListener("focusin", () => composer.classList.add("on"));
  composer?.addEventListener("change", nameFiles);
}
