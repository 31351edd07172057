import { useState } from 'preact/hooks';
import type { Kind } from '../types';
import { filter, followed, overview, panel } from '../state';
import { reasonOf } from '../reasons';

const kinds: [Kind, string][] = [['quarantined', 'Quarantined'], ['dead_letter', 'Dead letters'], ['record', 'Stored']];
const isId = (text: string) => /^[0-9a-f]{32}$/.test(text);
const isName = (text: string) => text === '' || /^\w{1,128}$/.test(text);

/** Filters the list. A record id opens its record. */
export function Filters() {
  const now = filter.value;
  const [id, setId] = useState('');
  const tables = overview.value?.tables ?? [];
  const change = (part: Partial<typeof now>) => { filter.value = { ...now, ...part }; };
  const name = (part: 'database' | 'table') => (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const text = input.value.trim();
    input.setCustomValidity(isName(text) ? '' : 'Letters, digits and _ only.');
    if (input.reportValidity()) {
      change({ [part]: text });
    }
  };
  const open = (text: string) => {
    setId(text);
    if (isId(text.trim())) {
      const tablesOfId = now.database && now.table ? followed.value : [];
      panel.value = { name: 'record', id: text.trim(), tables: tablesOfId };
    }
  };
  return (
    <search class="filters" aria-label="The list">
      <div class="kinds" role="group" aria-label="What to show">
        {kinds.map(([kind, label]) => (
          <button key={kind} type="button" class="chip" aria-pressed={now.kinds.includes(kind)}
            onClick={() => change({ kinds: now.kinds.includes(kind) ? now.kinds.filter((one) => one !== kind) : [...now.kinds, kind] })}>
            {label}
          </button>
        ))}
      </div>
      <label>Database<input list="databases" value={now.database} onChange={name('database')} placeholder="any" spellcheck={false} autocomplete="off" /></label>
      <label>Table<input list="tables" value={now.table} onChange={name('table')} placeholder="any" spellcheck={false} autocomplete="off" /></label>
      <label>Reason
        <select value={now.reason} onChange={(event) => change({ reason: event.currentTarget.value })}>
          <option value="">any</option>
          {['unknown_key', 'revoked_key', 'expired_key', 'key_not_allowed'].map((code) => <option key={code} value={code}>{reasonOf(code).title}</option>)}
        </select>
      </label>
      <label class="id">Record id<input value={id} onInput={(event) => open(event.currentTarget.value)} placeholder="32 hex digits, from X-Postback-Record-Id" spellcheck={false} autocomplete="off" /></label>
      <datalist id="databases">{[...new Set(tables.map((one) => one.database))].map((one) => <option key={one} value={one} />)}</datalist>
      <datalist id="tables">{[...new Set(tables.map((one) => one.table))].map((one) => <option key={one} value={one} />)}</datalist>
    </search>
  );
}
