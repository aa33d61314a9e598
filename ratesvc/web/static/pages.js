// Notices new publications and renews the page in place; keeps forms and the address in step.
import { replaceFields } from "./modules/address.js";
import { copy } from "./modules/copy.js";
import { renew } from "./modules/renew.js";
import { freshSeconds } from "./modules/timing.js";

const LEAST_SECONDS = 10; // Between two looks at the ticker, which says for how long it is good.
document.documentElement.classList.add("scripted");

let shownTicker = null;

async function look() {
  let seconds = 60;
  try {
    const response = await fetch("/ticker.json");
    const ticker = await response.text();
    seconds = freshSeconds(response.headers, Date.now(), LEAST_SECONDS);
    const onPage = shownTicker === null && JSON.parse(ticker).version === document.getElementById("published")?.dataset.version;
    if (response.ok && ticker !== shownTicker && !onPage) {
      await renew(location.href, false);
      document.dispatchEvent(new CustomEvent("renewed"));
      const news = document.getElementById("news");
      news.textContent = news.dataset.text;
    }
    if (response.ok) shownTicker = ticker;
  } catch {
    // Offline, or the server is restarting: the page says the day of its rates, and the next look follows.
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
    button.addEventListener("click", () => copy(code, (word) => (button.textContent = word)));
    code.before(button);
  }
}

// A change of language or colours loads the page anew, with everything else that its address says.
function reload(form) {
  location.assign(`?${replaceFields(location.search, [], new FormData(form))}${location.hash}`);
}

// Other forms show their choice at once; the address says it too, so it can be sent on.
async function submit(form) {
  const mistake = () => form.querySelector(".mistake")?.textContent;
  const fields = [...form.elements].filter((field) => field.name && field.type !== "hidden").map((field) => field.name);
  try {
    // The server reads what was typed, and redirects to the address that says it plainly.
    const address = await renew(`${location.pathname}?${replaceFields(location.search, fields, new FormData(form))}`);
    if (!address) return;
    form.elements.amount_text?.setAttribute("aria-invalid", Boolean(mistake()));
    if (!mistake()) history.replaceState(null, "", address.pathname + address.search + location.hash);
  } catch {
    // Offline, or a day that is only half typed; the answer before it stays.
  }
}

for (const form of document.querySelectorAll("[data-submits]")) {
  form.addEventListener("input", () => (form.classList.contains("taste") ? reload(form) : submit(form)));
  // A page is renewed by its address, which does not have an amount that cannot be read.
  document.addEventListener("renewed", () => form.querySelector("[aria-invalid=true]")?.dispatchEvent(new Event("input", { bubbles: true })));
}
