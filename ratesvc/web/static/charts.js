// Draws every element with data-chart by Plotly: what is drawn is in the address of the page, and what is asked of the
// chart (a range, a zoom) goes there. The server has drawn its lines already; Plotly, which is as heavy as a hundred
// such pages, is fetched at the first sign of somebody who may use a chart.
"use strict";

const PLOTLY = document.currentScript.dataset.plotly;
const charts = [...document.querySelectorAll("[data-chart]")];
const state = new URLSearchParams(location.search);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const touch = matchMedia("(pointer: coarse)");

let plotly;
function library() {
  plotly ??= new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: PLOTLY, onload: done, onerror: failed });
    document.head.append(script);
  });
  return plotly;
}

function layout(figure, element) {
  const [ink, soft, line, card, plain] = ["--ink", "--soft", "--line", "--card", "--plain-back"].map(colour);
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: soft, automargin: true };
  const narrow = element.clientWidth < 520;
  const log = takes(element).includes("scale") && state.get("scale") === "log";
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: soft, family: getComputedStyle(document.body).fontFamily, size: 13 },
    hoverlabel: { bgcolor: card, bordercolor: line, font: { color: ink } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: ink } },
    margin: { l: narrow ? 48 : 60, r: 12, t: 8, b: 36 },
    hovermode: "x unified",
    showlegend: takes(element).includes("currencies") || figure.data.filter((trace) => trace.showlegend !== false).length > 1,
    // Where fingers scroll the page, a drag over the chart must not be caught.
    dragmode: touch.matches ? false : "zoom",
    modebar: { color: soft, activecolor: ink, bgcolor: plain },
    ...figure.layout,
    xaxis: { type: "date", fixedrange: touch.matches, ...axis, ...figure.layout.xaxis },
    yaxis: { fixedrange: true, type: log ? "log" : "linear", ...axis, ...figure.layout.yaxis },
  };
}

const takes = (element) => element.dataset.takes.split(" ");

// The address of a chart's data, by what the page's address says and this chart takes.
function source(element, suffix = "json") {
  const asked = new URLSearchParams();
  if (element.dataset.currency) asked.set("currency", element.dataset.currency);
  for (const name of takes(element)) {
    if (name === "scale") continue; // The page's own business.
    const text = state.getAll(name).filter(Boolean).join(",");
    if (text) asked.set(name, text);
  }
  return element.dataset.chart.replace("json", suffix) + (asked.size ? `?${asked}` : "");
}

// From the first to the last day: those that were asked for, or of a named range those that have a rate.
function span({ data, told }) {
  const ends = data.flatMap((trace) => (trace.x?.length ? [trace.x[0], trace.x.at(-1)] : [])).sort();
  return told.range === null || !ends.length ? [told.first, told.last] : [ends[0], ends.at(-1)];
}

async function draw(element) {
  const address = source(element);
  element.asked = address;
  try {
    const [answer] = await Promise.all([fetch(address), library()]);
    if (!answer.ok) throw new Error((await answer.json()).error.message);
    const figure = await answer.json();
    if (element.asked !== address) return; // Somebody has chosen something else meanwhile.
    Object.assign(element, { figure, told: figure.told });
    const axes = layout(figure, element);
    if (axes.xaxis.type === "date" && figure.data.every((trace) => trace.type === "scatter")) axes.xaxis.range = span(figure);
    if (!figure.data.some((trace) => trace.x?.length))
      axes.annotations = [{ text: element.dataset.empty, showarrow: false, xref: "paper", yref: "paper", x: 0.5, y: 0.5 }];
    if (!element.data) element.replaceChildren();
    await Plotly.react(element, figure.data, axes, { responsive: true, displayModeBar: false });
    if (!element.listens) listen(element);
    tell(element);
  } catch (failure) {
    if (element.data) return console.warn(failure); // What is drawn stays.
    element.textContent = `${element.dataset.failed} (${failure.message ?? "Plotly"})`;
  }
}

function listen(element) {
  element.listens = true;
  element.on("plotly_relayout", (change) => {
    const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]].map((end) => end && String(end).slice(0, 10));
    if (from && to && takes(element).includes("from")) choose({ from, to, range: null });
  });
  element.on("plotly_doubleclick", () => {
    choose({ from: null, to: null, range: "all" });
    return false;
  });
  element.on("plotly_legendclick", () => false); // Which currencies are drawn is chosen beside the chart.
}

// What stands beside the chart: the rows as a table, the CSV, the SQL.
function tell(element) {
  const of = `[data-of="${element.id}"]`;
  document.querySelector(`[data-sql="${element.id}"]`).textContent = element.told.sql;
  document.querySelector(`[data-csv="${element.id}"]`).href = source(element, "csv");
  for (const button of document.querySelectorAll(`button${of}`)) {
    button.hidden = false;
    button.onclick = () => save(element, button.dataset.picture);
  }
  const table = document.querySelector(`details${of}`);
  table.ontoggle = () => table.open && fill(table.querySelector(".rows"), element);
  if (table.open) fill(table.querySelector(".rows"), element);
}

async function save(element, format) {
  const name = `${element.id.replace("chart-", "")}-${element.told.last}`;
  const about = { text: `${location.host} · ${element.told.version}`, xref: "paper", yref: "paper", x: 1, y: 0, yshift: -32, xanchor: "right", showarrow: false, font: { size: 10 } };
  const drawn = { data: element.data, layout: { ...element.layout, paper_bgcolor: colour("--card"), margin: { ...element.layout.margin, b: 60 }, annotations: [...(element.layout.annotations ?? []), about] } };
  await Plotly.downloadImage(drawn, { format, filename: name, width: 1200, height: 630, scale: format === "png" ? 2 : 1 });
}

// The drawn points, newest first: a column for each line.
function fill(place, element) {
  const named = element.data.filter((trace) => trace.hoverinfo !== "skip");
  const rows = new Map();
  named.forEach((trace, column) => (trace.x ?? []).forEach((x, i) => {
    if (trace.y[i] === null) return;
    if (!rows.has(x)) rows.set(x, []);
    const of = trace.base ? trace.customdata[i].map((end) => end.toPrecision(6)).join(" · ") : trace.y[i];
    rows.get(x)[column] = of;
  }));
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const text of ["", ...named.map((trace) => trace.name ?? "")]) head.append(Object.assign(document.createElement("th"), { scope: "col", textContent: text }));
  const body = table.createTBody();
  const time = element.layout.xaxis.type === "date";
  for (const [x, values] of [...rows].sort(([a], [b]) => (time ? (a < b ? 1 : -1) : a - b)).slice(0, 500)) {
    const row = body.insertRow();
    row.append(Object.assign(document.createElement("th"), { scope: "row", textContent: x }));
    for (let column = 0; column < named.length; column++) row.insertCell().textContent = values[column] ?? "";
  }
  place.replaceChildren(table);
}

// Takes a choice: into the address, onto the buttons, and into every chart that it concerns.
async function choose(changes) {
  begin();
  for (const [name, value] of Object.entries(changes)) value === null ? state.delete(name) : state.set(name, value);
  history.replaceState(null, "", (state.size ? `?${state}` : location.pathname) + location.hash);
  for (const link of document.querySelectorAll("[data-sets]")) {
    const [name, value] = link.dataset.sets.split("=");
    if (name in changes || (name === "range" && "from" in changes)) link.toggleAttribute("aria-current", false);
    if (state.get(name) === value && (name in changes)) link.setAttribute("aria-current", "true");
  }
  const concerned = charts.filter((element) => element.asked && takes(element).some((name) => name in changes));
  await Promise.all([...concerned.map(draw), renew(location.href).catch(console.warn)]); // Tables follow too.
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-sets]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const [name, value] = link.dataset.sets.split("=");
  choose(name === "range" ? { range: value, from: null, to: null } : { [name]: value });
});
for (const form of document.querySelectorAll("[data-picks]")) {
  form.addEventListener("change", () => {
    const picked = new FormData(form).getAll("currencies");
    choose({ currencies: picked.length ? picked.join(",") : null });
  });
}

const redraw = () => charts.filter((element) => element.data).forEach((element) => Plotly.relayout(element, layout(element.figure, element)));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.addEventListener("renewed", () => charts.filter((element) => element.asked).forEach(draw));

// Only the charts that are in sight, or nearly.
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
// A chart that the server could not draw has nobody to wait for.
if (charts.some((element) => !element.querySelector("svg") && element.getBoundingClientRect().top < innerHeight)) addEventListener("load", begin);
