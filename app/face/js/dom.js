/*
 * How the parts find, make and name elements. Strings become text, never markup.
 * No text lives in these files: words come from the data-t-* attributes of <body> or of the element itself.
 */

export const words = document.body.dataset;

/** Return the first element that a selector means, or null. */
export function find(selector, root = document) {
  return root.querySelector(selector);
}

/** Return all elements that a selector means. */
export function findAll(selector, root = document) {
  return [...root.querySelectorAll(selector)];
}

/** Make an element with a class and children; strings become text. What is empty is left out. */
export function make(tag, css = "", ...children) {
  const node = document.createElement(tag);
  if (css) node.className = css;
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** Make the coloured word of a status; nothing without a text. */
export function makeBadge(text, tone) {
  return text ? make("span", `st st-${tone || "grey"}`, text) : "";
}

/** Make a link. */
export function makeLink(url, text) {
  const link = make("a", "", text);
  link.href = url;
  return link;
}

/** Tell whether a key is typed into something, or meant for the browser. */
export function isTyping(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog, [contenteditable]");
}
