// How the ticker scrolls.

// Pixels a second by the attribute `speed`: 500 at most; 0 stands still.
export function speedOf(text) {
  const speed = text === null ? 50 : Number(text);
  return speed > 0 ? Math.min(speed, 500) : 0;
}

// Whether the rows move to the right: by the attribute `direction`, else against the direction of the writing.
export function movesRight(direction, writing) {
  return direction === "right" || (direction !== "left" && writing === "rtl");
}

// A loop without a gap: how many copies follow the list, by how much of the whole they move (in per cent) in how many
// milliseconds, and at which of them a loop goes on that was this far (0 to 1).
export function loopOf(stripWidth, listWidth, speed, reversed, progress) {
  const copies = Math.ceil(stripWidth / listWidth);
  const duration = (listWidth / speed) * 1000;
  return { copies, duration, shift: -100 / (copies + 1), start: (reversed ? 1 - progress : progress) * duration };
}
