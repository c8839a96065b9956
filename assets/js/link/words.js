// The words of the page behind a pairing link: those subjects that it needs, and for failures of the server words that a customer
// can do something with.
import { setLanguage } from '../i18n.js';

const SUBJECTS = ['common', 'errors', 'linking', 'pairing', 'settings'];

/** @param {import('../i18n.js').Language} language */
export async function loadPageWords(language) {
  const parts = await Promise.all(
    SUBJECTS.map(async (name) => (await import(`../i18n/${language}/${name}.js`)).default),
  );
  const words = Object.assign({}, ...parts);
  words['errors.network'] = words['pairing.offline'];
  for (const code of ['internal', 'unavailable', 'storage_failed', 'timeout'])
    words[`errors.${code}`] = words['pairing.fault'];
  words['errors.rate_limited'] = words['pairing.tooOften'];
  words['linking.downText'] = words['pairing.downText'];
  words['linking.down'] = words['pairing.waitingTitle'];
  words['linking.startAgain'] = words['common.tryAgain'];
  words['errors.nothing_to_scan'] = words['pairing.downText'];
  setLanguage(language, words);
}
