// Scrolling and size of the ticker.

// Pixels per second by the attribute `speed`: at most 500; 0 means no motion.
export function speedOf(text) {
  const speed = text === null ? 50 : Number(text);
  return speed > 0 ? Math.min(speed, 500) : 0;
}

// Whether the rows move to the right: by the attribute `direction`, else against the writing direction.
export function movesRight(direction, writing) {
  return direction === "right" || (direction !== "left" && writing === "rtl");
}

// A seamless loop: the number of copies after the list, the duration in milliseconds, the shift in percent of the whole,
// and the start time in milliseconds that continues a loop at its progress (0 to 1).
export function loopOf(stripWidth, listWidth, speed, reversed, progress) {
  const copies = Math.ceil(stripWidth / listWidth);
  const duration = (listWidth / speed) * 1000;
  return { copies, duration, shift: -100 / (copies + 1), start: (reversed ? 1 - progress : progress) * duration };
}

// The size of the letters in pixels and the height of a ticker, by the attribute `fontsize`; null where it says nothing.
export function sizesOf(text) {
  const size = text === null || text === "" ? NaN : Number(text);
  return size >= 12 && size <= 32 ? { "--size": `${size}px`, "--height": `${Math.max(44, Math.round(1.6 * size) + 20)}px` } : null;
}
