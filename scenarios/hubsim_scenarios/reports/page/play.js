// One play: its facts, the reason if it did not pass, its steps, the hubs after each step, and all messages.

const KINDS = [
  ['messages', ['message', 'struck', 'lost', 'complaint', 'other']],
  ['people', ['wish', 'granted', 'refused']],
  ['bench', ['bench_action', 'fault']],
  ['facts of the cloud', ['fact']],
  ['packets', ['packet']],
];
const OFTEN = new Set(['packet']); // Only plays with a tap have them, and more of them than of all else.

function playHead(line, view, before, after) {
  const { run } = data('overview');
  return el('section', { class: 'play-head' },
    el('nav', { class: 'crumbs', 'aria-label': 'Plays' },
      el('a', { href: '#' }, '← All plays'),
      before ? el('a', { href: addressOf(before) }, 'Previous') : null,
      after ? el('a', { href: addressOf(after) }, 'Next') : null),
    el('h1', {}, badge(line.verdict), ' ', line.title),
    view.about ? el('p', { class: 'about' }, view.about) : null,
    el('dl', { class: 'facts' },
      fact('file', line.file), fact('world', line.world), fact('seed', line.seed),
      fact('steps passed', `${line.held} of ${line.steps}`), fact('zone', view.zone),
      fact('world time passed', span(line.world_ms)), fact('real time', took(line.took_s)),
      view.began_at ? fact('began', realInstant(view.began_at)) : null,
      fact('hubsim', run.hubsim), fact('zone rules', run.zone_rules), fact('Python', run.python),
      fact('tags', line.tags.join(', '))),
    line.covers.length ? el('p', { class: 'clauses' }, 'Guide: ', line.covers.map(clauseLink)) : null,
    el('div', { class: 'code again' }, el('code', {}, view.again), copyButton(view.again, 'command')));
}

function clauseLink(clause) {
  const known = data('overview').clauses.find((each) => each.clause === clause);
  return el('a', { href: `#clause/${clause}`, class: 'chip', title: known ? known.text : '' }, clause);
}

function whyNot(line, view) {
  if (line.verdict === 'pass') return null;
  return el('section', { class: `card why ${line.verdict}`, 'aria-label': 'Why it did not pass' },
    el('h2', {}, line.reason),
    el('pre', { tabindex: 0 }, view.explanation.join('\n')));
}

function stepItem(view, place, clock, changes, overviewWords, onstep) {
  const step = view.steps[place];
  const before = place ? view.steps[place - 1].after_s : view.opened_s;
  const real = step.after_s === null ? '' : took(Math.max(0, step.after_s - (before ?? 0)));
  return el('li', {}, el('button', {
    type: 'button', class: `step ${step.held ? 'held' : 'broken'}`, 'data-step': place,
    tabindex: place ? -1 : 0, onclick: () => onstep(place),
  },
  el('span', { class: 'number' }, place + 1),
  el('span', { class: 'when' }, el('span', {}, clock.time(step.at_ms)),
    real ? el('span', { class: 'real', title: 'real time of the step' }, real) : null),
  el('span', { class: 'what' },
    el('span', { class: `who ${step.kind}` }, step.who), ' ',
    step.by_hand ? el('span', { class: 'who by-hand', title: 'played at a halt; not in the file' }, 'manual') : null,
    step.by_hand ? ' ' : null,
    el('span', { class: 'told' }, step.told),
    step.note ? el('span', { class: 'remark' }, step.note) : null,
    step.refused ? el('span', { class: 'outcome refused' }, `refused: ${step.refused}`) : null,
    step.outcome ? el('span', { class: `outcome ${step.held ? '' : 'broken'}` }, step.outcome) : null,
    changes.map(([hub, look]) => tinyFace(hub, look, overviewWords.tiles, overviewWords.second_tiles)))));
}

// The hubs that each step has visibly changed.
function changedHubs(view) {
  const last = { ...view.opening };
  return view.steps.map((step) => {
    const changed = Object.entries(step.looks).filter(([hub, look]) => {
      const before = last[hub] === undefined ? '' : visible(view.looks[last[hub]]);
      last[hub] = look;
      return before !== visible(view.looks[look]);
    });
    return changed.map(([hub, look]) => [hub, view.looks[look]]);
  });
}

function visible({ shows, app }) {
  const seen = app ?? shows;
  return JSON.stringify([shows.led, shows.led_pattern, shows.powered, seen.tile, seen.second_tile, seen.star,
    seen.icons, app?.online]);
}

function stepList(view, changes, onstep) {
  const clock = worldClock(view);
  const { words: texts } = data('overview');
  const list = el('ol', { class: 'steps', 'aria-label': 'Steps' });
  let day = '';
  view.steps.forEach((step, place) => {
    const today = clock.day(step.at_ms);
    if (today !== day) list.append(el('li', { class: 'day' }, today));
    day = today;
    list.append(stepItem(view, place, clock, changes[place], texts, onstep));
  });
  if (view.unplayed.length) list.append(el('li', { class: 'day' }, 'Not reached'));
  view.unplayed.forEach((step, place) => list.append(el('li', { class: 'step unplayed' },
    el('span', { class: 'number' }, view.steps.length + place + 1), el('span', {}),
    el('span', { class: 'what' }, el('span', { class: `who ${step.kind}` }, step.who), ' ', step.told,
      step.note ? el('span', { class: 'remark' }, step.note) : null))));
  list.addEventListener('keydown', (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = event.target.closest('[data-step]');
    if (!by || !at) return;
    event.preventDefault();
    onstep(Number(at.dataset.step) + by);
  });
  return list;
}

function faces(view, step) {
  const { words: texts } = data('overview');
  const looks = Object.entries(step < 0 ? view.opening : view.steps[step].looks);
  if (!looks.length) return [el('p', { class: 'hint' }, 'No snapshots of the hubs were recorded here.')];
  return looks.map(([hub, place]) => {
    const look = view.looks[place];
    return el('figure', { class: 'hub-card', 'data-hub': hub },
      facePicture(hub, look, texts.tiles, texts.second_tiles),
      el('figcaption', {}, el('span', {}, view.models[hub] ?? ''), el('span', {}, faceNotes(look)),
        el('details', {}, el('summary', {}, 'all recorded values'),
          el('pre', { tabindex: 0 }, JSON.stringify(look, null, 2)))));
  });
}

function stepDetail(view, step) {
  if (step < 0) return el('p', { class: 'source' }, 'Before the first step');
  const { at, source, seen } = view.steps[step];
  return el('div', { class: 'source' }, el('span', { class: 'hint' }, at), el('code', {}, source),
    seen === null || seen === undefined ? null : el('details', {}, el('summary', {}, 'what the person saw'),
      el('pre', { tabindex: 0 }, JSON.stringify(seen, null, 2))));
}

function filters(rows, shown, redraw) {
  const there = KINDS.filter(([, kinds]) => !kinds.every((kind) => OFTEN.has(kind))
    || rows.some((row) => kinds.includes(row[KIND])));
  return el('fieldset', { class: 'kinds' }, el('legend', { class: 'unseen' }, 'What the diagram shows'),
    there.map(([name, kinds]) => el('label', {}, el('input', {
      type: 'checkbox', checked: kinds.every((kind) => shown.has(kind)),
      onchange(event) {
        kinds.forEach((kind) => (event.target.checked ? shown.add(kind) : shown.delete(kind)));
        redraw();
      },
    }), ` ${name}`)),
    el('span', { class: 'hint' }, 'solid: published to the broker; dotted: intended receiver'));
}

function playPage(place, firstStep) {
  const { plays } = data('overview');
  const view = data(`play-${place}`);
  const line = plays[place];
  const shown = new Set(KINDS.flatMap(([, kinds]) => kinds).filter((kind) => !OFTEN.has(kind)));
  const facesBox = el('div', { class: 'faces', 'aria-label': 'The hubs after this step', role: 'group' });
  const sourceBox = el('div', { class: 'source-box' });
  const diagramBox = el('div', { class: 'diagram-box' });
  const panelBox = el('div', { class: 'panel-box' });
  let chosen = Math.min(firstStep ?? (line.verdict === 'pass' ? 0 : view.steps.length - 1),
    view.steps.length - 1);
  let picture;
  const wide = el('div', { class: 'column wide' }, facesBox, sourceBox, filters(view.diagram.rows, shown, () => redraw()), diagramBox,
    panelBox);

  const onclose = () => {
    const row = panelBox.dataset.row;
    panelBox.replaceChildren();
    wide.classList.remove('reading');
    diagramBox.querySelector(`[data-row="${row}"]`)?.focus({ preventScroll: true });
  };
  const onrow = (row) => {
    panelBox.dataset.row = row;
    panelBox.replaceChildren(messagePanel(view, row, onclose));
    wide.classList.add('reading');
    picture.choose(row);
    show(stepOf(view, row));
    announce(`${view.diagram.rows[row][LABEL]}: opened below the diagram`);
  };
  const changes = changedHubs(view);
  const list = stepList(view, changes, (step) => onstep(step, true));
  // Updates everything except the diagram, whose selection stays.
  const show = (step, focus) => {
    chosen = step;
    for (const button of list.querySelectorAll('[data-step]')) {
      const current = Number(button.dataset.step) === step;
      button.setAttribute('aria-current', current ? 'step' : 'false');
      button.tabIndex = current || (step < 0 && button.dataset.step === '0') ? 0 : -1;
      if (current && focus) button.focus({ preventScroll: true });
      if (current) keepInView(list, button);
    }
    facesBox.replaceChildren(...faces(view, step));
    showHub(facesBox, changes[step]?.[0]?.[0]);
    sourceBox.replaceChildren(stepDetail(view, step));
    picture.mark(step);
  };
  const onstep = (step, focus) => {
    if (step < -1 || step >= view.steps.length) return;
    show(step, focus);
    picture.select(step);
    if (focus) history.replaceState(null, '', addressOf(line, step + 1));
  };
  const redraw = () => {
    picture = diagram(view, shown, diagramBox.clientWidth, onrow, (step) => onstep(step, true));
    diagramBox.replaceChildren(picture.node);
    picture.select(chosen);
  };
  const page = el('article', { class: 'play' },
    playHead(line, view, plays[place - 1], plays[place + 1]), whyNot(line, view),
    view.steps.length ? el('section', { class: 'workspace', 'aria-label': 'The play' },
      el('div', { class: 'column' }, el('h2', {}, 'Steps'), list),
      wide)
      : el('p', { class: 'card' }, 'Nothing was played.'));
  page.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && panelBox.firstChild) onclose();
  });
  return {
    page,
    ready() {
      redraw();
      onstep(chosen, false);
    },
  };
}

// The step of a row of the diagram; -1: the world was being built.
function stepOf(view, row) {
  return row < view.opening_rows_end ? -1 : view.steps.findIndex((step) => row < step.rows_end);
}

// Scrolls to the hub that has changed, if there are many hubs side by side.
function showHub(box, hub) {
  const card = [...box.children].find((each) => each.dataset.hub === hub);
  if (hub !== undefined && card) box.scrollLeft = card.offsetLeft - box.offsetLeft - 24;
}

function keepInView(list, button) {
  const top = button.offsetTop;
  if (top < list.scrollTop || top + button.offsetHeight > list.scrollTop + list.clientHeight) {
    list.scrollTop = top - list.clientHeight / 3;
  }
}
