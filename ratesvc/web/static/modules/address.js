// The query of a page's URL, and how options change it. Values are strings.

// The filled-in fields of a form as a query.
export function filledIn(fields) {
  return new URLSearchParams([...fields].filter(([, text]) => text));
}

// A query in which a form's fields replace the parameters of these names.
export function replaceFields(search, names, fields) {
  const query = new URLSearchParams(search);
  for (const name of names) query.delete(name);
  for (const [name, text] of fields) query.set(name, text);
  return query;
}

// Applies changes to a query; null removes a parameter.
export function applyChanges(query, changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
}

// The changes of a link such as "range=3m". A named range replaces a zoom.
export function changesOf(setting) {
  const [name, value] = setting.split("=");
  return name === "range" ? { range: value, from: null, to: null } : { [name]: value };
}

// Whether such a link is current after changes; undefined if they do not affect it.
export function isCurrent(setting, changes, query) {
  const [name, value] = setting.split("=");
  if (name in changes) return query.get(name) === value;
  return name === "range" && "from" in changes ? false : undefined;
}

// The URL of a chart's data: the parameters of the page that the chart takes, except the scale, which only the page uses.
export function chartAddress({ chart, takes, currency }, query, suffix) {
  const params = new URLSearchParams(currency ? { currency } : {});
  for (const name of takes.split(" ")) {
    const text = query.getAll(name).filter(Boolean).join(",");
    if (text && name !== "scale") params.set(name, text);
  }
  return chart.replace("json", suffix) + (params.size ? `?${params}` : "");
}
