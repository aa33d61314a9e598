// One row of the ticker: KGS/USD = 0.01144 ▼ -0.11%, with its caveat.
import { make } from "./elements.js";

export function arrowOf(direction) {
  return { up: "▲", down: "▼" }[direction];
}

// The unusual states of a row, for its style.
export function statesOf(row) {
  return ["stale", "unconfirmed"].filter((state) => row[state]).join(" ");
}

export function rowItem(row) {
  const arrow = arrowOf(row.direction);
  const change = make("span", { part: "change", class: row.direction, "aria-hidden": "true" });
  if (arrow) change.append(make("span", { class: "arrow" }, arrow), " ");
  change.append(row.change);
  const states = statesOf(row);
  const item = make("li", { part: `row ${states}`.trim(), class: states, title: row.sourced ?? "" });
  item.append(make("span", { part: "pair" }, row.pair), " = ", make("span", { part: "rate" }, row.rate_per), " ", change);
  item.append(make("span", { class: "unseen" }, row.spoken));
  // The screen reader text has the mark already, and says the change in words, because a minus sign would be lost.
  if (row.label) item.append(make("small", row.mark ? { part: "label", "aria-hidden": "true" } : { part: "label" }, row.label));
  return item;
}
