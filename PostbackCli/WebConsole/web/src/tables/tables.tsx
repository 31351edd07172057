import { Fragment } from 'preact';
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { TableList, TableSummary } from '../types';
import type { Range } from '../address';
import { api } from '../api';
import { number, plural } from '../format';
import { linkTo } from '../place';
import { Time, ZoneNote } from '../parts/time';
import { Sparkline } from './sparkline';

const pollEvery = 30_000;

const list = signal<TableList | null>(null);
const trouble = signal<string | null>(null);

async function load() {
  try {
    list.value = await api.tables();
    trouble.value = null;
  } catch (error) {
    trouble.value = (error as Error).message;
  }
}

/** Every table that has rows: its counts, its arrivals and the keys that write to it. */
export function Tables() {
  useEffect(() => {
    void load();
    const timer = setInterval(() => void (document.hidden || load()), pollEvery);
    return () => clearInterval(timer);
  }, []);
  const found = list.value;
  return (
    <section class="tables-view" aria-labelledby="tables-title">
      <h1 id="tables-title">Tables</h1>
      <p class="intro">
        Every table that has rows{found && <>. Counts are of the last {found.days} days{found.is_complete ? '' : ', and not complete: not every hour could be read'}</>}. <ZoneNote />
      </p>
      {trouble.value && <p class="trouble" role="alert">{trouble.value}</p>}
      {!found && !trouble.value && <p class="empty" role="status">Loading …</p>}
      {found?.tables.length === 0 && <p class="empty big">No table has rows yet. The first record to a database and table makes it.</p>}
      {found && found.tables.length > 0 && <ul class="table-list">{found.tables.map((one) => <Row key={`${one.database}.${one.table}`} table={one} />)}</ul>}
    </section>
  );
}

function Row({ table }: { table: TableSummary }) {
  const { database, table: name, like, silent_since: silent } = table;
  return (
    <li class="table">
      <div class="table-name">
        <h2><a href={linkTo('now', { database, table: name, range: rangeOf(table.last) })}>{database}.{name}</a>{table.is_new && <span class="badge">new</span>}</h2>
        {like && <p class="notice">one slip from <code>{like}</code></p>}
        {silent && <p class="notice">silent since <Time at={silent} inList /></p>}
        <p class="download">Download all as {formats.map(({ format, title }, index) => (
          <Fragment key={format}>{index > 0 && ' or '}<a href={`/api/export?tables=${database}.${name}&format=${format}`} download aria-label={`Download ${database}.${name} as ${title}`}>{title}</a></Fragment>
        ))}</p>
      </div>
      <Sparkline counts={table.stored_per_hour} />
      <dl>
        <div><dt>Stored</dt><dd>{number(table.stored)}</dd></div>
        <div><dt>Quarantined</dt><dd class={table.quarantined > 0 ? 'alarming' : ''}>{number(table.quarantined)}</dd></div>
        <div><dt>First</dt><dd>{table.first ? <Time at={table.first} inList /> : 'not yet'}</dd></div>
        <div><dt>Last</dt><dd>{table.last ? <Time at={table.last} inList /> : 'not yet'}</dd></div>
        <div><dt>{plural(table.keys.length, 'key').replace(/^[\d,]+ /, '').replace(/^k/, 'K')}</dt><dd>{table.keys.length > 0 ? <Keys ids={table.keys} /> : 'none'}</dd></div>
      </dl>
    </li>
  );
}

const formats = [{ format: 'jsonl', title: 'JSON Lines' }, { format: 'csv', title: 'CSV' }];

const shownKeys = 3;

const Keys = ({ ids }: { ids: string[] }) => (
  <>
    {ids.slice(0, shownKeys).map((id) => <a key={id} class="key-id" href="#keys"><code>{id}</code></a>)}
    {ids.length > shownKeys && <a href="#keys">and {ids.length - shownKeys} more</a>}
  </>
);

const day = 86_400_000;

/** A range that has the last arrival. */
function rangeOf(last: string | null): Range {
  const at = last ? Date.parse(last) : Date.now();
  const age = Date.now() - at;
  return age <= day ? '24h' : age <= 7 * day ? '7d' : { from: minuteOf(at - day), to: minuteOf(at + day) };
}

const minuteOf = (at: number) => `${new Date(at).toISOString().slice(0, 16)}Z`;
