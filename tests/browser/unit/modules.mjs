// Which modules a module needs before it runs.
import { readFileSync } from 'node:fs';

/** The paths of all of them, and its own. @param {URL} module @param {Set<string>} found @returns {Set<string>} */
export function modules(module, found = new Set()) {
  if (found.has(module.pathname)) return found;
  found.add(module.pathname);
  const text = readFileSync(module, 'utf8');
  for (const [, path] of text.matchAll(/(?:^|[\n;}])\s*(?:import|export)\b[^;'"()]*?from\s*['"](\.[^'"]+)['"]/g))
    modules(new URL(path, module), found);
  return found;
}
