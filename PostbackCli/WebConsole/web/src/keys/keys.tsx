import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { WriteKey } from '../types';
import { api } from '../api';
import { ago, date, exact, number, zone } from '../format';
import { overview } from '../state';
import { AddKey } from './add';
import { Changes } from './changes';
import { Revoke } from './revoke';

export const keys = signal<WriteKey[] | null>(null);
const trouble = signal<string | null>(null);

export async function loadKeys() {
  try {
    keys.value = (await api.keys()).keys;
    trouble.value = null;
  } catch (error) {
    trouble.value = (error as Error).message;
  }
}

/** The write keys, with their scope, state and use. */
export function Keys() {
  const [isAdding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<WriteKey | null>(null);
  useEffect(() => { void loadKeys(); }, []);
  return (
    <section class="keys" aria-labelledby="keys-title">
      <div class="keys-head">
        <div>
          <h1 id="keys-title">Write keys</h1>
          <p>Senders identify themselves with a write key. Only hashes are stored: a key is shown once, when it is made. A change takes effect within 5 seconds. Days are those of {zone()}.</p>
        </div>
        <button type="button" class="primary" onClick={() => setAdding(true)}>Add a key</button>
      </div>
      {trouble.value && <p class="trouble" role="alert">{trouble.value}</p>}
      {keys.value?.length === 0 && <p class="empty big">There is no key yet, so every record is quarantined. Add one, and give it to a sender.</p>}
      {keys.value && keys.value.length > 0 && (
        <ul class="key-list">{keys.value.map((key) => <Key key={key.hash} entry={key} onRevoke={() => setRevoking(key)} />)}</ul>
      )}
      <Changes key={keys.value?.length} />
      {isAdding && <AddKey onClose={() => { setAdding(false); void loadKeys(); }} />}
      {revoking && <Revoke entry={revoking} onClose={() => { setRevoking(null); void loadKeys(); }} />}
    </section>
  );
}

const stateOf = (key: WriteKey) =>
  key.revoked ? 'revoked' : key.expires && Date.parse(key.expires) <= Date.now() ? 'expired' : 'active';

const shownScopes = 3;

const scopesOf = ({ scopes }: WriteKey) => (scopes.includes('*')
  ? 'every table'
  : <span title={scopes.join('\n')}><code>{scopes.slice(0, shownScopes).join(' ')}</code>{scopes.length > shownScopes && ` and ${scopes.length - shownScopes} more`}</span>);

const Day = ({ at }: { at: string }) => <time dateTime={at} title={exact(at)}>{date(at)}</time>;

function Key({ entry, onRevoke }: { entry: WriteKey; onRevoke: () => void }) {
  const state = stateOf(entry);
  const quarantined = overview.value?.causes.find((cause) => cause.key === entry.id)?.count ?? 0;
  return (
    <li class={`key ${state}`}>
      <div class="key-name">
        <h2>{entry.label ? <bdi>{entry.label}</bdi> : <em>no label</em>}</h2>
        <p><code>{entry.id}</code> <span class={`badge ${state}`}>{state}</span>{entry.kind === 'url' && <span class="badge" title="Good in the URL of one table, and in no header">URL key</span>}</p>
      </div>
      <dl>
        <div><dt>Writes to</dt><dd>{scopesOf(entry)}</dd></div>
        <div><dt>Created</dt><dd><Day at={entry.created} /></dd></div>
        <div><dt>Expires</dt><dd>{entry.revoked ? <>revoked <Day at={entry.revoked} /></> : entry.expires ? <Day at={entry.expires} /> : 'never'}</dd></div>
        <div><dt>Last seen</dt><dd>{entry.last_seen ? <time dateTime={entry.last_seen} title={exact(entry.last_seen)}>{ago(entry.last_seen)}</time> : 'not yet'}</dd></div>
        <div><dt>Quarantined, last hour</dt><dd class={quarantined > 0 ? 'alarming' : ''}>{number(quarantined)}</dd></div>
      </dl>
      {state !== 'revoked' && <button type="button" class="quiet danger" onClick={onRevoke} aria-label={`Revoke ${entry.label || entry.id}`}>Revoke …</button>}
    </li>
  );
}
