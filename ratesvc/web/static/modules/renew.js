// Replaces only the parts of the page that have changed on the server, so that nothing else moves.

let choices = 0;

// Returns the URL of the response, or null if a later choice has made it stale. `chosen`: the reader caused the request.
export async function renew(address, chosen = true) {
  const choice = chosen ? ++choices : choices;
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  if (choice !== choices) return null;
  if (!response.ok) throw new Error(fresh.querySelector("main p")?.textContent ?? response.status);
  for (const place of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${place.dataset.live}"]`);
    if (next && next.outerHTML !== place.outerHTML) place.replaceWith(document.importNode(next, true));
  }
  return new URL(response.url);
}
