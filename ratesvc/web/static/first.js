// Runs before the page is drawn: scripts are on, and the base and direction that were chosen last are in the address.
document.documentElement.classList.add("scripted");
(() => {
  const NAMES = ["base", "direction"];
  const hasRates = "pairs" in document.documentElement.dataset;
  const query = new URLSearchParams(location.search);
  try {
    // From page to page links carry what is chosen, so where they carry nothing, nothing is chosen any more.
    const followed = sessionStorage.getItem("rates") && document.referrer.startsWith(`${location.origin}/`);
    if (!hasRates) return sessionStorage.removeItem("rates");
    sessionStorage.setItem("rates", "shown");
    if (followed || NAMES.some((name) => query.has(name))) {
      for (const name of NAMES) {
        if (query.has(name)) localStorage.setItem(name, query.get(name));
        else localStorage.removeItem(name);
      }
      return;
    }
    const kept = NAMES.map((name) => [name, localStorage.getItem(name)]).filter(([, value]) => value);
    for (const [name, value] of kept) query.set(name, value);
    if (kept.length) location.replace(`?${query}${location.hash}`);
  } catch {
    // Storage is off: nothing is remembered.
  }
})();
