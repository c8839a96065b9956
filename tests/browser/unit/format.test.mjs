// How things are written for people.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import * as format from '../../../assets/js/format.js';
import { setLanguage } from '../../../assets/js/i18n.js';

afterEach(() => setLanguage('en', {}));
const now = Date.parse('2026-11-24T12:00:00Z');
const kinds = (/** @type {string} */ text) => format.parseFormatting(text).map((node) => node.kind);

test('times are told from now, in the language that is set', () => {
  assert.equal(format.relative('2026-11-24T11:57:00Z', now), '3 min. ago');
  assert.equal(format.relative('2026-11-24T14:00:00Z', now), 'in 2 hr.');
  assert.equal(format.relative('2026-11-24T12:00:01Z', now), 'now');
  assert.equal(format.relative(null, now), '–');
  setLanguage('pt', {});
  assert.match(format.relative('2026-11-24T11:57:00Z', now), /^há 3 min/);
  setLanguage('es', {});
  assert.match(format.relative('2026-11-24T11:57:00Z', now), /^hace 3 min/);
});

test('spans get the unit that fits', () => {
  assert.equal(format.duration(120), '120 ms');
  assert.equal(format.duration(3400), '3.4 sec');
  assert.equal(format.duration(65_000), '1m 5s');
  assert.equal(format.duration(7_500_000), '2h 5m');
  assert.equal(format.duration(null), '–');
});

test('numbers and shares follow the language', () => {
  assert.equal(format.number(1234.5), '1,234.5');
  assert.equal(format.percent(0.974), '97.4%');
  setLanguage('pt', {});
  assert.equal(format.number(1234.5), '1.234,5');
});

test('phone numbers are grouped', () => {
  assert.equal(format.phone('5511999998888'), '+55 11 99999-8888');
  assert.equal(format.phone('12125550123'), '+1 212 555-0123');
  assert.equal(format.phone('351912345678'), '+351 91 234 5678');
  assert.equal(format.phone(null), '–');
  for (const digits of ['5511999998888', '12125550123', '4915112345678', '351912345678', '447700900123']) {
    assert.equal(format.phone(digits).replace(/\D/g, ''), digits);
  }
});

test('the marks of WhatsApp become a tree', () => {
  assert.deepEqual(format.parseFormatting('a *b _c_* d'), [
    { kind: 'text', text: 'a ' },
    {
      kind: 'bold',
      children: [
        { kind: 'text', text: 'b ' },
        { kind: 'italic', children: [{ kind: 'text', text: 'c' }] },
      ],
    },
    { kind: 'text', text: ' d' },
  ]);
  assert.deepEqual(kinds('~x~ `y` ```z\nz```'), ['strike', 'text', 'code', 'text', 'mono']);
});

test('what only looks like a mark stays text', () => {
  for (const text of ['2*3*4', '* a *', 'snake_case_name', '**', '*a\nb*', '<b>x</b>'])
    assert.deepEqual(kinds(text), ['text'], text);
});

test('nothing is formatted within code, and links end before the punctuation', () => {
  assert.deepEqual(format.parseFormatting('```*a*```'), [{ kind: 'mono', children: [{ kind: 'text', text: '*a*' }] }]);
  assert.deepEqual(format.parseFormatting('see https://a.b/c_d_e.'), [
    { kind: 'text', text: 'see ' },
    { kind: 'link', text: 'https://a.b/c_d_e' },
    { kind: 'text', text: '.' },
  ]);
  assert.deepEqual(kinds('javascript:alert(1)'), ['text']);
});

/** @type {(nodes: any[]) => string} */
const all = (nodes) => nodes.map((/** @type {any} */ node) => node.text ?? all(node.children)).join('');
const plain = (/** @type {string} */ text) => text.replace(/[*_~`]/g, '');

/** What something takes where nothing else is in its way: the quickest of a few runs, in milliseconds. @param {() => unknown} work */
function quickest(work) {
  const runs = [1, 2, 3].map(() => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return Math.min(...runs);
}

test('the longest message made of nothing but marks is read at once, and its text is kept', () => {
  const LONGEST = 65_536;
  const filled = (/** @type {string} */ piece) => piece.repeat(Math.ceil(LONGEST / piece.length)).slice(0, LONGEST);
  for (const piece of ['*a* ', '*', '_~*', '`a`', '```', '*_~a~_* ', '* ', '*a', 'http://', 'https://a.b ', '`*_~\n']) {
    const text = filled(piece);
    const nodes = format.parseFormatting(text);
    const took = quickest(() => format.parseFormatting(text));
    assert.ok(took < 100, `${JSON.stringify(piece)}: ${took} ms`);
    assert.equal(plain(all(nodes)), plain(text), JSON.stringify(piece));
    assert.ok(nodes.length <= 2_001, `${nodes.length} pieces to draw`);
  }
});

test('no text is lost, whatever it is', () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: 30 }, () => '*_~` ab\n'[Math.floor(random() * 8)]).join('');
    assert.equal(plain(all(format.parseFormatting(text))), plain(text), JSON.stringify(text));
  }
});
