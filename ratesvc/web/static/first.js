// Runs before the page is drawn: scripts are on, and the base and direction that were chosen last are in the address.
document.documentElement.classList.add("scripted");
(() => {
  const NAMES = ["base", "direction"];
  const query = new URLSearchParams(location.search);
  const chosen = NAMES.filter((name) => query.has(name));
  const inside = document.referrer.startsWith(`${location.origin}/`);
  try {
    if (chosen.length || inside) {
      for (const name of NAMES) {
        if (query.has(name)) localStorage.setItem(name, query.get(name));
        else localStorage.removeItem(name);
      }
      return;
    }
    for (const name of NAMES) {
      const kept = localStorage.getItem(name);
      if (kept) query.set(name, kept);
    }
    if (NAMES.some((name) => query.has(name)) && "pairs" in document.documentElement.dataset) location.replace(`?${query}${location.hash}`);
  } catch {
    // Storage is off: nothing is remembered.
  }
})();
