import { useEffect, useState } from 'preact/hooks';
import type { Change, ChangeList } from '../types';
import { api } from '../api';
import { plural } from '../format';
import { Code } from '../parts/copy';
import { Time, ZoneNote } from '../parts/time';

const states = { begun: 'begun', done: 'done', failed: 'failed', cut_off: 'cut off' };

/** What operators changed: keys, and what was replayed. */
export function Changes() {
  const [list, setList] = useState<ChangeList | null>(null);
  const [trouble, setTrouble] = useState('');
  useEffect(() => { api.changes().then(setList, (error: Error) => setTrouble(error.message)); }, []);
  return (
    <section class="change-log" aria-labelledby="changes-title">
      <h2 id="changes-title">Changes</h2>
      <p class="intro">Who changed a key, and what was replayed. <ZoneNote /></p>
      {trouble && <p class="trouble" role="alert">{trouble}</p>}
      {list?.changes.length === 0 && <p class="empty">Nothing was changed yet.</p>}
      {list && list.changes.length > 0 && <ol>{list.changes.map((one) => <Row key={one.id} change={one} />)}</ol>}
      {list?.has_more && <p class="intro">Older ones: <code>postback changes --since 90d</code></p>}
    </section>
  );
}

function Row({ change }: { change: Change }) {
  const { what, subject, was, becomes, who, state, sent, command } = change;
  return (
    <li class={state}>
      <Time at={change.at} inList />
      <div>
        <p><strong>{what}</strong> <code>{subject}</code> by <bdi>{who}</bdi>{state !== 'done' && <span class={`badge ${state === 'begun' ? '' : 'revoked'}`}>{states[state]}</span>}</p>
        {becomes && <p class="terms-of">{was && <><bdi>{was}</bdi> → </>}<bdi>{becomes}</bdi></p>}
        {command && (what === 'replay' || what === 'repair') && <p class="terms-of">{plural(sent, 'record')} sent again</p>}
        {command && state === 'cut_off' && <Code what="what finishes it" text={command} />}
      </div>
    </li>
  );
}
