import { useState } from 'preact/hooks';
import type { FeedRow } from '../types';
import { reasonOf } from '../reasons';
import { open } from '../place';
import { followed, isCut, loadOlder, older, rows } from '../state';
import { Arrow } from '../parts/icons';
import { Time, ZoneNote } from '../parts/time';
import { Empty } from './empty';
import { Filters } from './filters';

const states = { record: 'Stored', quarantined: 'Quarantined', dead_letter: 'Dead letter' };

/** What arrives, newest first, page by page. */
export function Feed() {
  const [isLoading, setLoading] = useState(false);
  const more = async () => {
    setLoading(true);
    await loadOlder();
    setLoading(false);
  };
  return (
    <section class="list" id="list" aria-labelledby="list-title">
      <div class="list-head">
        <h2 id="list-title">What arrives</h2>
        <p>Quarantined records, dead letters and the records of {followed.value.length === 0 ? 'busy tables' : followed.value.map((table, index) => <>{index > 0 && ', '}<code>{table}</code></>)}. <ZoneNote /></p>
      </div>
      <Filters />
      {rows.value.length === 0
        ? <Empty />
        : <ul class="rows">{rows.value.map((row) => <Row key={`${row.kind} ${row.id}`} row={row} />)}</ul>}
      {isCut.value && <p class="empty" role="status">Not everything was read in the time that a page has: choose a table, or a reason.</p>}
      {older.value && <button type="button" class="quiet older" onClick={() => void more()} disabled={isLoading}>{isLoading ? 'Loading older rows …' : 'Older rows'}</button>}
    </section>
  );
}

function Row({ row }: { row: FeedRow }) {
  const table = row.database ? `${row.database}.${row.table}` : '';
  return (
    <li>
      <button type="button" class={`row ${row.kind}`} onClick={() => open({ name: 'record', id: row.id, tables: table ? [table] : [] })}>
        <Time at={row.received_at} inList />
        <span class="state">{states[row.kind]}</span>
        <span class="where">{table || 'unreadable'}</span>
        <span class="what">
          {row.kind === 'quarantined' && <strong>{reasonOf(row.reason ?? '').title}{row.key_prefix && <> <code>{row.key_prefix}</code></>}</strong>}
          {row.kind === 'dead_letter' && <strong>{row.reason}</strong>}
          {row.preview ? <bdi class="json">{row.preview}</bdi> : row.kind !== 'dead_letter' && <em>a large record: open it to see it</em>}
        </span>
        <Arrow />
      </button>
    </li>
  );
}
