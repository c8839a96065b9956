// Starts the page that the extension comes back to: it gives the answer to the tab where linking was begun, and says what to do.
import { CHANNEL, handOver } from '../handover.js';
import { chooseLanguage } from '../i18n.js';
import { pack, returned } from '../passkey.js';

/** A tab that is open answers at once. */
const PATIENCE_MS = 3_000;

const answer = returned(window.location.hash);
// It leaves the address before anything else can read it there.
window.history.replaceState(null, '', window.location.pathname);
const language = chooseLanguage(navigator.languages);
document.documentElement.lang = language;
document.documentElement.classList.toggle('dark', window.matchMedia('(prefers-color-scheme: dark)').matches);

/** @param {'taken'|'lost'} outcome */
function show(outcome) {
  const section = /** @type {HTMLElement} */ (
    document.querySelector(`section[lang=${language}][data-outcome=${outcome}]`)
  );
  document.title = String(section.querySelector('h1')?.textContent);
  section.hidden = false;
  const field = section.querySelector('textarea');
  if (field && answer) field.value = pack(answer.credential);
  else field?.closest('label')?.remove();
}

if (!answer) show('lost');
else {
  const channel = new BroadcastChannel(CHANNEL);
  show((await handOver({ channel, answer, ms: PATIENCE_MS })) ? 'taken' : 'lost');
}
