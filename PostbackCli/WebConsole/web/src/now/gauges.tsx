import type { Overview } from '../types';
import { duration, number } from '../format';
import { everything } from '../address';
import { choose } from '../place';

/** The queues and dead letters, one number each. */
export function Gauges({ overview }: { overview: Overview }) {
  const letters = overview.dead_letters + overview.older_dead_letters;
  const showLetters = () => {
    choose({ ...everything, kinds: ['dead_letter'], range: '7d' });
    document.getElementById('list')?.scrollIntoView();
  };
  return (
    <section class="gauges" aria-label="Queue and dead letters">
      <Gauge name="On the queue" value={number(overview.queue.length)} note={overview.queue.length === 0 ? 'nothing waits' : `oldest waits ${duration(overview.queue.oldest_age)}`}
        alarming={overview.queue.oldest_age >= 300} />
      <Gauge name="Largest lag" value={overview.largest_lag > 0 ? duration(overview.largest_lag) : 'none'} note="in the last hour" />
      <Gauge name="Dead letters" value={number(letters)} alarming={overview.dead_letters > 0}
        note={letters === 0 ? 'every message could be stored' : <button type="button" class="link" onClick={showLetters}>{overview.dead_letters > 0 ? `${number(overview.dead_letters)} in the last hour` : 'older than an hour'}</button>} />
      <Gauge name="Poison queue" value={number(overview.poison.length)} alarming={overview.poison.length > 0}
        note={overview.poison.length === 0 ? 'no message failed too often' : `oldest waits ${duration(overview.poison.oldest_age)}`} />
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
