import type { Overview } from '../types';
import { duration, plural } from '../format';

/** The server's verdict in words, the most important finding first and large. */
export function Verdict({ look }: { look: Overview }) {
  const [first = '', ...others] = look.verdict.split('; ');
  const stored = look.stored_per_minute.reduce((sum, count) => sum + count, 0);
  return (
    <section class={`verdict ${look.level}`} aria-labelledby="verdict">
      <h1 id="verdict" aria-live="polite">{sentence(first)}</h1>
      {others.map((other) => <p key={other} class="also">{sentence(other)}</p>)}
      <p class="summary">
        {stored > 0
          ? <>{plural(stored, 'record')} stored in the last hour{look.largest_lag > 0 && <>; the largest lag was {duration(look.largest_lag)}</>}.</>
          : <>No record was stored in the last hour.</>}
      </p>
    </section>
  );
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + '.';
