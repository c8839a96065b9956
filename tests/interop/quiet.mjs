// libsignal writes its sessions to the console, whatever the logger. Tests say what they have to say by failing, so here
// the console keeps the latest lines for the report of a failure, and prints none.

const LINES = 50;

/** What was written, without the dumps. */
export const muted = [];

function keep(...words) {
  muted.push(words.filter((word) => typeof word === 'string').join(' '));
  if (muted.length > LINES) muted.shift();
}

for (const method of ['log', 'info', 'warn', 'error', 'debug']) console[method] = keep;

/** A logger for Baileys. */
export const logger = {
  level: 'warn',
  child: () => logger,
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: (...words) => keep('baileys warns:', ...words),
  error: (...words) => keep('baileys fails:', ...words),
};
