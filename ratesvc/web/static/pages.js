// Polls for new publications and updates the page in place; keeps forms and the URL in sync.
import { replaceFields } from "./modules/address.js";
import { copy } from "./modules/copy.js";
import { renew } from "./modules/renew.js";
import { sortable } from "./modules/sort.js";
import { freshSeconds } from "./modules/timing.js";

const LEAST_SECONDS = 10; // Minimum polling interval; the ticker's cache headers set the actual one.

sortable();
document.addEventListener("renewed", sortable);

let shownTicker = null;

async function look() {
  let seconds = 60;
  try {
    const response = await fetch("/ticker.json");
    const ticker = await response.text();
    seconds = freshSeconds(response.headers, Date.now(), LEAST_SECONDS);
    if (!response.ok) throw new Error(response.status);
    const { version } = JSON.parse(ticker);
    const isOnPage = () => (document.getElementById("published")?.dataset.version ?? version) === version;
    if (ticker !== shownTicker && !(shownTicker === null && isOnPage())) {
      await renew(location.href, false);
      if (isOnPage()) {
        document.dispatchEvent(new CustomEvent("renewed"));
        const news = document.getElementById("news");
        news.textContent = news.dataset.text;
      }
    }
    // The process that answered the page may still have the version before this one: then look again soon.
    if (isOnPage()) shownTicker = ticker;
    else seconds = LEAST_SECONDS;
  } catch {
    // Offline, or the server is restarting: the page states the day of its rates, and polling continues.
  }
  setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", look, { once: true }) : look()), seconds * 1000);
}
setTimeout(look, 2000);

// Add copy buttons to the commands of the guide.
if (navigator.clipboard) {
  for (const code of document.querySelectorAll(".guide pre > code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", () => copy(code, (outcome) => (button.textContent = { copied: "Copied", selected: "Selected" }[outcome] ?? "Copy")));
    code.before(button);
  }
}

// A change of language or theme reloads the page with its other parameters.
function reload(form) {
  location.assign(`?${replaceFields(location.search, [], new FormData(form))}${location.hash}`);
}

// Other forms update the page at once, and the URL, so that views are shareable.
async function submit(form) {
  const mistake = () => form.querySelector(".mistake")?.textContent;
  const fields = [...form.elements].filter((field) => field.name && field.type !== "hidden").map((field) => field.name);
  try {
    // The server parses the input and redirects to the normalised URL.
    const address = await renew(`${location.pathname}?${replaceFields(location.search, fields, new FormData(form))}`);
    if (!address) return;
    form.elements.amount_text?.setAttribute("aria-invalid", Boolean(mistake()));
    if (!mistake()) history.replaceState(null, "", address.pathname + address.search + location.hash);
  } catch {
    // Offline, or an incomplete date: keep the previous answer.
  }
}

for (const form of document.querySelectorAll("[data-submits]")) {
  form.addEventListener("input", () => (form.classList.contains("taste") ? reload(form) : submit(form)));
  // The URL lacks an invalid amount, so submit the form again after the page was updated from it.
  document.addEventListener("renewed", () => form.querySelector("[aria-invalid=true]")?.dispatchEvent(new Event("input", { bubbles: true })));
}
