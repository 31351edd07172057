import type { StoredRecord } from '../types';
import { exact, plural } from '../format';

/** The columns and other facts of a record. */
export function Facts({ record }: { record: StoredRecord }) {
  const facts: [string, string | null][] = [
    ['Database', record.database],
    ['Table', record.table],
    ['Received at', exact(record.received_at)],
    ['Time', record.time === null ? null : `${record.time} (${exact(new Date(record.time * 1000).toISOString())})`],
    ['Records', record.elements === null ? null : `${record.elements}, in an array that is replayed whole`],
    ['Key', record.key_prefix],
    ['Account', record.account],
    ['Sender', record.address],
    ['User-Agent', record.user_agent],
    ['Tries', record.tries === null ? null : String(record.tries)],
  ];
  const columns = Object.entries(record.columns ?? {});
  return (
    <>
      {columns.length > 0 && (
        <section aria-labelledby="columns">
          <h3 id="columns">Columns</h3>
          <dl class="facts columns">{columns.map(([name, value]) => <div key={name}><dt>{name}</dt><dd dir="auto">{value}</dd></div>)}</dl>
          {record.columns_omitted > 0 && <p class="note">{plural(record.columns_omitted, 'more member')} without a column.</p>}
        </section>
      )}
      <section aria-labelledby="facts">
        <h3 id="facts">Details</h3>
        <dl class="facts">{facts.map(([name, value]) => value && <div key={name}><dt>{name}</dt><dd dir="auto">{value}</dd></div>)}</dl>
      </section>
    </>
  );
}
