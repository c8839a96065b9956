// Links between the documents lead to a file, and to a heading where they name one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from './sandbox.mjs';

const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');

/** As GitHub makes them: lower case, without punctuation, hyphens for blanks. */
function anchors(text) {
  const headings = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, words]) => words.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-'));
}

test('every link in a document leads somewhere', () => {
  assert.ok(pages.includes('README.md'), `${pages}`);
  const lost = [];
  for (const page of pages) {
    const links = readFileSync(`${root}${page}`, 'utf8').matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g);
    for (const [, file, anchor] of links) {
      const target = file ? path.join(root, path.dirname(page), file) : `${root}${page}`;
      const found = existsSync(target);
      const names = found && anchor && statSync(target).isFile() ? anchors(readFileSync(target, 'utf8')) : [];
      if (!found || (anchor && !names.includes(anchor))) lost.push(`${page}: ${file}${anchor ? `#${anchor}` : ''}`);
    }
  }
  assert.deepEqual(lost, []);
});
