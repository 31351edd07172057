import { useState } from 'preact/hooks';
import type { Terms } from '../api';

const day = 86_400_000;
const spans: [string, number | null][] = [['Never', null], ['In a day', day], ['In 30 days', 30 * day], ['In a year', 365 * day]];

/** The label, scopes and end of a new key. */
export function TermsForm({ terms, onChange }: { terms: Terms; onChange: (terms: Terms) => void }) {
  const [scopes, setScopes] = useState(terms.scopes.join(' '));
  return (
    <fieldset class="terms">
      <legend>The key</legend>
      <label class="wide">Label<input value={terms.label ?? ''} maxLength={128} placeholder="name of the sender" onInput={(event) => onChange({ ...terms, label: event.currentTarget.value || null })} /></label>
      <label class="wide">Writes to
        <input value={scopes} required aria-describedby="scopes-form" onInput={(event) => {
          setScopes(event.currentTarget.value);
          onChange({ ...terms, scopes: event.currentTarget.value.split(/[\s,]+/).filter(Boolean) });
        }} />
      </label>
      <p id="scopes-form" class="wide hint">A table (<code>shop.orders</code>), a database (<code>shop.*</code>), several with spaces between, or <code>*</code> for everything.</p>
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
