// Which rows of a long table are drawn, and in which elements. Pure.

/** Rows drawn beyond either edge of the window. */
const SPARE = 3;

/** Which rows to draw. @param {{top: number, viewport: number, rowHeight: number, count: number}} place */
export function visibleRange({ top, viewport, rowHeight, count }) {
  const first = Math.max(0, Math.floor(-top / rowHeight) - SPARE);
  const last = Math.min(count, Math.ceil((viewport - top) / rowHeight) + SPARE);
  return { first: Math.min(first, count), last: Math.max(last, 0) };
}

/** Rows filled anew at a time: after a jump the others follow in the next frames, so that no frame has much to do. */
const AT_ONCE = 8;

/**
 * The rows to draw now, and whether more are to follow. Those that wait leave their elements to the rows that were there.
 * @param {readonly number[]} shown in their order @param {readonly number[]} wanted in their order
 * @param {{count: number, active: number}} rows how many there are, and which one is not to wait
 */
export function nextRows(shown, wanted, { count, active }) {
  const there = new Set(shown);
  const fresh = wanted.filter((index) => !there.has(index) && index !== active);
  const late = new Set(fresh.slice(AT_ONCE));
  const old = shown.filter((index) => index < count && !wanted.includes(index));
  const left = late.size ? old.slice(-late.size) : [];
  return { indices: [...wanted.filter((index) => !late.has(index)), ...left], more: late.size > 0 };
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

/**
 * Where the drawn rows are now that others came between them or some are gone: each keeps its element, and the focus its row. Elements
 * of rows that are gone stand below zero, free for others; but for the one with the focus, which is not to become another row's.
 * @template T @param {{slots: Map<number, number>, active: number}} place @param {readonly T[]} before @param {readonly T[]} rows
 * @param {(row: T) => string} key
 */
export function followRows({ slots, active }, before, rows, key) {
  const drawn = [...slots.keys(), active].filter((index) => index >= 0 && index < before.length);
  const from = new Map(drawn.map((index) => [key(before[index]), index]));
  /** @type {Map<number, number>} */
  const to = new Map();
  for (let index = 0; index < rows.length && to.size < from.size; index += 1) {
    const old = from.get(key(rows[index]));
    if (old !== undefined) to.set(old, index);
  }
  const moved = [...slots]
    .filter(([index]) => index !== active || to.has(index))
    .map(([index, slot]) => /** @type {[number, number]} */ ([to.get(index) ?? -1 - slot, slot]))
    .sort(([a], [b]) => a - b);
  return { slots: new Map(moved), active: to.get(active) ?? active };
}
