import type { Overview } from '../types';
import { duration, number } from '../format';
import { filter } from '../state';

/** The queues and dead letters, one number each. */
export function Gauges({ look }: { look: Overview }) {
  const letters = look.dead_letters + look.older_dead_letters;
  const showLetters = () => {
    filter.value = { kinds: ['dead_letter'], database: '', table: '', reason: '' };
    document.getElementById('list')?.scrollIntoView();
  };
  return (
    <section class="gauges" aria-label="Queue and dead letters">
      <Gauge name="On the queue" value={number(look.queue.length)} note={look.queue.length === 0 ? 'nothing waits' : `oldest waits ${duration(look.queue.oldest_age)}`}
        alarming={look.queue.oldest_age >= 300} />
      <Gauge name="Largest lag" value={look.largest_lag > 0 ? duration(look.largest_lag) : 'none'} note="in the last hour" />
      <Gauge name="Dead letters" value={number(letters)} alarming={look.dead_letters > 0}
        note={letters === 0 ? 'every message could be stored' : <button type="button" class="link" onClick={showLetters}>{look.dead_letters > 0 ? `${number(look.dead_letters)} in the last hour` : 'older than an hour'}</button>} />
      <Gauge name="Poison queue" value={number(look.poison.length)} alarming={look.poison.length > 0}
        note={look.poison.length === 0 ? 'no message failed too often' : `oldest waits ${duration(look.poison.oldest_age)}`} />
    </section>
  );
}

function Gauge({ name, value, note, alarming = false }: { name: string; value: string; note: preact.ComponentChildren; alarming?: boolean }) {
  return (
    <div class={`gauge ${alarming ? 'alarming' : ''}`}>
      <h2>{name}</h2>
      <p class="value">{value}</p>
      <p class="note">{note}</p>
    </div>
  );
}
