// Which rows of a long table are drawn, and in which elements. Pure.

/** Rows drawn beyond either edge of the window. */
const SPARE = 3;

/** Which rows to draw. @param {{top: number, viewport: number, rowHeight: number, count: number}} place */
export function visibleRange({ top, viewport, rowHeight, count }) {
  const first = Math.max(0, Math.floor(-top / rowHeight) - SPARE);
  const last = Math.min(count, Math.ceil((viewport - top) / rowHeight) + SPARE);
  return { first: Math.min(first, count), last: Math.max(last, 0) };
}

/**
 * A number for each index: the one it had, one that is free, or a new one. Those that are free go in their order, so that after a
 * jump all elements stay where they are: moving one costs more than filling it.
 * @param {Map<number, number>} before @param {number[]} indices
 */
export function assignSlots(before, indices) {
  const wanted = new Set(indices);
  const free = [...before].filter(([index]) => !wanted.has(index)).map(([, slot]) => slot);
  let next = Math.max(-1, ...before.values()) + 1;
  return new Map(indices.map((index) => [index, before.get(index) ?? free.shift() ?? next++]));
}
