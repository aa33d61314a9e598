// Updates the preview and the URL on every change, and copies snippets.
import { filledIn } from "./modules/address.js";
import { copy } from "./modules/copy.js";

const form = document.querySelector("form");
const [refused, copied] = ["refused", "copied"].map((id) => document.getElementById(id));
document.querySelectorAll(".go").forEach((button) => button.remove());

function offerToCopy() {
  for (const button of document.querySelectorAll(".copy")) {
    const word = button.firstChild.textContent;
    button.hidden = false;
    button.onclick = () => copy(button.parentNode.querySelector("code"), (outcome) => {
      button.firstChild.textContent = outcome ? button.dataset[outcome] : word;
      copied.textContent = outcome && button.textContent; // Announced to screen readers.
    });
  }
}

// The server renders the page for the new options; replace each part that differs.
const partsOf = (page) => [...page.querySelectorAll("[data-shown]")];
let shown = [];
let newest = 0;

async function show() {
  const choice = ++newest; // Responses may arrive out of order; only the last request counts.
  const query = filledIn(new FormData(form));
  const response = await fetch(`/embed?${query}`);
  if (choice !== newest) return;
  document.body.classList.toggle("refused", !response.ok);
  refused.textContent = response.ok ? "" : `${refused.dataset.text} ${(await response.json()).error.message}.`;
  if (!response.ok) return;
  history.replaceState(null, "", `/embed?${query}`);
  const page = await response.text();
  if (choice !== newest) return;
  const parts = partsOf(new DOMParser().parseFromString(page, "text/html"));
  const markup = parts.map((part) => part.outerHTML);
  partsOf(document).forEach((part, index) => markup[index] === shown[index] || part.replaceWith(parts[index]));
  shown = markup;
  offerToCopy();
}

form.addEventListener("input", show);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
offerToCopy();
