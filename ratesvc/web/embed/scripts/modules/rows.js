// One row of the ticker: KGS/USD = 0.01144 ▼ -0.11%, with its caveat.
import { make } from "./elements.js";

export function arrowOf(direction) {
  return { up: "▲", down: "▼" }[direction];
}

// The unusual states of a row, for its style.
export function statesOf(row) {
  return ["stale", "unconfirmed"].filter((state) => row[state]).join(" ");
}

// Where a click on a row leads: the currency's page of the service, an address of the site's own, in which {pair} and
// {code} are filled in, or nowhere.
export function linkOf(row, link, home) {
  if (!link || link === "none") return null;
  const [base, quote] = row.pair.split("/");
  const code = row.inverted === false ? quote : base;
  const address = link === "currency" ? new URL(`pair/${base}/${quote}`, home).href : link.replaceAll("{pair}", row.pair).replaceAll("{code}", code);
  return /^(https?:|[/?#])/.test(address) ? address : null;
}

export function rowItem(row, link) {
  const arrow = arrowOf(row.direction);
  const change = make("span", { part: "change", class: row.direction, "aria-hidden": "true" });
  if (arrow) change.append(make("span", { class: "arrow" }, arrow), " ");
  change.append(row.change);
  const states = statesOf(row);
  const title = [row.pair_label && row.pair, row.sourced].filter(Boolean).join(" · ");
  const item = make("li", { part: `row ${states}`.trim(), class: states, title });
  const shown = [make("span", { part: "pair" }, row.pair_label ?? row.pair), " = ", make("span", { part: "rate" }, row.rate_per), " ", change];
  item.append(...(link ? [make("a", { part: "link", href: link, target: "_top" }, ...shown)] : shown));
  item.append(make("span", { class: "unseen" }, row.spoken));
  // The screen reader text has the mark already, and says the change in words, because a minus sign would be lost.
  if (row.label) item.append(make("small", row.mark ? { part: "label", "aria-hidden": "true" } : { part: "label" }, row.label));
  return item;
}

// A small "i" that opens the names of the sources, over the rows. It works by keyboard and by touch.
export function sourcesButton(title, credit) {
  const button = make("summary", { part: "info", "aria-label": title }, make("i", { "aria-hidden": "true" }, "i"));
  const details = make("details", {}, button, make("p", { part: "credit", tabindex: "0" }, make("span", {}, credit)));
  details.onkeydown = (event) => {
    if (event.key === "Escape") details.open = false;
  };
  return details;
}
