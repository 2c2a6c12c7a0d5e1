// The details of one row of the diagram: its facts, and its payload with the changes since the last one.

const [AT, KIND, SOURCE, TARGET, LABEL, FACTS] = [0, 1, 2, 3, 4, 5];

function decoded(payload) {
  try {
    const value = JSON.parse(payload);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

// The previous message on the same topic, or null.
function messageBefore(rows, place) {
  const { topic } = rows[place][FACTS];
  for (let at = place - 1; at >= 0; at -= 1) {
    if (rows[at][KIND] === 'message' && rows[at][FACTS].topic === topic) return rows[at];
  }
  return null;
}

function payloadBlock(payload, before) {
  const value = decoded(payload);
  if (!value) return el('pre', { class: 'payload', tabindex: 0 }, el('code', {}, payload || '(empty)'));
  const former = before ? decoded(before[FACTS].payload) : null;
  const names = Object.keys(value);
  const lines = names.map((name, place) => {
    const written = JSON.stringify(value[name], null, 2).replaceAll('\n', '\n  ');
    const changed = former && JSON.stringify(former[name]) !== JSON.stringify(value[name]);
    const text = `  ${JSON.stringify(name)}: ${written}${place < names.length - 1 ? ',' : ''}`;
    if (!changed) return `${text}\n`;
    const was = former[name] === undefined ? 'new' : `was ${JSON.stringify(former[name])}`;
    return el('mark', {}, text, el('span', { class: 'was' }, `  ← ${was}`));
  });
  return el('pre', { class: 'payload', tabindex: 0 }, el('code', {}, '{\n', lines, '}'));
}

function fact(name, value) {
  if (value === undefined || value === null || value === '') return null;
  return el('div', {}, el('dt', {}, words(name)),
    el('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value)));
}

function between(row, lanes) {
  const from = lanes[row[SOURCE]].name;
  const to = lanes[row[TARGET]].name;
  if (row[KIND] === 'message') return `${from} → broker, for ${to}`;
  return row[SOURCE] === row[TARGET] ? from : `${from} → ${to}`;
}

// Events have only a world time. The real times are those of their step.
function realTime(view, place) {
  const step = stepOf(view, place);
  if (step < 0 || view.steps[step].after_s === null) return '';
  const from = step ? view.steps[step - 1].after_s : view.opened_s;
  return `in step ${step + 1}: ${took(from)} to ${took(view.steps[step].after_s)} after the start`;
}

function messagePanel(view, place, onclose) {
  const { lanes, rows } = view.diagram;
  const row = rows[place];
  const clock = worldClock(view);
  const before = row[KIND] === 'message' ? messageBefore(rows, place) : null;
  const { payload, ...rest } = row[FACTS];
  return el('section', { class: 'panel', 'aria-label': 'Message details', id: 'panel' },
    el('header', {},
      el('h3', { tabindex: -1 }, row[LABEL]),
      el('button', { type: 'button', class: 'quiet', 'aria-label': 'Close', onclick: onclose }, 'Close')),
    el('dl', { class: 'facts' },
      fact('world time', `${clock.day(row[AT])} ${clock.time(row[AT])}`),
      fact('real time', realTime(view, place)),
      fact('between', row[KIND] === 'fault' ? null : between(row, lanes)),
      Object.entries(rest).filter(([name]) => name !== 'at_ms').map(([name, value]) => fact(name, value))),
    payload === undefined ? null : [
      el('p', { class: 'hint' }, before
        ? 'Marked: changes since the previous message on this topic.' : 'The first message on this topic.'),
      el('div', { class: 'code' }, payloadBlock(payload, before), copyButton(payload, 'payload'))]);
}
