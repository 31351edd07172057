import type { Overview } from '../types';
import { duration, number } from '../format';
import { filter } from '../state';

/** The rest of the state, a number each. */
export function Gauges({ look }: { look: Overview }) {
  const letters = look.dead_letters + look.older_dead_letters;
  const showLetters = () => {
    filter.value = { kinds: ['dead_letter'], database: '', table: '', reason: '' };
    document.getElementById('list')?.scrollIntoView();
  };
  return (
    <section class="gauges" aria-label="Queue and dead letters">
      <Gauge name="On the queue" value={number(look.queue.length)} note={look.queue.length === 0 ? 'nothing waits' : `oldest waits ${duration(look.queue.oldest_age)}`}
        bad={look.queue.oldest_age >= 300} />
      <Gauge name="Slowest to its row" value={look.largest_lag > 0 ? duration(look.largest_lag) : 'none'} note="in the last hour" />
      <Gauge name="Dead letters" value={number(letters)} bad={look.dead_letters > 0}
        note={letters === 0 ? 'nothing is lost' : <button type="button" class="link" onClick={showLetters}>{look.dead_letters > 0 ? `${number(look.dead_letters)} in the last hour` : 'older than an hour'}</button>} />
      <Gauge name="Poison queue" value={number(look.poison.length)} bad={look.poison.length > 0}
        note={look.poison.length === 0 ? 'nothing given up' : `oldest waits ${duration(look.poison.oldest_age)}`} />
    </section>
  );
}

function Gauge({ name, value, note, bad = false }: { name: string; value: string; note: preact.ComponentChildren; bad?: boolean }) {
  return (
    <div class={`gauge ${bad ? 'bad' : ''}`}>
      <h2>{name}</h2>
      <p class="value">{value}</p>
      <p class="note">{note}</p>
    </div>
  );
}
