/* Pickers by Tom Select, which is fetched only when a page has one. */

import { find, findAll, make, words } from "./dom.js";
import { beginForm } from "./form-keys.js";
import { describePicker, makeSettings } from "./picker-base.js";
import { startRemotePicker } from "./remote-picker.js";

function startMultiPicker(select) {
  // What was typed has found its one: the next search begins with an empty box.
  describePicker(new TomSelect(select, { ...makeSettings(), clearAfterSelect: true }), select);
}

function tiePickers() {
  findAll("select[data-multi]").forEach(startMultiPicker);
  findAll("select[data-remote]").forEach(startRemotePicker);
  beginForm();
}

/** Fetch Tom Select where the page has a picker, then make its pickers. */
export function startPickers() {
  if (!find("select[data-multi], select[data-remote]")) return;
  const style = make("link");
  style.rel = "stylesheet";
  style.href = words.selectCss;
  // before our own style sheet, which corrects it
  document.head.insertBefore(style, find('link[href*="ui/app.css"]'));
  const script = make("script");
  script.src = words.selectJs;
  script.addEventListener("load", tiePickers);
  document.head.append(script);
}
