// What the attributes that all elements take mean.

// The language of the rows for a `lang` such as "ru-KG". The service answers in English for one that it does not have.
export function languageOf(lang) {
  const code = (lang ?? "").slice(0, 2).toLowerCase();
  return /^[a-z]{2}$/.test(code) ? code : "en";
}

// The query for the rows: their language, and each of the named attributes that is set. `attribute(name)` is its text.
export function queryOf(lang, names, attribute) {
  const query = new URLSearchParams({ lang: languageOf(lang) });
  for (const name of names) if (attribute(name) !== null) query.set(name, attribute(name));
  return query;
}
