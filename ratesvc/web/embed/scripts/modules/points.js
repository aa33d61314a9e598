// Which point of the chart is meant. A point begins with its place from the left, in per cent of the drawing.

// The index of the point that is nearest to a place.
export function nearestIndex(points, place) {
  return points.reduce((best, [x], index) => (Math.abs(x - place) < Math.abs(points[best][0] - place) ? index : best), 0);
}

// How many points a key moves on; undefined for other keys.
export function stepOf(key) {
  return { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -30, PageUp: 30, Home: -Infinity, End: Infinity }[key];
}

// The index, or that of the first or the last point beyond them.
export function withinPoints(index, count) {
  return Math.max(0, Math.min(count - 1, index));
}
