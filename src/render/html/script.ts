/**
 * The script of a page: sorting by the header buttons (ascending, descending, original order), a filter for each
 * table, and rows beyond the first thousand on scrolling. Rows are read at first use, so that a long page opens fast.
 * Texts are set by textContent only.
 */
export const SCRIPT = `
document.documentElement.className = 'js';
addEventListener('DOMContentLoaded', () => {
  'use strict';
  const BODY = 500;
  const collator = new Intl.Collator(undefined, { numeric: true });

  const make = (name, text, of) => {
    const element = document.createElement(name);
    element.textContent = text;
    return Object.assign(element, of);
  };

  /* Sort key of a cell: numbers, then times, then texts. */
  const keyOf = (cell) => {
    if (cell.classList.contains('null')) return null;
    const text = cell.title || cell.textContent;
    if (cell.className === 'num') return { rank: 0, value: Number(text), text };
    if (cell.className !== 'time') return { rank: 2, text };
    const iso = text.replace(' ', 'T');
    return { rank: 1, value: Date.parse(/(?:Z|[+-]\\d\\d:\\d\\d)$/.test(iso) ? iso : iso + 'Z'), text: (/\\.\\d+/.exec(iso) || [''])[0] };
  };

  const isInteger = (text) => /^-?\\d+$/.test(text);

  const compare = (a, b) => {
    if (a.rank !== b.rank) return a.rank - b.rank;
    if (a.rank === 2) return collator.compare(a.text, b.text);
    if (a.value !== b.value) return a.value < b.value ? -1 : 1;
    if (a.text === b.text) return 0;
    if (a.rank === 0) return isInteger(a.text) && isInteger(b.text) ? (BigInt(a.text) < BigInt(b.text) ? -1 : 1) : 0;
    return a.text < b.text ? -1 : 1;
  };

  const setUp = (section) => {
    const table = section.querySelector('table');
    const heads = [...table.tHead.rows[0].cells];
    const count = section.querySelector('.count');
    const total = count.textContent;
    const keys = [];
    let rows;
    let texts;
    let words = [];
    let column = -1;
    let sign = 0;

    const all = () => (rows ??= [...table.tBodies].flatMap((body) => [...body.rows]));
    const textOf = (row) => [...row.cells].map((cell) => cell.textContent).join('\\n').toLowerCase();

    const shown = () => {
      let view = all().map((_, i) => i);
      if (words.length > 0) {
        texts ??= rows.map(textOf);
        view = view.filter((i) => words.every((word) => texts[i].includes(word)));
      }
      if (sign === 0) return view;
      const of = (keys[column] ??= rows.map((row) => keyOf(row.cells[column])));
      const present = view.filter((i) => of[i] !== null).sort((a, b) => sign * compare(of[a], of[b]) || a - b);
      return [...present, ...view.filter((i) => of[i] === null)];
    };

    /* Rows not shown yet: at first in hidden bodies, after sorting or filtering detached from the page. */
    let waiting = [];
    const rest = make('p', 'More rows below', { className: 'rest' });
    /* Laying out more rows than this at once would hang the page. */
    const showAll = make('button', 'Show all', { type: 'button', hidden: table.rows.length > 10000 });
    rest.append(showAll);
    const append = (indexes) => {
      const body = make('tbody', '');
      body.append(...indexes.map((index) => rows[index]));
      table.append(body);
    };
    const reveal = (count) => {
      for (const body of [...table.querySelectorAll('tbody.more')].slice(0, count)) body.classList.remove('more');
      for (let n = 0; n < count && waiting.length > 0; n += 1) append(waiting.splice(0, BODY));
      rest.hidden = waiting.length === 0 && !table.querySelector('tbody.more');
    };
    showAll.addEventListener('click', () => reveal(Infinity));
    table.after(rest);
    reveal(0);
    new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && reveal(1), { rootMargin: '600px' }).observe(rest);
    addEventListener('beforeprint', () => reveal(Infinity));

    const update = () => {
      const view = shown();
      for (const body of [...table.tBodies]) body.remove();
      append(view.slice(0, BODY));
      waiting = view.slice(BODY);
      reveal(1);
      /* The totals are those of all rows. */
      if (table.tFoot) table.tFoot.hidden = words.length > 0;
      count.textContent = words.length > 0 ? view.length + ' of ' + total : total;
    };

    heads.forEach((head, index) => {
      const button = make('button', head.textContent, { type: 'button', title: 'Sort' });
      head.replaceChildren(button);
      button.addEventListener('click', () => {
        sign = column !== index ? 1 : sign === 1 ? -1 : sign === -1 ? 0 : 1;
        column = index;
        for (const other of heads) other.removeAttribute('aria-sort');
        if (sign !== 0) head.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
        update();
      });
    });

    const label = make('label', 'Filter');
    const input = make('input', '', { type: 'search', autocomplete: 'off', spellcheck: false });
    let timer;
    input.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
        update();
      }, 100);
    });
    label.append(input);
    /* A table with one row needs no filter. */
    if (table.tBodies.length > 1 || table.tBodies[0].rows.length > 1) count.before(label);
  };

  document.querySelectorAll('section').forEach(setUp);

  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')];
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
});
`
