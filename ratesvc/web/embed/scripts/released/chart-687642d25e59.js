// What the chart in its frame says of a day: under the pointer, or by the arrow keys.
"use strict";

const points = JSON.parse(document.getElementById("points").textContent);
const [drawing, cross, told] = [".drawing", ".cross", ".told"].map((name) => document.querySelector(name));
const pair = document.querySelector("h1").firstChild.textContent.trim();
let shown = points.length - 1;

function show(index) {
  shown = Math.max(0, Math.min(points.length - 1, index));
  const [x, y, day, rate, units] = points[shown];
  cross.hidden = told.hidden = false;
  cross.style.left = `${x}%`;
  cross.firstChild.style.top = `${y}%`;
  told.replaceChildren(Object.assign(document.createElement("b"), { textContent: day }), `${pair} = ${rate}`);
  told.style.left = `clamp(0px, calc(${x}% - ${told.offsetWidth / 2}px), calc(100% - ${told.offsetWidth}px))`;
  told.style.top = y < 35 ? "auto" : "0";
  told.style.bottom = y < 35 ? "0" : "auto";
  drawing.ariaValueNow = shown;
  drawing.ariaValueText = `${day}: ${pair} = ${rate}; 1 USD = ${units}`;
}

function hide() {
  cross.hidden = told.hidden = true;
}

drawing.tabIndex = 0;
Object.assign(drawing, { role: "slider", ariaLabel: pair, ariaValueMin: 0, ariaValueMax: shown });
show(shown);
hide();

drawing.addEventListener("pointermove", (event) => {
  const box = drawing.getBoundingClientRect();
  const at = ((event.clientX - box.left) / box.width) * 100;
  const nearest = points.reduce((best, [x], index) => (Math.abs(x - at) < Math.abs(points[best][0] - at) ? index : best), 0);
  show(nearest);
});
drawing.addEventListener("pointerleave", hide);
drawing.addEventListener("focus", () => show(shown));
drawing.addEventListener("blur", hide);
drawing.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -30, PageUp: 30, Home: -Infinity, End: Infinity }[event.key];
  if (event.key === "Escape") hide();
  if (step === undefined) return;
  event.preventDefault();
  show(shown + step);
});
