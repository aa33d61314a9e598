// Notices new publications and puts them into the page in place; keeps forms and the address together.
"use strict";

const LEAST_SECONDS = 10; // Between two looks at the ticker, which says for how long it is good.
document.documentElement.classList.add("scripted");

// What the server renders anew is put into the place of the old: nothing moves that has not changed.
// Gives the address of the answer. One that a later choice has overtaken is dropped: then it is null.
let choices = 0;
async function renew(address, chosen = true) {
  const choice = chosen ? ++choices : choices;
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (choice !== choices) return null;
  if (!answer.ok) throw new Error(fresh.querySelector("main p")?.textContent ?? answer.status);
  for (const place of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${place.dataset.live}"]`);
    if (next && next.outerHTML !== place.outerHTML) place.replaceWith(document.importNode(next, true));
  }
  return new URL(answer.url);
}

let shown = null;
async function look() {
  let seconds = 60;
  try {
    const answer = await fetch("/ticker.json");
    const rows = await answer.text();
    const [, age] = /max-age=(\d+)/.exec(answer.headers.get("Cache-Control")) ?? [];
    const left = (Date.parse(answer.headers.get("Expires")) - Date.now()) / 1000;
    seconds = Math.max(left > 0 && left < age ? left : Number(age ?? 60), LEAST_SECONDS);
    const first = shown === null && JSON.parse(rows).version === document.getElementById("published")?.dataset.version;
    if (answer.ok && rows !== shown && !first) {
      await renew(location.href, false);
      document.dispatchEvent(new CustomEvent("renewed"));
      const news = document.getElementById("news");
      news.textContent = news.dataset.text;
    }
    if (answer.ok) shown = rows;
  } catch {
    // Offline, or the server is being restarted: what is shown says its day; the next look comes.
  }
  setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", look, { once: true }) : look()), seconds * 1000);
}
setTimeout(look, 2000);

// What is to be typed elsewhere can be copied.
if (navigator.clipboard) {
  for (const code of document.querySelectorAll(".guide pre > code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    code.before(button);
  }
}

// A form that only chooses shows its choice at once; the address says it, so it can be sent on.
for (const form of document.querySelectorAll("[data-submits]")) {
  const query = () => new URLSearchParams(new FormData(form));
  const mistake = () => form.querySelector(".mistake")?.textContent;
  const all = form.classList.contains("taste");
  form.addEventListener("input", async () => {
    if (all) {
      const taste = new URLSearchParams(location.search);
      for (const [name, text] of query()) taste.set(name, text);
      return location.assign(`?${taste}${location.hash}`);
    }
    const chosen = new URLSearchParams(location.search);
    for (const field of form.elements) if (field.name && field.type !== "hidden") chosen.delete(field.name);
    for (const [name, text] of query()) chosen.set(name, text);
    try {
      // The server reads what was typed, and sends on to the address that says it plainly.
      const address = await renew(`${location.pathname}?${chosen}`);
      if (!address) return;
      form.elements.amount_text?.setAttribute("aria-invalid", Boolean(mistake()));
      if (!mistake()) history.replaceState(null, "", address.pathname + address.search + location.hash);
    } catch {
      // Offline, or a day that is being typed is none yet; the answer before it stays.
    }
  });
  // What is renewed is that of the address, which does not have an amount that cannot be read.
  document.addEventListener("renewed", () => form.querySelector("[aria-invalid=true]")?.dispatchEvent(new Event("input", { bubbles: true })));
}
