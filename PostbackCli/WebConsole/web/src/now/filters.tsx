import type { Kind } from '../types';
import { isName, type Filter } from '../address';
import { choose, filter } from '../place';
import { overview } from '../state';
import { reasonCodes, reasonOf } from '../reasons';
import { Find } from './find';
import { RangeChooser } from './range';

const kinds: [Kind, string][] = [['quarantined', 'Quarantined'], ['dead_letter', 'Dead letters'], ['record', 'Stored']];

/** Filters the list. A record id opens its record. */
export function Filters() {
  const now = filter.value;
  const tables = overview.value?.tables ?? [];
  const name = (part: 'database' | 'table') => (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const text = input.value.trim();
    input.setCustomValidity(text === '' || isName(text) ? '' : 'Letters, digits and _ only.');
    if (input.reportValidity()) {
      choose({ [part]: text } as Partial<Filter>, 'replace');
    }
  };
  return (
    <search class="filters" aria-label="The list">
      <div class="kinds" role="group" aria-label="What to show">
        {kinds.map(([kind, label]) => (
          <button key={kind} type="button" class="chip" aria-pressed={now.kinds.includes(kind)}
            onClick={() => choose({ kinds: now.kinds.includes(kind) ? now.kinds.filter((one) => one !== kind) : [...now.kinds, kind] })}>
            {label}
          </button>
        ))}
      </div>
      <label>Database<input list="known-databases" value={now.database} onChange={name('database')} placeholder="any" spellcheck={false} autocomplete="off" /></label>
      <label>Table<input list="known-tables" value={now.table} onChange={name('table')} placeholder="any" spellcheck={false} autocomplete="off" /></label>
      <label>Reason
        <select value={now.reason} onChange={(event) => choose({ reason: event.currentTarget.value })}>
          <option value="">any</option>
          {reasonCodes.map((code) => <option key={code} value={code}>{reasonOf(code).title}</option>)}
        </select>
      </label>
      <RangeChooser />
      <Find />
      <datalist id="known-databases">{[...new Set(tables.map((one) => one.database))].map((one) => <option key={one} value={one} />)}</datalist>
      <datalist id="known-tables">{[...new Set(tables.map((one) => one.table))].map((one) => <option key={one} value={one} />)}</datalist>
    </search>
  );
}
