// Draws every element with data-chart by Plotly. The page's URL holds the state of the charts (range, zoom). The server
// has drawn the lines already; Plotly, as large as a hundred such pages, loads only at the first user interaction.
import { applyChanges, changesBetween, changesOf, chartAddress, isCurrent } from "./modules/address.js";
import { firstLayout, layoutOf, pictureLayout, tableOf, zoomOf } from "./modules/figures.js";
import { listenForFingers, listenForKeys } from "./modules/gestures.js";
import { renew } from "./modules/renew.js";

const PLOTLY = document.querySelector("script[data-plotly]").dataset.plotly;
const MOST_ROWS = 500;
const charts = [...document.querySelectorAll("[data-chart]")];
const query = new URLSearchParams(location.search);
const touch = matchMedia("(pointer: coarse)");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const takes = (element, name) => element.dataset.takes.split(" ").includes(name);
const make = (name, properties) => Object.assign(document.createElement(name), properties);

let library;
function loadPlotly() {
  library ??= new Promise((onload, onerror) => document.head.append(make("script", { src: PLOTLY, onload, onerror })));
  return library;
}

function lookOf(element) {
  const [ink, soft, line, card, plain] = ["--ink", "--soft", "--line", "--card", "--plain-back"].map(colour);
  return {
    colours: { ink, soft, line, card, plain },
    font: getComputedStyle(document.body).fontFamily,
    narrow: element.clientWidth < 520,
    touch: touch.matches,
    log: takes(element, "scale") && query.get("scale") === "log",
    height: element.clientHeight,
  };
}

async function draw(element) {
  const address = chartAddress(element.dataset, query, "json");
  element.address = address;
  try {
    const [response] = await Promise.all([fetch(address), loadPlotly()]);
    if (!response.ok) throw new Error((await response.json()).error.message);
    const figure = await response.json();
    if (element.address !== address) return; // Stale response: the selection has changed.
    element.figure = figure;
    const layout = firstLayout(figure, lookOf(element), element.dataset.empty);
    if (!element.data) element.replaceChildren();
    const { name: locale, format } = figure.told.locale;
    layout.separators = format.decimal + format.thousands;
    await Plotly.react(element, figure.data, layout, { responsive: true, displayModeBar: false, locale, locales: { [locale]: { dictionary: {}, format } } });
    if (!element.listens) listen(element);
    showDetails(element);
  } catch (failure) {
    if (element.data) return console.warn(failure); // Keep the current drawing.
    element.textContent = `${element.dataset.failed} (${failure.message ?? "Plotly"})`;
  }
}

function listen(element) {
  element.listens = true;
  element.tabIndex = 0;
  listenForKeys(element);
  if (touch.matches && takes(element, "from")) listenForFingers(element, (from, to) => choose({ from, to, range: null }));
  element.on("plotly_relayout", (event) => {
    const zoom = zoomOf(event);
    if (zoom && takes(element, "from")) choose(zoom);
  });
  element.on("plotly_doubleclick", () => {
    if (!touch.matches) choose(changesOf("range=all")); // Two quick taps are no wish to see all.
    return false;
  });
  element.on("plotly_legendclick", () => false); // Currencies are selected beside the chart.
}

// Updates what belongs to the chart: the table, the file links, the SQL, the image buttons.
function showDetails(element) {
  const of = `[data-of="${element.id}"]`;
  document.querySelector(`[data-sql="${element.id}"]`).textContent = element.figure.told.sql;
  for (const form of ["csv", "xlsx"]) {
    document.querySelector(`[data-${form}="${element.id}"]`).href = chartAddress(element.dataset, query, form);
  }
  for (const button of document.querySelectorAll(`button${of}`)) {
    button.hidden = false;
    button.onclick = () => save(element, button.dataset.picture);
  }
  const table = document.querySelector(`details${of}`);
  table.ontoggle = () => table.open && fill(table.querySelector(".rows"), element);
  if (table.open) fill(table.querySelector(".rows"), element);
}

async function save(element, format) {
  const { last, version } = element.figure.told;
  const layout = pictureLayout(element.layout, colour("--card"), `${location.host} · ${version}`);
  const filename = `${element.id.replace("chart-", "")}-${last}`;
  await Plotly.downloadImage({ data: element.data, layout }, { format, filename, width: 1200, height: 630, scale: format === "png" ? 2 : 1 });
}

function fill(place, element) {
  const { names, rows } = tableOf(element.data, element.layout.xaxis.type === "date");
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const textContent of ["", ...names]) head.append(make("th", { scope: "col", textContent }));
  const body = table.createTBody();
  for (const [textContent, values] of rows.slice(0, MOST_ROWS)) {
    const row = body.insertRow();
    row.append(make("th", { scope: "row", textContent }));
    for (const value of values) row.insertCell().textContent = value;
  }
  place.replaceChildren(table);
}

// Applies changes to the URL, and shows it. Back undoes a zoom.
function choose(changes) {
  applyChanges(query, changes);
  const address = (query.size ? `?${query}` : location.pathname) + location.hash;
  history[changes.from ? "pushState" : "replaceState"](null, "", address);
  return show(changes);
}

addEventListener("popstate", () => {
  const changes = changesBetween(query, new URLSearchParams(location.search));
  applyChanges(query, changes);
  show(changes);
});

// Shows the changes in the buttons, and in every chart that takes them.
async function show(changes) {
  begin();
  for (const link of document.querySelectorAll("[data-sets]")) {
    if (isCurrent(link.dataset.sets, query)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const concerned = charts.filter((element) => element.address && Object.keys(changes).some((name) => takes(element, name)));
  await Promise.all([...concerned.map(draw), renew(location.href).catch(console.warn)]); // Tables update too.
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-sets]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(changesOf(link.dataset.sets));
});
for (const form of document.querySelectorAll("[data-picks]")) {
  form.addEventListener("change", () => {
    const currencies = new FormData(form).getAll("currencies").join(",");
    choose({ currencies: currencies || null });
  });
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const element of charts) if (element.data) Plotly.relayout(element, layoutOf(element.figure, lookOf(element)));
});
document.addEventListener("renewed", () => charts.filter((element) => element.address).forEach(draw));

// Draw only charts in or near the viewport.
const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    draw(target);
  }
}, { rootMargin: "200px" });
const SIGNS = ["pointermove", "pointerdown", "touchstart", "wheel", "scroll", "keydown", "focusin"];
function begin() {
  SIGNS.forEach((sign) => removeEventListener(sign, begin));
  charts.forEach((element) => sight.observe(element));
}
SIGNS.forEach((sign) => addEventListener(sign, begin, { passive: true }));
// A chart that the server cannot draw loads without waiting for an interaction.
if (charts.some((element) => !element.querySelector("svg") && element.getBoundingClientRect().top < innerHeight)) addEventListener("load", begin);
