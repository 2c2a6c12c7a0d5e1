// Shows the view in the address: #, #clause/A7, #play/a.yaml, #play/a.yaml/step/5.

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

function decodedAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ''; // a malformed address
  }
}

function here() {
  const address = decodedAddress();
  const { plays } = data('overview');
  const [, anchor, step] = /^play\/(.+?)(?:\/step\/(\d+))?$/.exec(address) ?? [];
  const place = plays.findIndex((play) => play.anchor === anchor);
  if (place >= 0) return [playPage(place, step === undefined ? undefined : Number(step) - 1), plays[place].title];
  if (anchor) announce('This run has no such play. The list has all its plays.');
  wanted.clause = /^clause\/(\w+)$/.exec(address)?.[1] ?? wanted.clause;
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
