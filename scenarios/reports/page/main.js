// What the address names is shown: #, #clause/A7, #play/3, #play/3/step/5.

function theme() {
  const button = document.getElementById('theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const show = (name) => {
    document.documentElement.dataset.theme = name;
    button.textContent = name === 'dark' ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `Show in ${name === 'dark' ? 'light' : 'dark'} colours`);
  };
  show(dark.matches ? 'dark' : 'light');
  dark.addEventListener('change', () => show(dark.matches ? 'dark' : 'light'));
  button.addEventListener('click', () => show(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
}

function here() {
  const [what, which, , step] = decodeURIComponent(location.hash.slice(1)).split('/');
  const { plays } = data('overview');
  if (what === 'play' && plays[which]) {
    return [playPage(Number(which), step === undefined ? undefined : Number(step) - 1), plays[which].title];
  }
  if (what === 'clause') wanted.clause = which ?? '';
  return [overviewPage(), ''];
}

function show() {
  const main = document.getElementById('main');
  const [{ page, ready }, title] = here();
  main.replaceChildren(page);
  document.getElementById('place').textContent = title;
  document.title = title ? `${title} - hubsim` : document.querySelector('.brand').textContent;
  scrollTo(0, 0);
  ready();
}

theme();
addEventListener('hashchange', () => {
  show();
  document.getElementById('main').focus({ preventScroll: true });
});
show();
