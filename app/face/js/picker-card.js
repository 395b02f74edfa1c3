/* The card below a picker: the facts of the chosen one, or why a hit is refused. */

import { make, makeBadge, makeLink, words } from "./dom.js";

function makeFacts(card) {
  const facts = make("dl");
  if (card.badge) facts.append(make("div", "", make("dd", "", makeBadge(card.badge.text, card.badge.tone))));
  (card.lines || []).forEach(([label, value]) => {
    if (value) facts.append(make("div", "", make("dt", "", label), make("dd", "", String(value))));
  });
  return facts;
}

/** Show a card in its place; without one the place is empty and hidden. */
export function paintCard(place, card) {
  if (!place) return;
  place.hidden = !card;
  place.replaceChildren();
  if (!card) return;
  if (card.badge || card.lines?.length) place.append(makeFacts(card));
  for (const text of card.warnings || []) place.append(make("p", "err", text));
  if (card.url) {
    const link = makeLink(card.url, words.tOpen);
    link.target = "_blank";
    place.append(link);
  }
}
