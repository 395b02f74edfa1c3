/* What all pickers share. */

import { make, words } from "./dom.js";

/** Return the settings that every picker begins with. */
export function makeSettings() {
  return {
    maxOptions: null,
    plugins: { remove_button: { title: words.tRemove } },
    render: {
      no_results: () => make("div", "no-results", words.tNone),
    },
  };
}

/** Name what Tom Select makes beside the label, which it takes over itself, and pass the state of the field on. */
export function describePicker(picker, select) {
  const label = `${select.id}-label`;
  select.setAttribute("aria-labelledby", label);
  picker.dropdown_content.setAttribute("aria-labelledby", label);
  ["aria-invalid", "aria-required"].forEach((name) => {
    if (select.hasAttribute(name)) picker.control_input.setAttribute(name, select.getAttribute(name));
  });
}
