/*
 * A picker that searches on the server.
 * A `field` is the state of one: its select, the place of its card, the select it depends on (or null), the keys that
 * the last answer held, the running question, whether the last one failed.
 */

import { make, makeBadge, words } from "./dom.js";
import { makeAddOption, offerToAdd } from "./picker-adding.js";
import { describePicker, makeSettings } from "./picker-base.js";
import { paintCard } from "./picker-card.js";
import { addParams, fetchJson } from "./requests.js";

function ask(field, params, signal) {
  const whole = field.parent ? { ...params, parent: field.parent.value } : params;
  return fetchJson(addParams(field.select.dataset.remote, whole), signal);
}

/** Show the whole card of the chosen one, unless another was chosen meanwhile; the list shows a line a hit. */
function showCard(field, value, text) {
  ask(field, { q: text, id: value })
    .then((answer) => {
      if (field.select.value !== String(value)) return;
      paintCard(field.place, answer.results.find((hit) => String(hit.id) === String(value))?.card);
    })
    .catch(() => {}); // the choice stands without its card
}

/** Say on the card why a hit is refused, and its address: an option may not contain a link. */
function refuse(field, hit) {
  paintCard(field.place, { warnings: [`${hit.text}: ${hit.reason}`], url: hit.url });
}

function offerHits(field, picker, answer, text, done) {
  const { select } = field;
  const results = answer.results.length || !text || !select.dataset.add ? answer.results : [makeAddOption(select)];
  field.failed = false;
  field.found = new Set(results.map((hit) => String(hit.id)));
  picker.clearOptions();
  done(results);
  if (text && answer.results.length && answer.results.every((hit) => hit.disabled)) refuse(field, answer.results[0]);
}

/** Offer nothing and say so: what had been found for other words is no answer. A question that a newer one replaced leaves the word to that one. */
function failHits(field, picker, error, done) {
  field.failed = error.name !== "AbortError";
  if (field.failed) {
    field.found = new Set();
    picker.clearOptions();
  }
  done();
}

/** Ask for what is typed. Only the last question counts, and each is asked anew: Tom Select would not ask twice for the same text. */
function loadHits(field, picker, text, done) {
  const asked = field.parent?.value;
  field.running?.abort();
  field.running = new AbortController();
  picker.loadedSearches = {};
  ask(field, { q: text }, field.running.signal)
    .then((answer) => {
      if (field.parent && field.parent.value !== asked) done();
      else offerHits(field, picker, answer, text, done);
    })
    .catch((error) => failHits(field, picker, error, done));
}

function makeOption(hit) {
  const detail = make("small", "", hit.disabled ? hit.reason : hit.number);
  return make("div", "pick-option", make("span", "", hit.text), make("span", "", detail, " ", makeBadge(hit.status, hit.tone)));
}

function makeRemoteSettings(field) {
  const base = makeSettings();
  return {
    ...base,
    valueField: "id",
    labelField: "text",
    searchField: [],
    disabledField: "disabled",
    // The server has ranked them. The chosen one stays among the options: Enter must not pick it again.
    score: () => (hit) => (field.found.has(String(hit.id)) ? 1 : 0),
    highlight: false,
    preload: "focus",
    refreshThrottle: 0, // a late refresh would pull the focus back from the next field
    placeholder: words.tSearch,
    maxItems: 1,
    maxOptions: 20,
    shouldLoad: () => true,
    load(text, done) {
      loadHits(field, this, text, done);
    },
    onChange(value) {
      paintCard(field.place, null);
      if (value) showCard(field, value, this.options[value]?.text ?? "");
    },
    render: {
      ...base.render,
      no_results: () => make("div", "no-results", field.failed ? words.tFailed : words.tNone),
      option: makeOption,
      item: (hit) => make("div", "", hit.text),
    },
  };
}

/** Let Enter take what was found for the words typed, never what had been found before them. */
function holdEnter(picker) {
  picker.control_input.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" || !picker.isOpen || !picker.loading) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
}

/** A click into the box opens it. Tom Select would leave it, were it open already, and what is typed next would be lost. */
function openByClick(picker) {
  picker.hook("instead", "onClick", () => {
    if (picker.isLocked) return;
    picker.focus();
    picker.open();
  });
}

/** Return the select that this one depends on; what it is given where the form has none; null when it depends on nothing. */
function findParent(select) {
  if (select.dataset.parent) return { value: select.dataset.parent };
  return select.dataset.depends ? document.getElementById(select.dataset.depends) : null;
}

/** Begin anew when what the picker depends on changes. */
function followParent(field, picker) {
  field.parent?.addEventListener?.("change", () => {
    picker.clear();
    picker.clearOptions();
    picker.load("");
  });
}

/** Make a select search on the server. */
export function startRemotePicker(select) {
  const place = document.getElementById(select.dataset.card);
  const parent = findParent(select);
  const chosen = select.value;
  const field = { select, place, parent, found: new Set(), running: null, failed: false };
  const picker = new TomSelect(select, makeRemoteSettings(field));
  describePicker(picker, select);
  holdEnter(picker);
  openByClick(picker);
  if (select.dataset.add) offerToAdd(picker, select);
  picker.dropdown_content.addEventListener("click", (event) => {
    const option = event.target.closest('[aria-disabled="true"]');
    if (option) refuse(field, picker.options[option.dataset.value]);
  });
  if (chosen) showCard(field, chosen, picker.options[chosen]?.text ?? "");
  followParent(field, picker);
}
