// Shows the rate of a day in the embedded chart: under the pointer, or by the arrow keys.
import { nearestIndex, placeWithin, stepOf, withinPoints } from "./modules/points.js";

const points = JSON.parse(document.getElementById("points").textContent);
const [drawing, cross, tip] = [".drawing", ".cross", ".told"].map((name) => document.querySelector(name));
const { pair } = drawing.dataset;
const [, quote] = pair.split("/");
let current = points.length - 1;

function show(index) {
  current = withinPoints(index, points.length);
  const [x, y, day, rate, units] = points[current];
  cross.hidden = tip.hidden = false;
  cross.style.left = `${x}%`;
  cross.firstChild.style.top = `${y}%`;
  tip.replaceChildren(Object.assign(document.createElement("b"), { textContent: day }), `${pair} = ${rate}`);
  const box = drawing.getBoundingClientRect();
  tip.style.left = `${placeWithin((x / 100) * box.width, tip.offsetWidth, -box.left, innerWidth - box.left)}px`;
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
