/*
 * The quick search of the top bar: a combobox over what the server finds while one types.
 * A `box` is the state of one search: its form, input, list and status line, the running question, the marked place.
 */

import { find, findAll, isTyping, make, makeBadge, makeLink, words } from "./dom.js";
import { addParams, debounce, fetchJson, PAUSE } from "./requests.js";

function show(box, on) {
  box.list.hidden = !on;
  box.input.setAttribute("aria-expanded", String(on));
  box.input.removeAttribute("aria-activedescendant");
  box.at = -1;
}

function addOption(box, url, css, ...children) {
  const option = makeLink(url, "");
  option.className = css;
  option.id = `quick-${box.list.childElementCount}`;
  option.tabIndex = -1;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  option.append(...children);
  box.list.append(option);
}

function paint(box, answer, text) {
  const everything = addParams(box.form.action, { q: text }).href;
  box.list.replaceChildren();
  answer.results.forEach((hit) => {
    const name = make("span", "", hit.text, make("small", "", hit.number ?? ""));
    addOption(box, hit.url, "", name, makeBadge(hit.status, hit.tone));
  });
  if (answer.more) addOption(box, everything, "quick-all", words.tAll);
  box.status.textContent = answer.results.length ? "" : words.tNone;
  if (!answer.results.length) addOption(box, everything, "", make("span", "meta", words.tNone));
  show(box, true);
}

/** Ask for what is typed; only the last question counts. */
async function look(box) {
  const text = box.input.value.trim();
  box.running?.abort();
  if (!text) {
    show(box, false);
    return;
  }
  box.running = new AbortController();
  try {
    paint(box, await fetchJson(addParams(box.form.dataset.quick, { q: text }), box.running.signal), text);
  } catch (error) {
    if (error.name === "AbortError") return;
    show(box, false);
    box.status.textContent = words.tFailed;
  }
}

/** Mark the next option, or the one before; the ends meet. */
function moveMark(box, options, step) {
  options[box.at]?.setAttribute("aria-selected", "false");
  box.at = (box.at + step + options.length) % options.length;
  if (box.at < 0) box.at = options.length - 1;
  options[box.at].setAttribute("aria-selected", "true");
  box.input.setAttribute("aria-activedescendant", options[box.at].id);
}

function answerKey(box, event) {
  const options = findAll("a", box.list);
  if (event.key === "Escape") show(box, false);
  if (event.key === "Enter" && !box.list.hidden && options[box.at]) {
    event.preventDefault();
    options[box.at].click();
  }
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || box.list.hidden || !options.length) return;
  event.preventDefault();
  moveMark(box, options, event.key === "ArrowDown" ? 1 : -1);
}

function describeInput(box) {
  box.input.setAttribute("role", "combobox");
  box.input.setAttribute("aria-autocomplete", "list");
  box.input.setAttribute("aria-expanded", "false");
  box.input.setAttribute("aria-controls", box.list.id);
}

function tieBox(form) {
  const [input, list, status] = ["input", "[role=listbox]", "[role=status]"].map((selector) => find(selector, form));
  const box = { form, input, list, status, running: null, at: -1 };
  describeInput(box);
  input.addEventListener(
    "input",
    debounce(() => look(box), PAUSE),
  );
  input.addEventListener("keydown", (event) => answerKey(box, event));
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) show(box, false);
  });
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !form.contains(event.relatedTarget)) show(box, false);
  });
}

function leadsToSearch(event) {
  if (event.key === "/") return !isTyping(event);
  return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
}

/** Search while one types, where the page has the search; Ctrl+K and / lead to it. */
export function startQuickSearch() {
  const form = find("[data-quick]");
  if (form?.dataset.quick) tieBox(form);
  addEventListener("keydown", (event) => {
    if (!form || !leadsToSearch(event)) return;
    event.preventDefault();
    find("input", form).select();
  });
}
