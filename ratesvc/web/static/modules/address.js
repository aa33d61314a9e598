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

const DEFAULTS = { range: "1y", scale: "linear", measure: "index", grain: "week" };

// Whether such a link says what the query does.
export function isCurrent(setting, query) {
  const [name, value] = setting.split("=");
  const unsaid = name === "range" && query.has("from") ? null : DEFAULTS[name];
  return (query.get(name) ?? unsaid) === value;
}

// The changes that lead from one query to another.
export function changesBetween(before, after) {
  const names = new Set([...before.keys(), ...after.keys()]);
  return Object.fromEntries([...names].filter((name) => before.get(name) !== after.get(name)).map((name) => [name, after.get(name)]));
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
