// Shows each choice at once, keeps the address of the page to it, and copies lines.
"use strict";

const form = document.querySelector("form");
const [refused, copied] = ["refused", "copied"].map((id) => document.getElementById(id));
document.querySelectorAll(".go").forEach((button) => button.remove());

function offerToCopy() {
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.onclick = () => copy(button);
  }
}

async function copy(button) {
  const code = button.parentNode.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    tell("Copied");
  } catch {
    // Without https there is no clipboard: the line is selected, for the keys to copy.
    getSelection().selectAllChildren(code);
    tell("Selected");
  }
  setTimeout(() => tell("Copy"), 2000);

  function tell(text) {
    button.firstChild.textContent = text;
    copied.textContent = text === "Copy" ? "" : button.textContent; // For who does not see the button.
  }
}

// What the choices change is asked of the server, which made the page, and put into the place of the old.
const shown = (page) => [...page.querySelectorAll("[data-shown]")];
let were = [];
let newest = 0;

async function show() {
  const mine = ++newest; // Answers may overtake each other; only the last choice counts.
  const chosen = new URLSearchParams([...new FormData(form)].filter(([, text]) => text));
  const answer = await fetch(`/embed?${chosen}`);
  if (mine !== newest) return;
  document.body.classList.toggle("refused", !answer.ok);
  refused.textContent = answer.ok ? "" : `Not shown: ${(await answer.json()).error.message}.`;
  if (!answer.ok) return;
  history.replaceState(null, "", `/embed?${chosen}`);
  const page = await answer.text();
  if (mine !== newest) return;
  const fresh = shown(new DOMParser().parseFromString(page, "text/html"));
  const are = fresh.map((place) => place.outerHTML);
  shown(document).forEach((place, index) => are[index] === were[index] || place.replaceWith(fresh[index]));
  were = are;
  offerToCopy();
}

form.addEventListener("input", show);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
offerToCopy();
