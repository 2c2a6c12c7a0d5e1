// The overview: the result of the run, the coverage of the guide, and the list of plays with its filters.

const VERDICTS = ['fail', 'blocked', 'skipped', 'pass'];
const VERDICT_WORDS = {
  pass: 'passed', fail: 'failed', blocked: 'blocked', skipped: 'skipped',
};
const VERDICT_MEANS = {
  pass: 'all expectations passed',
  fail: 'an expectation failed, or an action was refused unexpectedly',
  blocked: 'could not be played to the end because of the world, not the product',
  skipped: 'needs something that this kind of world cannot do',
};

const MAX_NOT_PASSED = 8; // Plays shown at the top. The list has all of them.

const wanted = { verdict: '', clause: '', text: '' };

function headline({ counts, plays, clauses, run }) {
  const others = VERDICTS.filter((verdict) => verdict !== 'pass' && counts[verdict]);
  const [bad] = others;
  const text = bad
    ? `${others.map((verdict) => `${counts[verdict]} ${VERDICT_WORDS[verdict]}`).join(', ')} of ${many(plays.length, 'play')}`
    : plays.length === 1 ? 'The play passed'
      : run.interrupted ? `${plays.length} plays passed before the end` : `All ${plays.length} plays passed`;
  return el('section', { class: `card hero ${bad ?? (run.interrupted ? 'blocked' : 'pass')}` },
    el('h1', {}, plays.length ? text : 'Nothing was played'),
    run.interrupted ? el('p', { class: 'interrupted' },
      `The run was interrupted by ${run.interrupted}: ${many(run.unplayed, 'play')} of it have no verdict.`) : null,
    el('p', {}, `${run.where}; ${guideWords(clauses)}; ${took(run.took_s)} of real time`),
    shareBar(counts, plays.length));
}

function shareBar(counts, all) {
  let x = 0;
  const parts = VERDICTS.filter((verdict) => counts[verdict]).map((verdict) => {
    const width = counts[verdict] / all * 1000;
    x += width;
    return draw('rect', { x: x - width, y: 0, width: Math.max(2, width - 3), height: 10, class: verdict });
  });
  return draw('svg', { viewBox: '0 0 1000 10', preserveAspectRatio: 'none', class: 'share', 'aria-hidden': true },
    parts);
}

function runFacts({ run }) {
  return el('section', { class: 'card' }, el('h2', {}, 'The run'),
    el('dl', { class: 'facts' }, fact('began', realInstant(run.began_at)), fact('real time', took(run.took_s)),
      fact('world', run.where), fact('seed', run.seed), fact('hubsim', run.hubsim), fact('zone rules', run.zone_rules),
      fact('Python', run.python), fact('platform', run.platform)),
    el('div', { class: 'code again' }, el('code', {}, run.command), copyButton(run.command, 'command')));
}

function guideWords(clauses) {
  const count = (status) => clauses.filter((clause) => clause.status === status).length;
  const covered = clauses.length - count('not_covered');
  const failed = count('failed');
  return `${covered} of ${clauses.length} clauses of the guide covered`
    + `${covered ? `: ${count('passed')} passed` : ''}${failed ? `, ${failed} with a play that did not pass` : ''}`;
}

// The plays that did not pass, at the top of the page.
function notPassed({ plays }, showAll) {
  const bad = ['fail', 'blocked'].flatMap((verdict) => plays.filter((play) => play.verdict === verdict));
  if (!bad.length) return null;
  const others = bad.length - MAX_NOT_PASSED;
  return el('section', { class: 'card trouble' }, el('h2', {}, 'Not passed'),
    el('ul', {}, bad.slice(0, MAX_NOT_PASSED).map((play) => el('li', {}, badge(play.verdict),
      el('div', {}, el('a', { href: addressOf(play) }, play.title),
        el('span', { class: 'file' }, play.file), el('span', { class: 'reason' }, play.reason))))),
    others > 0 ? el('button', { type: 'button', class: 'quiet', onclick: () => showAll(bad[0].verdict) },
      `Show ${many(others, 'more play')} in the list`) : null);
}

const STATUS_WORDS = {
  passed: 'all its plays passed', failed: 'a play did not pass', not_covered: 'not covered by this run',
};

function guide({ clauses }, onclause) {
  const chapters = grouped(clauses);
  return el('section', { class: 'card guide' }, el('h2', {}, 'The guide'),
    el('p', { class: 'hint' }, 'The clauses of the partner guide. Select one to see its text and its plays.'),
    [...chapters].map(([chapter, inside]) => el('div', { class: 'chapter' },
      el('h3', {}, chapter),
      el('div', { class: 'chips' }, inside.map((clause) => {
        return el('button', {
          type: 'button', class: `chip ${clause.status}`, 'data-clause': clause.clause, 'aria-pressed': 'false',
          'aria-label': `${clause.clause}, ${STATUS_WORDS[clause.status]}: ${clause.text}`,
          title: clause.text, onclick: () => onclause(clause.clause),
        }, clause.clause);
      })))),
    el('p', { class: 'legend' }, Object.entries(STATUS_WORDS).map(([status, words]) => [
      el('span', { class: `chip ${status}`, 'aria-hidden': true }, 'A1'), ` ${words} `])));
}

function grouped(clauses) {
  const chapters = new Map();
  for (const clause of clauses) {
    chapters.set(clause.chapter, [...(chapters.get(clause.chapter) ?? []), clause]);
  }
  return chapters;
}

function playRow(play, place) {
  return el('tr', { 'data-play': place },
    el('td', {}, badge(play.verdict)),
    el('td', { class: 'title' }, el('a', { href: addressOf(play) }, play.title),
      el('span', { class: 'file' }, play.file),
      play.reason ? el('span', { class: 'reason' }, play.reason) : null),
    el('td', { class: 'covers', 'data-name': 'clauses' }, play.covers.length > 6
      ? `${play.covers.slice(0, 5).join(' ')} +${play.covers.length - 5}` : play.covers.join(' ')),
    el('td', { class: 'count', 'data-name': 'steps' }, play.held === play.steps ? play.steps : `${play.held} of ${play.steps}`),
    el('td', { class: 'count', 'data-name': 'world time' }, span(play.world_ms)),
    el('td', { class: 'count', 'data-name': 'real time' }, took(play.took_s)),
    el('td', { class: 'count', 'data-name': 'seed' }, play.seed));
}

function matches(play) {
  if (wanted.verdict && play.verdict !== wanted.verdict) return false;
  if (wanted.clause && !play.covers.includes(wanted.clause)) return false;
  const inside = [play.title, play.file, play.reason, play.covers.join(' '), play.tags.join(' ')].join('\n')
    .toLowerCase();
  return wanted.text.toLowerCase().split(/\s+/).every((word) => inside.includes(word));
}

function overviewPage() {
  const all = data('overview');
  const rows = all.plays.map(playRow);
  const count = el('p', { class: 'hint', role: 'status' });
  const clauseText = el('p', { class: 'clause-text' });
  const chosen = (state) => (state ? 'true' : 'false');

  const apply = () => {
    let shown = 0;
    all.plays.forEach((play, place) => {
      const fits = matches(play);
      rows[place].hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown === all.plays.length ? many(shown, 'play') : `${shown} of ${many(all.plays.length, 'play')}`;
    for (const button of page.querySelectorAll('[data-verdict]')) {
      button.setAttribute('aria-pressed', chosen(button.dataset.verdict === wanted.verdict));
    }
    for (const chip of page.querySelectorAll('[data-clause]')) {
      chip.setAttribute('aria-pressed', chosen(chip.dataset.clause === wanted.clause));
    }
    const clause = all.clauses.find((each) => each.clause === wanted.clause);
    clauseText.replaceChildren(...(clause ? [el('strong', {}, clause.clause), ` ${clause.text} `,
      el('button', { type: 'button', class: 'quiet', onclick: () => choose({ clause: '' }) }, 'All clauses')] : []));
  };
  const choose = (change) => {
    Object.assign(wanted, change);
    apply();
  };
  const page = el('div', { class: 'overview' },
    headline(all),
    el('section', { class: 'counts', 'aria-label': 'Plays by verdict' }, ['pass', 'fail', 'blocked', 'skipped'].map(
      (verdict) => el('button', {
        type: 'button', class: `count-card ${verdict}`, 'data-verdict': verdict, 'aria-pressed': 'false',
        title: VERDICT_MEANS[verdict],
        onclick: () => choose({ verdict: wanted.verdict === verdict ? '' : verdict }),
      }, el('strong', {}, all.counts[verdict] ?? 0), ' ', el('span', {}, VERDICT_WORDS[verdict])))),
    notPassed(all, (verdict) => {
      choose({ verdict });
      page.querySelector('.plays').scrollIntoView();
    }),
    el('div', { class: 'side-by-side' },
      guide(all, (clause) => choose({ clause: wanted.clause === clause ? '' : clause })), runFacts(all)),
    el('section', { class: 'card plays' },
      el('div', { class: 'bar' }, el('h2', {}, 'Plays'),
        el('label', { class: 'search' }, el('span', { class: 'unseen' }, 'Find plays'),
          el('input', { type: 'search', id: 'find', placeholder: 'Find by title, file, reason, clause or tag',
            value: wanted.text, oninput: (event) => choose({ text: event.target.value.trim() }) })),
        count),
      clauseText,
      el('div', { class: 'scroll' }, el('table', {},
        el('thead', {}, el('tr', {}, ['Verdict', 'Scenario', 'Clauses', 'Steps', 'World time', 'Real time', 'Seed']
          .map((name) => el('th', { scope: 'col' }, name)))),
        el('tbody', {}, rows)))));
  apply();
  return { page, ready() {} };
}
