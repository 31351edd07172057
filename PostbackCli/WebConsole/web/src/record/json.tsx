import { useState } from 'preact/hooks';
import { size } from '../format';
import { CopyButton } from '../parts/copy';

// More characters than this make a browser slow.
const most = 50_000;

/** The JSON exactly as sent, or indented. Always shown as text. */
export function Json({ text, what }: { text: string; what: string }) {
  const [isLaidOut, setLaidOut] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const shown = isLaidOut ? layOut(text) : text;
  return (
    <section aria-labelledby="json">
      <div class="section-head">
        <h3 id="json">{what} <span>{size(text)}</span></h3>
        <button type="button" class="link" aria-pressed={isLaidOut} onClick={() => setLaidOut(!isLaidOut)}>Indent</button>
        <CopyButton text={text} what="the JSON" />
      </div>
      <pre class="raw" tabIndex={0} dir="auto" aria-label={what}>{isWhole ? shown : shown.slice(0, most)}</pre>
      {!isWhole && shown.length > most && <button type="button" class="quiet" onClick={() => setWhole(true)}>Show all of it</button>}
    </section>
  );
}

function layOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
