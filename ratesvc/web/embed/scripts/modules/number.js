// What <rates-value> shows of a row, and where its tip has room.

const FIELDS = new Map([["rate", "rate_per"], ["units", "units"], ["change", "change"]]);

// The number by the attribute `show`; null where there is none.
export function numberOf(row, show) {
  return row[FIELDS.get(show) ?? "rate_per"];
}

// The source, and what else must be known.
export function noteOf(row) {
  return [row.sourced, row.label].filter(Boolean).join(" · ");
}

// A figure that is not confirmed says so where it stands; beside a confirmed one the tip does.
export function markOf(row, unconfirmed) {
  return row.mark && unconfirmed === "show" ? ` (${row.mark})` : "";
}

// Whether the tip goes above the number: where there is no room below, but above.
export function goesAbove(tip, numberTop, windowHeight) {
  return tip.bottom > windowHeight && numberTop > tip.height;
}

// By how many pixels the tip moves to the left to stay inside the page.
export function shiftLeft(tip, pageWidth) {
  return Math.min(Math.max(0, tip.right + 8 - pageWidth), Math.max(0, tip.left - 8));
}
