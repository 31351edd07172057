import type { Terms } from '../api';
import type { WriteKey } from '../types';

const day = 86_400_000;
const spans: [string, number | null][] = [['Never', null], ['In a day', day], ['In 30 days', 30 * day], ['In a year', 365 * day]];

/** A key's current terms, widened so that they also cover a table. */
export function widened(key: WriteKey, database: string, table: string): Terms {
  const both = (has: string, needs: string) => (has === '*' || has === needs ? has : '*');
  const expires = key.expires && Date.parse(key.expires) > Date.now() ? key.expires : null;
  return { label: key.label || null, database: both(key.database, database), table: both(key.table, table), expires };
}

/** The label, scope and end of a key. */
export function TermsForm({ terms, onChange, near, isNew }: {
  terms: Terms;
  onChange: (terms: Terms) => void;
  near?: { database: string; table: string };
  isNew: boolean;
}) {
  const scopes: [string, string, string][] = [
    ...(near ? [[`Only ${near.database}.${near.table}`, near.database, near.table], [`Every table of ${near.database}`, near.database, '*']] as [string, string, string][] : []),
    ['Every database and table', '*', '*'],
  ];
  const isListed = scopes.some(([, database, table]) => database === terms.database && table === terms.table);
  return (
    <fieldset class="terms">
      <legend>{isNew ? 'The key' : 'New terms of the key'}</legend>
      <label class={near ? 'wide' : ''}>Label<input value={terms.label ?? ''} maxLength={128} placeholder="name of the sender" onInput={(event) => onChange({ ...terms, label: event.currentTarget.value || null })} /></label>
      {near
        ? (
          <label>May write to
            <select value={`${terms.database}.${terms.table}`} onChange={(event) => {
              const [database = '*', table = '*'] = event.currentTarget.value.split('.');
              onChange({ ...terms, database, table });
            }}>
              {!isListed && <option value={`${terms.database}.${terms.table}`}>{terms.database}.{terms.table}</option>}
              {scopes.map(([label, database, table]) => <option key={label} value={`${database}.${table}`}>{label}</option>)}
            </select>
          </label>
        )
        : (
          <>
            <label>Database<input value={terms.database} pattern="\*|[A-Za-z0-9_]{1,128}" required title="A name of A-Z, a-z, 0-9 and _, or * for all" onInput={(event) => onChange({ ...terms, database: event.currentTarget.value })} /></label>
            <label>Table<input value={terms.table} pattern="\*|[A-Za-z0-9_]{1,128}" required title="A name of A-Z, a-z, 0-9 and _, or * for all" onInput={(event) => onChange({ ...terms, table: event.currentTarget.value })} /></label>
          </>
        )}
      <label>Expires
        <select onChange={(event) => {
          const span = spans[event.currentTarget.selectedIndex]?.[1] ?? null;
          onChange({ ...terms, expires: span === null ? null : new Date(Date.now() + span).toISOString() });
        }}>
          {spans.map(([label]) => <option key={label}>{label}</option>)}
        </select>
      </label>
    </fieldset>
  );
}
