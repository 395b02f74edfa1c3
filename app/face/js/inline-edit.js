/*
 * Forms that open in the page. Their links work by themselves: the server answers with the whole page, the form open in
 * it. Here that page is fetched and the one part put in its place, so that nothing else moves.
 */

import { find } from "./dom.js";

/** Put the part with this id from the page at an address in the place of ours; return it, null when there is none. */
async function swapPart(id, url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [ours, theirs] = [document.getElementById(id), page.getElementById(id)];
  if (!ours || !theirs) return null;
  ours.replaceWith(theirs);
  return theirs;
}

async function open(event, link) {
  event.preventDefault();
  const part = await swapPart(link.dataset.inline, link.href);
  if (!part) {
    location.assign(link.href);
    return;
  }
  const first = find('.inline-form :is(input:not([type="hidden"]), textarea, select)', part);
  first?.focus();
  first?.select?.();
}

async function cancel(event, link) {
  event.preventDefault();
  const id = link.closest("[id]:not(form)").id;
  const part = await swapPart(id, link.href);
  if (!part) location.assign(link.href);
  find("[data-inline]", part ?? document)?.focus();
}

/** Open and give up forms in place; Escape gives up too. */
export function startInlineEdit() {
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const [opener, canceller] = [event.target.closest("a[data-inline]"), event.target.closest("a[data-inline-cancel]")];
    if (opener) open(event, opener);
    else if (canceller) cancel(event, canceller);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return; // an input method gives a word up by the same key
    const link = event.target.closest?.(".inline-form")?.querySelector("[data-inline-cancel]");
    link?.click();
  });
}
