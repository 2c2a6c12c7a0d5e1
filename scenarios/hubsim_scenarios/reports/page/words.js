// Creates elements (text is never interpreted as markup), and formats times and durations.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === '') continue;
    node.append(child);
  }
  return node;
}

const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const words = (name) => String(name).replaceAll('_', ' ');
const two = (number) => String(number).padStart(2, '0');
const many = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September',
  'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

// The world clock of a play in local time, from the offsets in its data.
function worldClock(view) {
  const local = (atMs) => {
    let offset = 0;
    for (const [from, ms] of view.offsets) if (from <= atMs) offset = ms;
    return new Date(atMs + offset);
  };
  return {
    time(atMs) {
      const at = local(atMs);
      const ms = at.getUTCMilliseconds();
      const whole = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
      return ms ? `${whole}.${String(ms).padStart(3, '0')}` : whole;
    },
    day(atMs) {
      const at = local(atMs);
      const day = `${DAYS[at.getUTCDay()]}, ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
      return `${day} ${at.getUTCFullYear()}`;
    },
  };
}

// A duration of world time, in its two largest units.
function span(ms) {
  if (ms === 0) return '0 s';
  const units = [['d', 86400000], ['h', 3600000], ['min', 60000], ['s', 1000], ['ms', 1]];
  const parts = [];
  let rest = ms;
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

// A duration of real time in min, s or ms.
function took(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  const ms = seconds * 1000;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}

function realInstant(text) {
  return text.replace('T', ' ').replace(/(\.\d{3})\d*/, '$1').replace(/(\+00:00|Z)$/, ' UTC');
}

// The address of a play, or of one of its steps, from 1.
function addressOf(play, step) {
  return `#play/${encodeURI(play.anchor).replaceAll('#', '%23').replaceAll('?', '%3F')}${step ? `/step/${step}` : ''}`;
}

function announce(text) {
  document.getElementById('announcement').textContent = text;
}

function copyButton(text, what) {
  return el('button', {
    type: 'button', class: 'quiet copy', 'aria-label': `Copy ${what}`,
    async onclick(event) {
      const button = event.currentTarget;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
        announce(`${what} copied`);
      } catch {
        const range = document.createRange();
        range.selectNodeContents(button.parentElement.querySelector('code, pre'));
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        button.textContent = 'Selected';
      }
    },
  }, 'Copy');
}

function badge(verdict) {
  return el('span', { class: `badge ${verdict}` }, verdict);
}

const stored = new Map();

// Parses a block of data when it is first used.
function data(name) {
  if (!stored.has(name)) stored.set(name, JSON.parse(document.getElementById(name).textContent));
  return stored.get(name);
}
