import type { Overview } from '../types';
import { duration, plural } from '../format';

/** The server's verdict, one sentence, with the other findings below it. */
export function Verdict({ overview }: { overview: Overview }) {
  const lag = overview.largest_lag;
  const stored = overview.stored_per_minute.reduce((sum, count) => sum + count, 0);

  // The verdict has the whole first finding, unless that is too long for a headline.
  const others = overview.findings.slice(overview.verdict.startsWith(overview.findings[0] ?? '') ? 1 : 0);
  return (
    <section class={`verdict ${overview.level}`} aria-labelledby="verdict">
      <h1 id="verdict" aria-live="polite">{sentence(overview.verdict)}</h1>
      {others.length > 0 && <ul class="also" aria-label="Also found">{others.map((other) => <li key={other}>{sentence(other)}</li>)}</ul>}
      <p class="summary">
        {stored > 0
          ? <>{plural(stored, 'record')} stored in the last hour{lag > 0 && <>; the largest lag was {duration(lag)}</>}.</>
          : <>No record was stored in the last hour.</>}
      </p>
    </section>
  );
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + '.';
