import { useState } from 'preact/hooks';
import { shell } from '../format';
import { open } from '../place';
import { session } from '../state';
import { Code } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { Steps } from '../parts/steps';
import { event, isSending, lastKey, makeTestKey, result, send, steps, trouble } from './sending';

/** A form that posts one record as any sender does, with the same request for curl. */
export function SendPanel() {
  const now = event.value;
  const [isShown, setShown] = useState(false);
  const [isMaking, setMaking] = useState(false);
  const make = async () => {
    setMaking(true);
    await makeTestKey().catch((error: Error) => { trouble.value = error.message; });
    setMaking(false);
  };
  const endpoint = session.value?.endpoint;
  const change = (part: Partial<typeof now>) => { event.value = { ...now, ...part }; };
  const keyInput = {
    value: now.key,
    required: true,
    pattern: '[!-~]{1,256}',
    title: '1 to 256 visible ASCII characters',
    spellcheck: false,
    onInput: (input: { currentTarget: HTMLInputElement }) => change({ key: input.currentTarget.value }),
  };
  const check = (input: HTMLTextAreaElement) => {
    input.setCustomValidity(isObject(input.value) ? '' : 'The body is one JSON object: {…}');
    change({ body: input.value });
  };
  return (
    <Dialog title="Send a test event" label="Send a test event">
      {endpoint
        ? <p>It goes through the real endpoint, <code>{endpoint}</code>, and is followed to its row.</p>
        : <p class="trouble" role="alert">The endpoint is not known: start the console with <code>--endpoint URL</code>.</p>}
      <form onSubmit={(submitted) => { submitted.preventDefault(); void send(); }}>
        <div class="pair">
          <label>Database<input value={now.database} required pattern="[A-Za-z0-9_]{1,128}" title="A-Z, a-z, 0-9 and _" spellcheck={false} onInput={(input) => change({ database: input.currentTarget.value })} /></label>
          <label>Table<input value={now.table} required pattern="[A-Za-z0-9_]{1,128}" title="A-Z, a-z, 0-9 and _" spellcheck={false} onInput={(input) => change({ table: input.currentTarget.value })} /></label>
        </div>
        <label>Write key{isShown ? <input type="text" {...keyInput} /> : <input type="password" {...keyInput} />}</label>
        <div class="hints">
          <button type="button" class="link" disabled={isMaking} onClick={() => void make()}>{isMaking ? 'Making it …' : 'Make one that ends in an hour'}</button>
          {lastKey.value && lastKey.value !== now.key && <button type="button" class="link" onClick={() => change({ key: lastKey.value })}>Use the one just made</button>}
          <button type="button" class="link" aria-pressed={isShown} onClick={() => setShown(!isShown)}>{isShown ? 'Hide' : 'Show'} it</button>
        </div>
        <label>Record<textarea rows={6} value={now.body} spellcheck={false} onInput={(input) => check(input.currentTarget)} /></label>
        <div class="actions"><button type="submit" class="primary" disabled={!endpoint || isSending.value}>Send it</button></div>
      </form>
      {trouble.value && <p class="trouble" role="alert">{trouble.value}</p>}
      {steps.value.length > 0 && <Steps label="Progress" steps={steps.value} />}
      {result.value && <button type="button" class="quiet" onClick={() => open({ name: 'record', id: result.value!.id, tables: result.value!.tables })}>{result.value.state === 'quarantined' ? 'Why, and how to fix it' : 'Open the record'}</button>}
      <h3>The same with curl</h3>
      <Code what="the curl command" text={curlOf(endpoint ?? 'https://ENDPOINT', now, isShown)} />
    </Dialog>
  );
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

// The key is shown only where the form shows it.
const curlOf = (endpoint: string, to: typeof event.value, isShown: boolean) => [
  `curl -i ${shell(`${endpoint}/postback/v3/event/${to.database}/${to.table}`)}`,
  `  -H ${to.key && isShown ? `'X-TD-Write-Key: ${to.key.replaceAll("'", `'\\''`)}'` : '"X-TD-Write-Key: $KEY"'}`,
  `  -H 'Content-Type: application/json'`,
  `  -d ${shell(to.body.replace(/\s*\n\s*/g, ''))}`,
].join(' \\\n');
