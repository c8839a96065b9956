// Runs before the first paint, so that the page does not flash: the theme and the language as this browser keeps them.
(() => {
  const root = document.documentElement;
  let theme = null;
  let language = null;
  try {
    theme = localStorage.getItem('wamux.theme');
    language = localStorage.getItem('wamux.language');
  } catch {
    // No storage, no choice: the system's.
  }
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.classList.toggle('dark', dark);
  root.lang = language ?? navigator.language.slice(0, 2);
})();
