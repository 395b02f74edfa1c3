/* The tabs of a record: the open one stands in the address. */

import { find } from "./dom.js";

function showTab() {
  const tab = document.getElementById(`tab-${decodeURIComponent(location.hash.slice(1))}`);
  if (tab?.matches("[data-bs-toggle=tab]")) bootstrap.Tab.getOrCreateInstance(tab).show();
}

/** Move the strip, which is longer than the window on phones, and never the page. */
function bringIntoSight(tab) {
  const strip = tab.closest("[data-tabs]");
  const [own, whole] = [tab.getBoundingClientRect(), strip.getBoundingClientRect()];
  strip.scrollLeft += own.left + own.width / 2 - whole.left - whole.width / 2;
}

/** Open the tab that the address names, and name the open one there. */
export function startTabs() {
  if (!find("[data-tabs]")) return;
  document.addEventListener("shown.bs.tab", (event) => {
    history.replaceState(null, "", `#${event.target.id.slice("tab-".length)}`);
    bringIntoSight(event.target);
  });
  addEventListener("hashchange", showTab);
  showTab();
}
