// Runs before the first paint, so that the page does not flash: the theme and the language as this browser keeps them. And where
// somebody is signed in, it asks at once for the modules that main.js would come to ask for, one after the other.
(() => {
  const FRAME = `
    views/shell store/sessions store/session-detail views/parts/confirm views/parts/dialog views/parts/field
    views/parts/empty views/parts/page views/parts/skeleton views/parts/toast actions/live format actions/sessions
    events pause`;
  const OVERVIEW = `
    views/overview figures views/overview/charts views/parts/chart views/parts/css
    views/overview/checklist views/overview/problems views/parts/badge views/parts/time views/overview/states
    views/overview/tiles views/parts/segmented views/parts/select store/stats actions/stats`;
  // A passkey's answer that comes to a page that has no use for it stays neither in the address nor in the history.
  if (location.hash.startsWith('#passkey=')) history.replaceState(null, '', location.pathname + location.search);
  const root = document.documentElement;
  let theme = null;
  let language = null;
  let key = null;
  try {
    theme = localStorage.getItem('wamux.theme');
    language = localStorage.getItem('wamux.language');
    key = sessionStorage.getItem('wamux.key') ?? localStorage.getItem('wamux.key');
  } catch {
    // No storage, no choice: the system's.
  }
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.classList.toggle('dark', dark);
  root.lang = language ?? navigator.language.slice(0, 2);

  if (!key) return;
  const overview = /^(#\/?)?($|\?)/.test(location.hash) ? OVERVIEW : '';
  for (const module of `${FRAME} ${overview}`.split(/\s+/).filter(Boolean)) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = `/assets/js/${module}.js`;
    document.head.append(link);
  }
})();
