// What the address of a page says, and how a figure is laid out.
import assert from "node:assert/strict";
import { test } from "node:test";

import { applyChanges, changesBetween, changesOf, chartAddress, filledIn, isCurrent, replaceFields } from "../../ratesvc/web/static/modules/address.js";
import { pinched, pointBy } from "../../ratesvc/web/static/modules/gestures.js";
import { firstLayout, layoutOf, pictureLayout, spanOf, tableOf, zoomOf } from "../../ratesvc/web/static/modules/figures.js";
import { sorted } from "../../ratesvc/web/static/modules/sort.js";

const query = (text) => new URLSearchParams(text);

// Addresses -----------------------------------------------------------------------------------------

test("a form's empty fields are left out, and the same name may come twice", () => {
  assert.equal(String(filledIn([["pairs", "KZT"], ["on", ""], ["pairs", "KGS"]])), "pairs=KZT&pairs=KGS");
});

test("a form's fields replace their own, and leave the rest of the address", () => {
  assert.equal(String(replaceFields("?lang=ru&in=KZT&keep=1", ["in", "keep"], [["in", "TJS"]])), "lang=ru&in=TJS");
  assert.equal(String(replaceFields("?lang=ru&range=1m", [], [["lang", "kk"]])), "lang=kk&range=1m");
});

test("a change sets a name, and null removes it", () => {
  const state = query("range=1m&lang=ru");
  applyChanges(state, { from: "2026-01-01", range: null });
  assert.equal(String(state), "lang=ru&from=2026-01-01");
});

test("a named range replaces a zoom, and other links change one name", () => {
  assert.deepEqual(changesOf("range=3m"), { range: "3m", from: null, to: null });
  assert.deepEqual(changesOf("scale=log"), { scale: "log" });
});

test("a link is current while the address says the same, or nothing and it is the default", () => {
  assert.equal(isCurrent("range=3m", query("range=3m")), true);
  assert.equal(isCurrent("range=1y", query("range=3m")), false);
  assert.equal(isCurrent("scale=log", query("range=3m&scale=log")), true);
  assert.equal(isCurrent("range=1y", query("")), true);
  assert.equal(isCurrent("range=1y", query("from=2026-01-01&to=2026-02-01")), false);
});

test("Back leads from one address to another", () => {
  const [zoomed, before] = [query("from=2026-01-01&to=2026-02-01&lang=ru"), query("range=3m&lang=ru")];
  assert.deepEqual(changesBetween(zoomed, before), { from: null, to: null, range: "3m" });
});

test("a chart asks for what it takes of the page's address", () => {
  const chart = { chart: "/dashboards/line.json", takes: "range scale from currencies", currency: "KZT" };
  const state = query("range=1m&scale=log&lang=ru&currencies=KGS&currencies=&currencies=TJS");
  assert.equal(chartAddress(chart, state, "json"), "/dashboards/line.json?currency=KZT&range=1m&currencies=KGS%2CTJS");
  assert.equal(chartAddress(chart, state, "csv"), "/dashboards/line.csv?currency=KZT&range=1m&currencies=KGS%2CTJS");
  assert.equal(chartAddress(chart, state, "xlsx"), "/dashboards/line.xlsx?currency=KZT&range=1m&currencies=KGS%2CTJS");
  assert.equal(chartAddress({ chart: "/dashboards/gap.json", takes: "range" }, query(""), "json"), "/dashboards/gap.json");
});

// Figures -------------------------------------------------------------------------------------------

const LOOK = { colours: { ink: "#000000", soft: "grey" }, font: "serif", narrow: false, touch: false, log: false, height: 400 };
const LINE = { type: "scatter", name: "KZT", x: ["2026-01-01", "2026-01-02"], y: [1, 2] };
const figure = (data, told = {}) => ({ data, told: { range: "1m", first: "2025-12-01", last: "2026-01-31", ...told }, layout: {} });

test("a layout follows the page: its colours, its width, its pointer", () => {
  const wide = layoutOf(figure([LINE]), LOOK);
  assert.deepEqual([wide.font.color, wide.margin.l, wide.dragmode, wide.xaxis.fixedrange], ["grey", 60, "zoom", false]);
  const narrow = layoutOf(figure([LINE]), { ...LOOK, narrow: true, touch: true, log: true });
  assert.deepEqual([narrow.margin.l, narrow.dragmode, narrow.xaxis.fixedrange, narrow.yaxis.type], [48, false, true, "log"]);
});

test("a label at the end of each line stands in place of a legend", () => {
  const ended = { ...LINE, meta: { end: "KZT 1" }, line: { color: "#11223399" } };
  const layout = layoutOf(figure([ended, ended]), LOOK);
  assert.equal(layout.showlegend, false);
  assert.deepEqual(layout.annotations.map((each) => each.text), ["<b>KZT 1</b>", "<b>KZT 1</b>"]);
  assert.equal(layout.annotations[0].font.color, "#0a141f");
  // Two that would stand in one place stand below one another.
  assert.equal(layout.annotations[0].yshift - layout.annotations[1].yshift, 16);
  assert.equal(layoutOf(figure([LINE, LINE]), LOOK).showlegend, true);
  assert.equal(layoutOf(figure([LINE]), LOOK).showlegend, false);
  assert.equal(layoutOf(figure([LINE, { ...LINE, showlegend: false }]), LOOK).showlegend, false);
});

test("a table is sorted by a column, those without a value last, and what belongs to a row stays below it", () => {
  const row = (name, value) => ({ name, cells: [{}, { dataset: { value } }] });
  const rows = [row("a", "1"), row("b", ""), { name: "b's", cells: [{}] }, row("c", "3"), row("d", "-2")];
  assert.deepEqual(sorted(rows, 1, -1).map((each) => each.name), ["c", "a", "d", "b", "b's"]);
  assert.deepEqual(sorted(rows, 1, 1).map((each) => each.name), ["d", "a", "c", "b", "b's"]);
  assert.deepEqual(rows.map((each) => each.name), ["a", "b", "b's", "c", "d"]);
});

test("what the figure says of an axis goes before the page's own", () => {
  const layout = layoutOf({ ...figure([LINE]), layout: { xaxis: { type: "category" }, hovermode: "closest" } }, LOOK);
  assert.deepEqual([layout.xaxis.type, layout.xaxis.linecolor, layout.hovermode], ["category", undefined, "closest"]);
});

test("the axis spans the days of the request, or those that have a rate", () => {
  assert.deepEqual(spanOf(figure([LINE], { range: null })), ["2025-12-01", "2026-01-31"]);
  assert.deepEqual(spanOf(figure([LINE, { x: ["2025-12-30"] }, {}])), ["2025-12-30", "2026-01-02"]);
  assert.deepEqual(spanOf(figure([{ x: [] }])), ["2025-12-01", "2026-01-31"]);
});

test("bars keep Plotly's range, and an empty figure says so", () => {
  assert.deepEqual(firstLayout(figure([LINE]), LOOK, "none").xaxis.range, ["2026-01-01", "2026-01-02"]);
  assert.equal(firstLayout(figure([{ ...LINE, type: "bar" }]), LOOK, "none").xaxis.range, undefined);
  assert.equal(firstLayout(figure([LINE]), LOOK, "none").annotations.length, 0);
  assert.equal(firstLayout(figure([{ ...LINE, x: [] }]), LOOK, "none").annotations[0].text, "none");
});

test("what is below two fingers stays there, and the end of the chart is the end", () => {
  const day = 86400000;
  // From the middle half to the whole width: twice as large, about the same middle.
  assert.deepEqual(pinched([0, 400 * day], [0.25, 0.75], [0, 1]), [100 * day, 300 * day]);
  // Together again: a wider range, which ends with the chart.
  assert.deepEqual(pinched([200 * day, 400 * day], [0, 1], [0.25, 0.75]), [0, 400 * day]);
  // Never less than a week, whichever finger is the left one.
  assert.deepEqual(pinched([0, 100 * day], [0.5, 0.51], [0, 1]), [47 * day, 54 * day]);
});

test("keys go from point to point, not beyond the ends", () => {
  assert.deepEqual(["ArrowLeft", "ArrowRight", "Home", "End"].map((key) => pointBy(key, 9, 10)), [8, 9, 0, 9]);
  assert.equal(pointBy("ArrowLeft", 0, 10), 0);
  assert.equal(pointBy("Tab", 4, 10), undefined);
});

test("a zoom is two days, and other events of Plotly are none", () => {
  const zoom = { "xaxis.range[0]": "2026-01-01 12:30", "xaxis.range[1]": "2026-02-01 03:00" };
  assert.deepEqual(zoomOf(zoom), { from: "2026-01-01", to: "2026-02-01", range: null });
  assert.equal(zoomOf({ "xaxis.autorange": true }), null);
  assert.equal(zoomOf({ "yaxis.range[0]": 1 }), null);
});

test("a picture names its origin and keeps the notes of the chart", () => {
  const layout = pictureLayout({ margin: { l: 48, b: 36 }, annotations: [{ text: "a" }] }, "white", "here · v1");
  assert.deepEqual(layout.annotations.map(({ text }) => text), ["a", "here · v1"]);
  assert.deepEqual([layout.margin, layout.paper_bgcolor], [{ l: 48, b: 60 }, "white"]);
});

test("a table has a column for each line and the newest day first", () => {
  const other = { name: "KGS", x: ["2026-01-02", "2026-01-03"], y: [null, 5] };
  const guide = { x: ["2026-01-09"], y: [9], hoverinfo: "skip" };
  assert.deepEqual(tableOf([LINE, other, guide], true), {
    names: ["KZT", "KGS"],
    rows: [["2026-01-03", ["", 5]], ["2026-01-02", [2, ""]], ["2026-01-01", [1, ""]]],
  });
});

test("a table of bars is in the order of its numbers, and a candle has its two ends", () => {
  const candle = { x: [10, 2], y: [1, 1], base: [0, 0], customdata: [[1.23456789, 2], [3, 4]] };
  assert.deepEqual(tableOf([candle], false).rows, [[2, ["3.00000 · 4.00000"]], [10, ["1.23457 · 2.00000"]]]);
});
