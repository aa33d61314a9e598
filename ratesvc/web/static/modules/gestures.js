// How a reader moves through a chart without a mouse: two fingers zoom, and arrow keys go from point to point.

const LEAST = 7 * 86400000; // A zoom shows at least a week, in milliseconds.

// The first and last moment of a zoom: what was below each finger stays there. `before` and `after` are the places of
// the fingers, from 0 at the left end of the chart to 1. It ends where the chart did at the latest.
export function pinched([first, last], before, after) {
  const [left, right] = before.map((place) => first + place * (last - first));
  const span = Math.max(LEAST, Math.abs((right - left) / (after[1] - after[0])));
  const start = (left + right) / 2 - (span * (after[0] + after[1])) / 2;
  return start + span > last ? [last - span, last] : [start, start + span];
}

// The number of the point to go to by a key from another, of so many; undefined for other keys.
export function pointBy(key, point, count) {
  const to = { ArrowLeft: point - 1, ArrowRight: point + 1, Home: 0, End: count - 1 }[key];
  return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to));
}

const iso = (moment) => new Date(moment).toISOString().slice(0, 10);
const moment = (day) => Date.parse(`${String(day).slice(0, 10)}T00:00Z`);

// Calls `zoom(from, to)` with two days when the fingers have left the chart.
export function listenForFingers(element, zoom) {
  const placesOf = ({ touches }) => {
    const { _offset, _length } = element._fullLayout.xaxis;
    const left = element.getBoundingClientRect().left + _offset;
    return [...touches].map((touch) => (touch.clientX - left) / _length).sort((a, b) => a - b);
  };
  let before, range, now;
  element.addEventListener("touchstart", (event) => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    before = placesOf(event);
    range = element._fullLayout.xaxis.range.map(moment);
  }, { passive: false });
  element.addEventListener("touchmove", (event) => {
    if (!before || event.touches.length !== 2) return;
    event.preventDefault();
    now = pinched(range, before, placesOf(event)).map(iso);
    window.Plotly.relayout(element, { "xaxis.range": now });
  }, { passive: false });
  element.addEventListener("touchend", () => {
    if (now) zoom(...now);
    before = now = undefined;
  });
}

// Shows the value of a point of the first line by keys.
export function listenForKeys(element) {
  let point;
  element.addEventListener("keydown", (event) => {
    const count = element.data?.[0]?.x?.length ?? 0;
    const to = pointBy(event.key, point ?? count, count);
    if (!count || to === undefined) return;
    event.preventDefault();
    point = to;
    window.Plotly.Fx.hover(element, { xval: element._fullLayout.xaxis.r2l(element.data[0].x[point]) });
  });
  element.addEventListener("focusout", () => element.data && window.Plotly.Fx.unhover(element));
}
