import type { Overview } from '../types';
import { duration, plural } from '../format';

/** The server's verdict in words, the most important finding first and large. */
export function Verdict({ overview }: { overview: Overview }) {
  const lag = overview.largest_lag;
  const [first = '', ...others] = overview.verdict.split('; ');
  const stored = overview.stored_per_minute.reduce((sum, count) => sum + count, 0);
  return (
    <section class={`verdict ${overview.level}`} aria-labelledby="verdict">
      <h1 id="verdict" aria-live="polite">{sentence(first)}</h1>
      {others.map((other) => <p key={other} class="also">{sentence(other)}</p>)}
      <p class="summary">
        {stored > 0
          ? <>{plural(stored, 'record')} stored in the last hour{lag > 0 && <>; the largest lag was {duration(lag)}</>}.</>
          : <>No record was stored in the last hour.</>}
      </p>
    </section>
  );
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + '.';
