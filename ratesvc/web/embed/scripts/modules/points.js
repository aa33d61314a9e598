// Selects a point of the chart. A point begins with its distance from the left, in percent of the drawing.

// The index of the point nearest to a position.
export function nearestIndex(points, place) {
  return points.reduce((best, [x], index) => (Math.abs(x - place) < Math.abs(points[best][0] - place) ? index : best), 0);
}

// The number of points that a key moves by; undefined for other keys.
export function stepOf(key) {
  return { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -30, PageUp: 30, Home: -Infinity, End: Infinity }[key];
}

// Clamps an index to the points.
export function withinPoints(index, count) {
  return Math.max(0, Math.min(count - 1, index));
}

// Where a note begins that is centred at a place, and stays some pixels within two edges.
export function placeWithin(place, width, left, right, margin = 6) {
  return Math.max(left + margin, Math.min(place - width / 2, right - margin - width));
}
