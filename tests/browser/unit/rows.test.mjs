// Which rows of a long table are drawn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assignSlots, followRows, nextRows } from '../../../assets/js/rows.js';

const range = (/** @type {number} */ from, /** @type {number} */ to) =>
  Array.from({ length: to - from }, (_, offset) => from + offset);

test('a jump is drawn in steps, each row in the end, and no element is made or moved for it', () => {
  const wanted = range(500, 522);
  let shown = range(0, 22);
  let slots = assignSlots(new Map(), shown);
  let steps = 0;
  for (let more = true; more; steps += 1) {
    const next = nextRows(shown, wanted, { count: 2000, active: 0 });
    const before = new Set(shown);
    assert.ok(next.indices.filter((index) => !before.has(index)).length <= 8);
    assert.equal(next.indices.length, 22);
    ({ indices: shown, more } = next);
    slots = assignSlots(slots, shown);
    assert.deepEqual([...slots.values()], range(0, 22));
  }
  assert.deepEqual(shown, wanted);
  assert.equal(steps, 3);
});

test('a short way is drawn at once, and rows that are no more are not kept', () => {
  assert.deepEqual(nextRows(range(0, 22), range(4, 26), { count: 2000, active: 0 }), {
    indices: range(4, 26),
    more: false,
  });
  assert.deepEqual(nextRows(range(0, 22), range(0, 3), { count: 3, active: 0 }), { indices: range(0, 3), more: false });
});

test('the row that has the focus does not wait', () => {
  assert.ok(nextRows(range(0, 22), range(500, 522), { count: 2000, active: 521 }).indices.includes(521));
});

const key = (/** @type {string} */ row) => row;
const drawn = { slots: new Map([...'abc'].map((_, index) => [index, index])), active: 1 };

test('a row that comes between others leaves each its element, and the focus its row', () => {
  const { slots, active } = followRows(drawn, [...'abc'], [...'xaybc'], key);
  assert.equal(active, 3);
  assert.deepEqual(
    [...slots],
    [
      [1, 0],
      [3, 1],
      [4, 2],
    ],
  );
});

test('the element of a row that is gone is used again, but not where it had the focus', () => {
  const gone = followRows(drawn, [...'abc'], [...'bc'], key);
  assert.deepEqual([gone.active, gone.slots.get(0), gone.slots.get(1)], [0, 1, 2]);
  assert.deepEqual([...assignSlots(gone.slots, [0, 1, 2]).values()], [1, 2, 0]);
  const { slots, active } = followRows(drawn, [...'abc'], [...'ac'], key);
  assert.deepEqual([active, [...slots.values()]], [1, [0, 2]]);
});
