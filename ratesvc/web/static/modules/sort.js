// Makes the headings of columns with values sort their table: first the largest at the top, then the smallest, then as it was.

export function sortable() {
  for (const table of document.querySelectorAll("[data-sortable]:not([data-sorts])")) {
    table.dataset.sorts = "";
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      if (!table.tBodies[0].rows[0].cells[column].hasAttribute("data-value")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, heading, column));
    });
  }
}

function sort(table, heading, column) {
  const body = table.tBodies[0];
  table.order ??= [...body.rows];
  const next = { descending: "ascending", ascending: "" }[heading.ariaSort ?? ""] ?? "descending";
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  if (next) heading.setAttribute("aria-sort", next);
  body.append(...(next ? sorted(table.order, column, next === "ascending" ? 1 : -1) : table.order));
}

// The rows by the values of a column, those without a value last; a row without cells of its own stays below its row.
export function sorted(rows, column, sign) {
  const groups = [];
  for (const row of rows) {
    if (row.cells.length > column) groups.push([row]);
    else groups.at(-1).push(row);
  }
  const value = ([row]) => row.cells[column].dataset.value;
  return groups.sort((a, b) => !value(a) - !value(b) || sign * (value(a) - value(b))).flat();
}
