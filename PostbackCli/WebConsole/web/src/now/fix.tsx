import { useState } from 'preact/hooks';
import type { Cause } from '../types';
import { Rejected } from '../api';
import { open } from '../place';
import { overview, readAll } from '../state';
import { Code } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { AdviceText, buttonOf, commandsOf, senderOf, tablesOf } from './advice';
import { startFix } from './fixing';

const titles = { add: 'Add key', change: 'Mend key', replay: 'Replay the records of key', none: 'Key' };

/** Says what the advice for the key of quarantined records changes, and starts the repair. */
export function FixPanel({ cause: opened }: { cause: Cause }) {
  const [label, setLabel] = useState('');
  const [cause, setCause] = useState(opened);
  const [isAsking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState('');
  const [isChanged, setChanged] = useState(false);
  const advice = cause.advice!;
  const fresh = cause.only ? undefined : overview.value?.causes.find((one) => one.key === cause.key);
  const sender = senderOf(cause);
  const start = async () => {
    setAsking(true);
    setTrouble('');
    try {
      open({ name: 'repair', id: (await startFix(cause, label || null)).id });
    } catch (error) {
      setTrouble((error as Error).message);
      setChanged(error instanceof Rejected && error.status === 409);
      void readAll();
    } finally {
      setAsking(false);
    }
  };
  return (
    <Dialog title={<>{titles[advice.kind]} <code>{cause.key}</code></>} label={`${titles[advice.kind]} ${cause.key}`}>
      {!isChanged && (
        <form onSubmit={(event) => { event.preventDefault(); void start(); }}>
          {sender && <p>Sent by <bdi>{sender}</bdi>, for <code>{tablesOf(cause).join(', ')}</code></p>}
          <AdviceText advice={advice} />
          <p>{cause.only ? 'The record goes through the queue again, with its id and its time of arrival.' : 'The quarantined records of this key go through the queue again, with their ids and times of arrival.'}</p>
          {advice.kind === 'add' && (
            <fieldset class="terms">
              <legend>The key</legend>
              <label class="wide">Label<input value={label} maxLength={128} placeholder="name of the sender" onInput={(event) => setLabel(event.currentTarget.value)} /></label>
            </fieldset>
          )}
          <div class="actions">
            <button type="submit" class="primary" disabled={isAsking}>{buttonOf(advice).replace(' …', '')}</button>
          </div>
          <h3>The same as commands</h3>
          <Code what="the commands" text={commandsOf(advice)} />
        </form>
      )}
      {trouble && <p class="trouble" role="alert">{trouble}</p>}
      {isChanged && (
        <div class="actions">
          <button type="button" class="primary" disabled={!fresh?.advice} onClick={() => { setCause(fresh!); setTrouble(''); setChanged(false); }}>Look again</button>
        </div>
      )}
    </Dialog>
  );
}
