// Draws every element with data-chart: fetches the figure, gives it the page's colours, and keeps the
// value axis fitted to the days that are in view.
"use strict";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function theme() {
  const [ink, soft, line, card] = ["--ink", "--soft", "--line", "--card"].map(colour);
  return {
    "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
    "font.color": soft, "font.family": getComputedStyle(document.body).fontFamily, "font.size": 13,
    "legend.font.color": ink,
    "hoverlabel.bgcolor": card, "hoverlabel.bordercolor": line, "hoverlabel.font.color": ink,
    "xaxis.gridcolor": line, "xaxis.linecolor": line, "yaxis.gridcolor": line, "yaxis.zerolinecolor": soft,
    "xaxis.rangeselector.bgcolor": colour("--plain-back"), "xaxis.rangeselector.activecolor": colour("--chosen-back"),
    "xaxis.rangeselector.font.color": ink,
  };
}

// The least and the greatest value of the visible lines between two days, with a little air.
function fitted(traces, from, to) {
  let low = Infinity, high = -Infinity;
  for (const trace of traces) {
    if (trace.visible === "legendonly") continue;
    trace.x.forEach((day, i) => {
      const value = trace.y[i];
      if (value === null || day < from || day > to) return;
      low = Math.min(low, value);
      high = Math.max(high, value);
    });
  }
  const air = (high - low) * 0.06 || 1;
  return low > high ? null : [low - air, high + air];
}

async function draw(element) {
  const answer = await fetch(element.dataset.chart);
  if (!answer.ok) throw new Error(`${element.dataset.chart} answered ${answer.status}`);
  const figure = await answer.json();
  // Where fingers scroll the page, a drag over the chart must not be caught.
  figure.layout.dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom";
  await Plotly.newPlot(element, figure.data, figure.layout, { responsive: true, displayModeBar: false });
  await Plotly.relayout(element, theme());
  element.on("plotly_relayout", (change) => {
    if (!Object.keys(change).some((key) => key.startsWith("xaxis"))) return;
    const [from, to] = element.layout.xaxis.range.map((end) => String(end).slice(0, 10));
    const range = fitted(element.data, from, to);
    if (range) Plotly.relayout(element, { "yaxis.range": range });
  });
}

const charts = [...document.querySelectorAll("[data-chart]")];
for (const element of charts) {
  draw(element).catch((failure) => {
    element.textContent = `The chart could not be drawn: ${failure.message}. Reload the page to try again.`;
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const element of charts) if (element.layout) Plotly.relayout(element, theme());
});
