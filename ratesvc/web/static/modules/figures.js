// Plotly layouts of the service's figures, and their points as a table.

// Plotly's layout in the page's style.
export function layoutOf(figure, { colours, font, narrow, touch, log, height }) {
  const { ink, soft, line, card, plain } = colours;
  const ends = endsOf(figure.data, { height, log, narrow, ink });
  const axis = { gridcolor: line, linecolor: line, nticks: 6, zerolinecolor: soft, automargin: true, title: { font: { size: 13 } } };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: soft, family: font, size: 13 },
    hoverlabel: { bgcolor: card, bordercolor: line, font: { color: ink } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: ink } },
    margin: { l: narrow ? 48 : 60, r: ends.length ? (88) : 12, t: 8, b: 36 },
    annotations: ends,
    hovermode: "x unified",
    showlegend: !ends.length && figure.data.filter((trace) => trace.showlegend !== false).length > 1,
    // On touch screens a drag over the chart must scroll the page.
    dragmode: touch ? false : "zoom",
    modebar: { color: soft, activecolor: ink, bgcolor: plain },
    ...figure.layout,
    xaxis: { type: "date", showgrid: false, fixedrange: touch, ...axis, ...figure.layout.xaxis },
    yaxis: { fixedrange: true, type: log ? "log" : "linear", ...axis, ...figure.layout.yaxis, title: { ...axis.title, ...figure.layout.yaxis?.title } },
  };
}

// A line's colour, six hexadecimal digits first, with the ink of the page in it, so that small text has contrast enough.
function mixed(colour, ink) {
  const parts = (text) => [1, 3, 5].map((place) => Number.parseInt(text.slice(place, place + 2), 16));
  const dark = parts(ink);
  const mix = parts(colour).map((part, place) => Math.round(0.6 * part + 0.4 * dark[place]));
  return `#${mix.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

const LABEL = 16; // Height of a line of text in pixels.

// Labels at the ends of the lines in place of a legend, in their colours and moved apart where they would touch.
export function endsOf(traces, { height, log, narrow, ink }) {
  const scaled = (value) => (log ? Math.log10(value) : value);
  const lines = traces.filter((trace) => trace.meta?.end && trace.y.some((value) => value !== null));
  const values = lines.flatMap((trace) => trace.y.filter((value) => value !== null).map(scaled));
  const pixel = ((Math.max(...values) - Math.min(...values)) * 1.1 || 1) / Math.max(height - 44, 1);
  const ends = lines.map((trace) => {
    const last = trace.y.findLastIndex((value) => value !== null);
    return { x: trace.x[last], y: scaled(trace.y[last]), text: trace.meta.end, color: trace.line.color, lines: trace.meta.end.split("<br>").length };
  });
  let free = -Infinity;
  return ends.sort((a, b) => b.y - a.y).map((end) => {
    const top = Math.max(-end.y / pixel, free);
    free = top + LABEL * end.lines;
    return {
      x: 1, xref: "paper", xanchor: "left", xshift: 8, y: end.y, yanchor: "middle", yshift: -(top + end.y / pixel), align: "left",
      text: `<b>${end.text}</b>`, showarrow: false, font: { color: mixed(end.color, ink), size: narrow ? 11.5 : 13 },
    };
  });
}

// The initial layout: from the first to the last day, with a text if there is nothing to draw.
export function firstLayout(figure, look, empty) {
  const layout = layoutOf(figure, look);
  if (layout.xaxis.type === "date" && figure.data.every((trace) => trace.type === "scatter")) layout.xaxis.range = spanOf(figure);
  if (!figure.data.some((trace) => trace.x?.length))
    layout.annotations = [{ text: empty, showarrow: false, xref: "paper", yref: "paper", x: 0.5, y: 0.5 }];
  return layout;
}

// The first and last day: those requested, or for a named range the first and last with a rate.
export function spanOf({ data, told }) {
  const ends = data.flatMap((trace) => (trace.x?.length ? [trace.x[0], trace.x.at(-1)] : [])).sort();
  return told.range === null || !ends.length ? [told.first, told.last] : [ends[0], ends.at(-1)];
}

// The days of a zoom from Plotly's event; null for other events.
export function zoomOf(event) {
  const [from, to] = [event["xaxis.range[0]"], event["xaxis.range[1]"]].map((end) => end && String(end).slice(0, 10));
  return from && to ? { from, to, range: null } : null;
}

// The layout of an image: on the page's background colour, with its origin below.
export function pictureLayout(layout, background, origin) {
  const note = { text: origin, xref: "paper", yref: "paper", x: 1, y: 0, yshift: -32, xanchor: "right", showarrow: false, font: { size: 10 } };
  return { ...layout, paper_bgcolor: background, margin: { ...layout.margin, b: 60 }, annotations: [...(layout.annotations ?? []), note] };
}

// The points as [x, [value of each line]], newest day first or by x, and the names of the lines.
export function tableOf(traces, byDay) {
  const lines = traces.filter((trace) => trace.hoverinfo !== "skip" && !trace.meta?.marks);
  const values = new Map();
  lines.forEach((trace, column) => (trace.x ?? []).forEach((x, i) => {
    if (trace.y[i] === null) return;
    if (!values.has(x)) values.set(x, Array(lines.length).fill(""));
    values.get(x)[column] = trace.base ? trace.customdata[i].map((end) => end.toPrecision(6)).join(" · ") : trace.y[i];
  }));
  const order = byDay ? ([a], [b]) => (a < b ? 1 : -1) : ([a], [b]) => a - b;
  return { names: lines.map((trace) => trace.name ?? ""), rows: [...values].sort(order) };
}
