// Draws a hub: its logo with the LED, its cards and links, and its tile in the app.

const LED_WORDS = { off: 'dark', white: 'white', green: 'green', red: 'red' };
const BARS = { no_signal: 0, weak: 1, normal: 3, strong: 4 };
const STAR = 'M10 1.8l2.5 5.3 5.7.7-4.2 4 1.1 5.7L10 14.7l-5.1 2.8L6 11.8l-4.2-4 5.7-.7z';

function bars(filled) {
  return [0, 1, 2, 3].map((place) => draw('rect', {
    x: 1 + place * 5, y: 13 - place * 4, width: 3.4, height: 4 + place * 4, rx: 0.8,
    class: place < filled ? 'ink' : 'faint',
  }));
}

const slash = () => draw('path', { d: 'M2 2L18 18', class: 'strike' });

function iconShapes(name) {
  const battery = /^battery_(\d+)$/.exec(name);
  const cellular = /^(\dg)_(\w+)$/.exec(name);
  if (battery) {
    const percent = Number(battery[1]);
    return [
      draw('rect', { x: 1, y: 5, width: 16, height: 10, rx: 2, class: 'outline' }),
      draw('rect', { x: 17.5, y: 8, width: 2, height: 4, rx: 0.8, class: 'ink' }),
      draw('rect', { x: 2.8, y: 6.8, width: 12.4 * percent / 100, height: 6.4, rx: 0.8,
        class: percent <= 20 ? 'alarm' : 'ink' }),
    ];
  }
  if (cellular) {
    return [...bars(BARS[cellular[2]] ?? 0),
      draw('text', { x: -1, y: 7, class: 'generation' }, cellular[1].toUpperCase())];
  }
  switch (name) {
    case 'cellular_off': return [...bars(0), slash()];
    case 'mains': return [draw('path', { d: 'M7 1v5M13 1v5M4 6h12v3a6 6 0 0 1-12 0zM10 15v4', class: 'line' })];
    case 'no_mains': return [
      draw('path', { d: 'M7 1v5M13 1v5M4 6h12v3a6 6 0 0 1-12 0zM10 15v4', class: 'line' }), slash()];
    case 'star': return [draw('path', { d: STAR, class: 'gold' })];
    case 'lid_open': return [draw('path', { d: 'M3 9h14v9H3zM3 9L15 2', class: 'line alarm-line' })];
    case 'malfunction': return [
      draw('path', { d: 'M10 2L19 18H1z', class: 'line alarm-line' }),
      draw('text', { x: 10, y: 16, class: 'mark' }, '!')];
    case 'sim_not_installed': case 'sim_defective_or_pin': return [
      draw('path', { d: 'M4 1h8l4 4v14H4z', class: 'line alarm-line' }),
      draw('text', { x: 10, y: 15, class: 'mark' }, name === 'sim_not_installed' ? '×' : '!')];
    default: return [draw('text', { x: 0, y: 14, class: 'generation' }, words(name).slice(0, 4))];
  }
}

function icon(name, x, y) {
  return draw('g', { transform: `translate(${x} ${y})` }, draw('title', {}, words(name)), iconShapes(name));
}

function iconRow(icons, x, y) {
  return icons.map((name, place) => icon(name, x + place * 28, y));
}

function logo(shows, x, y, size) {
  const led = shows.powered === false ? 'off' : shows.led;
  const blinking = shows.led_pattern === 'blinking';
  return draw('g', { transform: `translate(${x} ${y}) scale(${size / 40})` },
    draw('circle', { r: 27, class: `glow ${led}` }),
    draw('path', { d: 'M0 -17L15 9H-15z', class: `led ${led}` }),
    blinking ? draw('circle', { r: 24, class: 'blinking' }) : null);
}

// The hub itself: its case, its logo, a slot for each card, and its channels.
function hubCase(shows) {
  const slots = Object.entries(shows.sims ?? {});
  const channels = shows.channels ?? [];
  return draw('g', {},
    draw('rect', { x: 6, y: 6, width: 128, height: 128, rx: 20, class: 'case' }),
    logo(shows, 70, 62, 52),
    slots.map(([slot, card], place) => draw('g', { transform: `translate(${26 + place * 46} 108)` },
      draw('title', {}, `SIM ${slot}: ${words(card)}`),
      draw('rect', { width: 40, height: 16, rx: 3, class: `slot ${card}` }),
      draw('text', { x: 20, y: 12, class: 'slot-text' }, `SIM ${slot}`))),
    draw('text', { x: 70, y: 150, class: 'below' },
      shows.powered === false ? 'switched off' : channels.map(words).join(' + ') || 'no channel'));
}

// The hub in the app: icons, star, tile, and second tile.
function appCard(name, seen, online, tiles, secondTiles, x) {
  const tile = seen.tile;
  const second = secondTiles[seen.second_tile];
  return draw('g', { transform: `translate(${x} 6)` },
    draw('rect', { width: 262, height: 148, rx: 12, class: 'screen' }),
    draw('text', { x: 14, y: 25, class: 'hub-name' }, name),
    online === null ? null : draw('text', { x: 248, y: 25, class: online ? 'online' : 'offline' },
      online ? 'online' : 'offline'),
    iconRow(seen.icons ?? [], 14, 38),
    tile === 'none'
      ? draw('text', { x: 14, y: 90, class: 'no-tile' }, 'no tile')
      : [draw('rect', { x: 14, y: 70, width: 234, height: 30, rx: 8, class: `tile ${tile}` }),
        draw('text', { x: 26, y: 90, class: `tile-text ${tile}` }, tiles[tile] ?? words(tile))],
    second ? [draw('rect', { x: 14, y: 106, width: 234, height: 34, rx: 8, class: 'tile second' }),
      secondLines(second).map((line, place) => draw('text',
        { x: 24, y: 120 + place * 13, class: 'second-text' }, line))] : null);
}

function secondLines(text) {
  const middle = text.lastIndexOf(' ', 40);
  return text.length <= 40 ? [text] : [text.slice(0, middle), text.slice(middle + 1)];
}

function faceWords(name, look, tiles, secondTiles) {
  const { shows, app } = look;
  const seen = app ?? shows;
  const parts = [
    `${name}: ${shows.powered === false ? 'switched off' : `LED ${LED_WORDS[shows.led] ?? shows.led}`}`,
    shows.led_pattern === 'blinking' ? 'blinking' : '',
    app ? (app.online ? 'online' : 'offline') : 'the cloud cannot be reached',
    `tile ${tiles[seen.tile] ?? words(seen.tile)}`,
    secondTiles[seen.second_tile] ?? '',
    seen.star ? 'star' : 'no star',
    `icons ${(seen.icons ?? []).map(words).join(', ')}`,
  ];
  return parts.filter(Boolean).join('; ');
}

function facePicture(name, look, tiles, secondTiles) {
  const { shows, app } = look;
  return draw('svg', {
    viewBox: '0 0 416 160', class: 'face', role: 'img', 'aria-label': faceWords(name, look, tiles, secondTiles),
  }, hubCase(shows), appCard(name, app ?? shows, app ? app.online : null, tiles, secondTiles, 148));
}

// A small picture of a hub, for the list of steps.
function tinyFace(name, look, tiles, secondTiles) {
  const seen = look.app ?? look.shows;
  return el('span', { class: 'tiny', title: faceWords(name, look, tiles, secondTiles) },
    draw('svg', { viewBox: '0 0 20 20', class: 'tiny-led', 'aria-hidden': true }, logo(look.shows, 10, 10.5, 13)),
    el('span', {}, name),
    seen.tile === 'none' ? null : el('span', { class: `tiny-tile ${seen.tile}` }, tiles[seen.tile]),
    seen.star ? el('span', { class: 'tiny-star', role: 'img', 'aria-label': 'star' }, '★') : null,
    look.app && !look.app.online ? el('span', { class: 'tiny-off' }, 'offline') : null);
}

// Differences between hub and app, and the state at the carrier.
function faceNotes(look) {
  const { shows, app, carrier } = look;
  const notes = [];
  if (shows.registration) notes.push(`registration ${words(shows.registration)}`);
  if (carrier) {
    const waiting = carrier.ordered ? `, ${carrier.ordered} ordered` : '';
    notes.push(`carrier: profile ${carrier.profile}${waiting}`);
  }
  if (!app) notes.push('the cloud is stopped: this is the state on the hub itself');
  else if (app.tile !== shows.tile || app.star !== shows.star) {
    notes.push(`the hub itself shows ${words(shows.tile)}${shows.star ? ', star' : ''}`);
  }
  return notes.join(' · ');
}
