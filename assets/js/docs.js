// The page of the API: Swagger UI with what /api/openapi.json says. It runs before the first paint, so that the page does not flash,
// and begins when Swagger UI is there. A key that is typed here stays in this page's memory.
(() => {
  const DESCRIPTION = '/api/openapi.json';
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');

  /** What was chosen in the dashboard's settings, else what the system has. */
  function wear() {
    let theme = null;
    try {
      theme = localStorage.getItem('wamux.theme');
    } catch {
      // No storage, no choice.
    }
    root.classList.toggle('dark-mode', theme === 'dark' || (theme !== 'light' && dark.matches));
  }

  /** The description, or an error whose message is a sentence for people. */
  async function load() {
    const read = async (/** @type {Response} */ answer) => ({ status: answer.status, text: await answer.text() });
    const { status, text } = await fetch(DESCRIPTION, { headers: { Accept: 'application/json' } })
      .then(read)
      .catch(() => {
        throw new Error('The daemon does not answer. See that it runs and that your network reaches it.');
      });
    if (status !== 200) throw new Error(`${DESCRIPTION} was answered with status ${status}.`);
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`What came as ${DESCRIPTION} is not JSON.`);
    }
  }

  /**
   * A stream has no end that Swagger UI could show, and a WebSocket is no request: they are there to be read about.
   * @param {any} responses of an operation, as Swagger UI keeps them
   */
  const endless = (responses) =>
    responses?.has('101') ||
    responses?.some((/** @type {any} */ answer) => answer.hasIn(['content', 'text/event-stream']));

  const withoutEndless = {
    statePlugins: {
      spec: {
        wrapSelectors: {
          allowTryItOutFor:
            (/** @type {Function} */ _given, /** @type {any} */ { specSelectors }) =>
            (/** @type {unknown} */ _state, /** @type {string} */ path, /** @type {string} */ method) =>
              !endless(specSelectors.specJson().getIn(['paths', path, method, 'responses'])),
        },
      },
    },
  };

  /** @param {string} id */
  const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

  /** @param {Promise<any>} description */
  async function show(description) {
    part('failed').hidden = true;
    part('loading').hidden = false;
    try {
      const spec = await description;
      const { SwaggerUIBundle } = /** @type {any} */ (window);
      if (!SwaggerUIBundle) throw new Error('The program of this page did not arrive. Load the page again.');
      SwaggerUIBundle({
        spec,
        domNode: part('api'),
        deepLinking: true,
        displayRequestDuration: true,
        defaultModelsExpandDepth: 0,
        // Its makers' checker is another host.
        validatorUrl: 'none',
        persistAuthorization: false,
        plugins: [withoutEndless],
      });
    } catch (/** @type {any} */ error) {
      part('why').textContent = error.message;
      part('failed').hidden = false;
    }
    part('loading').hidden = true;
  }

  wear();
  dark.addEventListener('change', wear);
  const description = load();
  // It is looked at when the page is there; until then its failure is nobody's.
  description.catch(() => {});
  document.addEventListener('DOMContentLoaded', () => {
    part('again').addEventListener('click', () => show(load()));
    show(description);
  });
})();
