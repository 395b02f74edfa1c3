/*
 * The panel of a facet: its box searches among the values at hand, or asks the server for those that match.
 * Values that are ticked stay, whatever is searched for.
 */

import { find, findAll, make, words } from "./dom.js";
import { addParams, debounce, fetchJson, PAUSE } from "./requests.js";

const FEW = 8; // values that need no search among them
const asked = new WeakMap(); // search box -> the running question

function makeBox(name, { id, text }) {
  const box = make("input");
  box.type = "checkbox";
  box.name = name;
  box.value = id;
  return make("label", "", box, text);
}

/** Say that nothing matches, or why nothing could be looked up; "" for nothing to say. */
function tell(panel, text) {
  find(".none", panel).textContent = text;
}

/** Show what the server found below what is ticked. */
function paintFound(panel, name, results) {
  const rest = find("[data-rest]", panel);
  const kept = findAll(":checked", panel);
  const chosen = new Set(kept.map((box) => box.value));
  const ticked = kept.filter((box) => rest.contains(box)).map((box) => box.closest("label"));
  const found = results.filter((result) => !chosen.has(String(result.id))).map((result) => makeBox(name, result));
  rest.replaceChildren(...ticked, ...found);
  tell(panel, found.length ? "" : words.tNone);
}

/** Take the box away where all values are in sight; the focus goes to the first of them. */
function dropSearch(input, panel) {
  const had = input === document.activeElement;
  input.parentElement.hidden = true;
  if (had) find("input[type=checkbox]", panel)?.focus();
}

/** Ask the server; only the last question counts. */
async function ask(input) {
  const panel = input.closest("[data-facet]");
  asked.get(input)?.abort();
  const running = new AbortController();
  asked.set(input, running);
  try {
    const address = input.form.dataset.filters + panel.dataset.facet;
    const answer = await fetchJson(addParams(address, { q: input.value.trim() }), running.signal);
    paintFound(panel, panel.dataset.facet, answer.results);
    if (answer.is_listed && !input.value && answer.results.length <= FEW) dropSearch(input, panel);
  } catch (error) {
    if (error.name !== "AbortError") tell(panel, words.tFailed);
  }
}

/** Hide the listed values that do not hold what is typed. */
function narrow(input) {
  const panel = input.closest("[data-facet]");
  const text = input.value.trim().toLowerCase();
  const labels = findAll("[data-rest] label", panel);
  labels.forEach((label) => {
    label.hidden = !label.textContent.toLowerCase().includes(text) && !find(":checked", label);
  });
  tell(panel, labels.some((label) => !label.hidden) ? "" : words.tNone);
}

/** Tick the first value that is found and not ticked: Enter would send the form with what is typed and not chosen. */
function tickFirst(event) {
  const input = event.target;
  if (event.key !== "Enter" || !input.matches("[data-find]")) return;
  event.preventDefault();
  findAll("[data-rest] label:not([hidden]) input:not(:checked)", input.closest("[data-facet]"))[0]?.click();
}

function isFar(input) {
  return "far" in input.closest("[data-facet]").dataset;
}

/** Make the panel of a facet whose values are all asked for; in a fold of “more filters” its foot is there already. */
function makePanel(facet) {
  const form = facet.closest("form");
  const label = find("summary", facet).textContent.trim();
  const input = make("input");
  input.type = "search";
  input.autocomplete = "off";
  input.dataset.find = "";
  input.setAttribute("aria-label", form.dataset.tFind.replace("{name}", label));
  const boxes = make("div", "boxes", make("div"));
  boxes.firstChild.dataset.rest = "";
  boxes.setAttribute("role", "group");
  boxes.setAttribute("aria-label", label);
  const parts = [make("div", "search facet-find", input), boxes];
  if (!facet.matches(".menu")) return parts;
  return [
    make("div", "menu-panel facet-panel", ...parts, make("div", "facet-foot", make("button", "btn btn-soft btn-sm", form.dataset.tApply))),
  ];
}

/** Complete the panel, once: its search box, and its line for the ear before that has something to say. */
function prepare(facet) {
  if (!find(".boxes", facet)) facet.append(...makePanel(facet));
  const boxes = find(".boxes", facet);
  if (find(".none", boxes)) return;
  const line = make("p", "none");
  line.setAttribute("role", "status");
  boxes.append(line);
}

function openPanel(event) {
  if (!event.target.matches("[data-facet]") || !event.target.open) return;
  const input = find("[data-find]", event.target);
  if (!input) return;
  input.focus();
  if (isFar(input) && !asked.has(input)) ask(input);
}

/** Tie the panels of a list's facets. */
export function startFacets(form) {
  const askLater = debounce(ask, PAUSE);
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[data-find]")) return;
    if (isFar(event.target)) askLater(event.target);
    else narrow(event.target);
  });
  form.addEventListener("click", (event) => {
    const facet = event.target.closest("summary")?.parentElement;
    if (facet?.matches("[data-facet]")) prepare(facet); // before it opens: menus.js places what is there
  });
  form.addEventListener("keydown", tickFirst);
  form.addEventListener("toggle", openPanel, true);
}
