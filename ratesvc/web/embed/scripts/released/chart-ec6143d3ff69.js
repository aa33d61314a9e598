(() => {
"use strict";
function nearestIndex(points, place) {
  return points.reduce((best, [x], index) => (Math.abs(x - place) < Math.abs(points[best][0] - place) ? index : best), 0);
}
function stepOf(key) {
  return { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -30, PageUp: 30, Home: -Infinity, End: Infinity }[key];
}
function withinPoints(index, count) {
  return Math.max(0, Math.min(count - 1, index));
}
const points = JSON.parse(document.getElementById("points").textContent);
const [drawing, cross, tip] = [".drawing", ".cross", ".told"].map((name) => document.querySelector(name));
const pair = document.querySelector("h1").firstChild.textContent.trim();
const [, quote] = pair.split("/");
let current = points.length - 1;
function show(index) {
  current = withinPoints(index, points.length);
  const [x, y, day, rate, units] = points[current];
  cross.hidden = tip.hidden = false;
  cross.style.left = `${x}%`;
  cross.firstChild.style.top = `${y}%`;
  tip.replaceChildren(Object.assign(document.createElement("b"), { textContent: day }), `${pair} = ${rate}`);
  tip.style.left = `clamp(0px, calc(${x}% - ${tip.offsetWidth / 2}px), calc(100% - ${tip.offsetWidth}px))`;
  tip.style.top = y < 35 ? "auto" : "0";
  tip.style.bottom = y < 35 ? "0" : "auto";
  drawing.ariaValueNow = current;
  drawing.ariaValueText = `${day}: ${pair} = ${rate}; 1 ${quote} = ${units}`;
}
function hide() {
  cross.hidden = tip.hidden = true;
}
drawing.tabIndex = 0;
Object.assign(drawing, { role: "slider", ariaLabel: pair, ariaValueMin: 0, ariaValueMax: current });
show(current);
hide();
drawing.addEventListener("pointermove", (event) => {
  const box = drawing.getBoundingClientRect();
  show(nearestIndex(points, ((event.clientX - box.left) / box.width) * 100));
});
drawing.addEventListener("pointerleave", hide);
drawing.addEventListener("focus", () => show(current));
drawing.addEventListener("blur", hide);
drawing.addEventListener("keydown", (event) => {
  const step = stepOf(event.key);
  if (event.key === "Escape") hide();
  if (step === undefined) return;
  event.preventDefault();
  show(current + step);
});
})();
