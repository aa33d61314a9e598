// Attributes common to all elements.

// The language of the rows for a `lang` such as "ru-KG". The service answers unsupported languages in English.
export function languageOf(lang) {
  const code = (lang ?? "").slice(0, 2).toLowerCase();
  return /^[a-z]{2}$/.test(code) ? code : "en";
}

// The query for the rows: the language and the named attributes that are set. `attribute(name)` returns the text of one.
export function queryOf(lang, names, attribute) {
  const query = new URLSearchParams({ lang: languageOf(lang) });
  for (const name of names) if (attribute(name) !== null) query.set(name, attribute(name));
  return query;
}
