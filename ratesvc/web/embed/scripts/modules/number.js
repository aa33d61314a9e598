// The text of <rates-value>, and the position of its tip.

const FIELDS = new Map([["rate", "rate_per"], ["units", "units"], ["change", "change"]]);

// The number by the attribute `show`; null if the row has none.
export function numberOf(row, show) {
  return row[FIELDS.get(show) ?? "rate_per"];
}

// The source, and any caveat.
export function noteOf(row) {
  return [row.sourced, row.label].filter(Boolean).join(" · ");
}

// An unconfirmed figure is marked in the text; for a confirmed one the tip mentions a newer unconfirmed figure.
export function markOf(row, unconfirmed) {
  return row.mark && unconfirmed === "show" ? ` (${row.mark})` : "";
}

// Whether the tip goes above the number: if there is room above, but not below.
export function goesAbove(tip, numberTop, windowHeight) {
  return tip.bottom > windowHeight && numberTop > tip.height;
}

// By how many pixels the tip moves to the left to stay inside the page.
export function shiftLeft(tip, pageWidth) {
  return Math.min(Math.max(0, tip.right + 8 - pageWidth), Math.max(0, tip.left - 8));
}
