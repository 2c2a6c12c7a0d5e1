// The sequence diagram of a play: a lane for each participant, a row for each event, a band for each step.

const MIN_LANE = 108;
const MAX_LANE = 190;
const TIMES = 104;
const ROW = 34;
const BAND = 26;
const MAX_ROWS = 4000; // More would make the page slow. The trace has all of them.
const NOTES = new Set(['fact', 'bench_action', 'complaint', 'other']);

function arrow(x1, x2, y, classes, open = false) {
  const side = x2 > x1 ? -1 : 1;
  const head = `M${x2 + side * 8} ${y - 4.5}L${x2} ${y}L${x2 + side * 8} ${y + 4.5}${open ? '' : 'z'}`;
  return [
    draw('line', { x1, y1: y, x2: open ? x2 : x2 + side * 6, y2: y, class: classes }),
    draw('path', { d: head, class: `head ${classes}${open ? ' open' : ''}` }),
  ];
}

function note(x, y, label, kind) {
  const width = Math.max(60, label.length * 6.4 + 18);
  return [
    draw('rect', { x: x - width / 2, y: y - 11, width, height: 22, rx: 6, class: `note ${kind}` }),
    draw('text', { x, y: y + 4, class: `label ${kind}` }, label)];
}

function rowShapes(row, laneX, broker, y, width) {
  const [, kind, source, target, label] = row;
  const from = laneX(source);
  const to = laneX(target);
  const line = y + 24;
  if (kind === 'fault') {
    return [
      draw('rect', { x: TIMES, y: y + 5, width: width - TIMES - 6, height: 24, rx: 6, class: 'note fault' }),
      draw('text', { x: TIMES + 14, y: y + 21, class: 'label fault begin' }, `fault: ${label}`)];
  }
  if (NOTES.has(kind) || source === target) {
    return note(from, y + 18, kind === 'bench_action' ? `bench: ${label}` : label, kind);
  }
  const text = draw('text', { x: (from + to) / 2, y: y + 16, class: `label ${kind}` }, label);
  if (kind !== 'message') return [...arrow(from, to, line, kind, kind === 'granted'), text];
  const middle = laneX(broker);
  if (target === broker) return [...arrow(from, middle, line, kind), text];
  return [...arrow(middle, to, line, 'meant', true), ...arrow(from, middle, line, kind), text];
}

function rowWords(row, lanes, clock) {
  return `${clock.time(row[AT])} ${row[KIND] === 'fault' ? 'fault' : between(row, lanes)}: ${row[LABEL]}`;
}

// Returns { node, mark(step), select(step), choose(row) }. Calls `onrow` with the index of a row to open.
function diagram(view, shown, room, onrow, onstep) {
  const { lanes, rows } = view.diagram;
  const clock = worldClock(view);
  const broker = lanes.findIndex(({ kind }) => kind === 'broker');
  const lane = Math.min(MAX_LANE, Math.max(MIN_LANE, (room - TIMES - 28) / lanes.length));
  const laneX = (place) => TIMES + lane * place + lane / 2;
  const width = TIMES + lane * lanes.length + 8;
  const shapes = [];
  const bands = new Map();
  const drawn = new Map();
  let y = 8;
  let time = '';
  let left = MAX_ROWS;

  const addRow = (place) => {
    const row = rows[place];
    if (!shown.has(row[KIND]) || left <= 0) return;
    left -= 1;
    const now = clock.time(row[AT]);
    const group = draw('g', {
      class: 'row', role: 'button', tabindex: drawn.size ? -1 : 0, 'aria-label': rowWords(row, lanes, clock),
      'data-row': place, onclick: () => onrow(place),
    },
    draw('rect', { x: 2, y: y + 1, width: width - 4, height: ROW - 2, rx: 6, class: 'hit' }),
    now === time ? null : draw('text', { x: 10, y: y + 22, class: 'time' }, now),
    rowShapes(row, laneX, broker, y, width));
    time = now;
    drawn.set(place, group);
    shapes.push(group);
    y += ROW;
  };

  const addBand = (step, from, to) => {
    const top = y;
    const text = step < 0 ? 'Building the world' : `${step + 1}  ${view.steps[step].told.split('\n')[0]}`;
    const most = Math.floor((width - 30) / 6.6);
    const backdrop = draw('rect', { x: 0, y: top, width, class: 'band' });
    const title = draw('text', { x: 10, y: top + 17, class: 'band-title' },
      text.length > most ? `${text.slice(0, most - 1)}…` : text);
    shapes.push(draw('g', { class: 'band-head', onclick: () => onstep(step) }, backdrop, title));
    y += BAND;
    time = '';
    for (let place = from; place < to; place += 1) addRow(place);
    y += 6;
    backdrop.setAttribute('height', y - top - 3);
    bands.set(step, { backdrop, top });
  };

  addBand(-1, 0, view.opening_rows_end);
  let from = view.opening_rows_end;
  view.steps.forEach((step, place) => {
    addBand(place, from, step.rows_end);
    from = step.rows_end;
  });

  const lines = lanes.map(({ kind }, place) => draw('line',
    { x1: laneX(place), x2: laneX(place), y1: 0, y2: y, class: `lane ${kind}` }));
  const backdrops = [...bands.values()].map((band) => band.backdrop);
  const svg = draw('svg', { width, height: y, viewBox: `0 0 ${width} ${y}`, role: 'group',
    'aria-label': 'Messages in their order; use the arrow keys to select one, and Enter to open it' },
  backdrops, lines, shapes);
  const node = el('div', { class: 'diagram' }, laneHeads(lanes, lane, laneX, width), svg,
    left <= 0 ? el('p', { class: 'hint' }, `Only the first ${MAX_ROWS} rows are shown. The trace has all of them.`) : null);
  rovingKeys(svg, drawn, onrow);
  return {
    node,
    mark(step) {
      for (const [place, band] of bands) band.backdrop.classList.toggle('selected', place === step);
    },
    select(step) {
      node.scrollTo({ top: Math.max(0, (bands.get(step)?.top ?? 0) - 4) });
    },
    choose(row) {
      for (const [place, group] of drawn) group.classList.toggle('chosen', place === row);
      const group = drawn.get(row);
      group?.scrollIntoView({ block: 'nearest' });
      group?.focus({ preventScroll: true });
    },
  };
}

function laneHeads(lanes, lane, laneX, width) {
  const letters = Math.floor((lane - 16) / 7.4);
  return draw('svg', { width, height: 36, viewBox: `0 0 ${width} 36`, class: 'heads', 'aria-hidden': true },
    draw('text', { x: 10, y: 22, class: 'time' }, 'world time'),
    lanes.map(({ name, kind }, place) => [
      draw('rect', { x: laneX(place) - lane / 2 + 5, y: 4, width: lane - 10, height: 26, rx: 8,
        class: `head-box ${kind}` }),
      draw('text', { x: laneX(place), y: 21, class: `head-text ${kind}` },
        name.length > letters ? `${name.slice(0, letters - 1)}…` : name)]));
}

// The Tab key reaches one row. The arrow keys move from there.
function rovingKeys(svg, drawn, onrow) {
  const groups = [...drawn.values()];
  svg.addEventListener('keydown', (event) => {
    const at = groups.indexOf(event.target.closest('.row'));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: groups.length - 1 }[event.key];
    if (at >= 0 && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      onrow(Number(groups[at].getAttribute('data-row')));
    } else if (to !== undefined && groups[to]) {
      event.preventDefault();
      groups[at]?.setAttribute('tabindex', -1);
      groups[to].setAttribute('tabindex', 0);
      groups[to].focus();
    }
  });
}
