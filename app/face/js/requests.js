/* How the parts ask the server. */

export const PAUSE = 180; // milliseconds without a key before the server is asked

/** Return a function that runs once typing pauses. */
export function debounce(run, delay) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...values), delay);
  };
}

/** Fetch JSON; an ended session answers with the sign-in page, so load the page anew. */
export async function fetchJson(url, signal) {
  const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
  if (response.status === 401 || response.redirected) {
    location.reload();
  }
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/** Return an address with parameters set in it. */
export function addParams(address, params) {
  const url = new URL(address, location.href);
  for (const [key, value] of Object.entries(params)) url.searchParams.set(key, value ?? "");
  return url;
}
