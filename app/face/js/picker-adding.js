/* The option of an empty result that leads to the add page. */

import { addParams } from "./requests.js";

const ADD = "+add"; // its key: no record has it

/** Return that option, with the words of its picker. */
export function makeAddOption(select) {
  return { id: ADD, text: select.dataset.tAdd };
}

/** Open the add page in a tab of its own, with what is typed by then; search again when one comes back. */
export function offerToAdd(picker, select) {
  const choose = picker.onOptionSelect;
  const searchAgain = (text) => {
    picker.focus();
    picker.setTextboxValue(text);
    picker.load(text);
  };
  picker.onOptionSelect = (event, option) => {
    if (option.dataset.value !== ADD) return choose.call(picker, event, option);
    const text = picker.inputValue();
    picker.close();
    open(addParams(select.dataset.add, { name: text }), "_blank", "noopener");
    addEventListener("focus", () => searchAgain(text), { once: true });
  };
}
