// What the address of a page says, and how choices change it. Values are texts, as in a query.

// A form's fields that are filled in.
export function filledIn(fields) {
  return new URLSearchParams([...fields].filter(([, text]) => text));
}

// A query with a form's fields in place of those of these names.
export function replaceFields(search, names, fields) {
  const query = new URLSearchParams(search);
  for (const name of names) query.delete(name);
  for (const [name, text] of fields) query.set(name, text);
  return query;
}

// Takes changes into a query; null removes a name.
export function applyChanges(query, changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
}

// The changes that a link such as "range=3m" makes. A named range replaces a zoom.
export function changesOf(setting) {
  const [name, value] = setting.split("=");
  return name === "range" ? { range: value, from: null, to: null } : { [name]: value };
}

// Whether such a link is the current choice after changes; undefined where they do not concern it.
export function isCurrent(setting, changes, query) {
  const [name, value] = setting.split("=");
  if (name in changes) return query.get(name) === value;
  return name === "range" && "from" in changes ? false : undefined;
}

// The address of a chart's data, by what the page's query says and the chart takes. The scale is the page's own matter.
export function chartAddress({ chart, takes, currency }, query, suffix) {
  const params = new URLSearchParams(currency ? { currency } : {});
  for (const name of takes.split(" ")) {
    const text = query.getAll(name).filter(Boolean).join(",");
    if (text && name !== "scale") params.set(name, text);
  }
  return chart.replace("json", suffix) + (params.size ? `?${params}` : "");
}
