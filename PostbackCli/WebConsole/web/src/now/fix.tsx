import { useEffect, useState } from 'preact/hooks';
import type { Cause } from '../types';
import { overview, panel } from '../state';
import { Code } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { Steps } from '../parts/steps';
import { AdviceText, buttonOf, commandsOf, senderOf, tablesOf } from './advice';
import { isChanged, isRunning, runFix, steps, trouble } from './fixing';

const titles = { add: 'Add key', change: 'Mend key', replay: 'Replay the records of key', none: 'Key' };

/** Follows the advice for the key of quarantined records, and replays them. It shows the plan, then each step. */
export function FixPanel({ cause: opened }: { cause: Cause }) {
  const [label, setLabel] = useState('');
  const [cause, setCause] = useState(opened);
  const advice = cause.advice!;
  useEffect(() => {
    steps.value = [];
    trouble.value = null;
    isChanged.value = false;
  }, []);
  const isDone = steps.value.length > 0;
  const fresh = cause.only ? undefined : overview.value?.causes.find((one) => one.key === cause.key);
  const sender = senderOf(cause);
  return (
    <Dialog title={<>{titles[advice.kind]} <code>{cause.key}</code></>} label={`${titles[advice.kind]} ${cause.key}`}>
      {!isDone && (
        <form onSubmit={(event) => { event.preventDefault(); void runFix(cause, label || null); }}>
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
            <button type="submit" class="primary" disabled={isRunning.value}>{buttonOf(advice).replace(' …', '')}</button>
          </div>
          <h3>The same as commands</h3>
          <Code what="the commands" text={commandsOf(advice)} />
        </form>
      )}
      {isDone && <Steps label="Progress" steps={steps.value} />}
      {isDone && !isRunning.value && !isChanged.value && (
        <div class="actions">
          <button type="button" class="primary" onClick={() => { panel.value = null; }}>Done</button>
          <button type="button" class="quiet" onClick={() => { panel.value = { name: 'record', id: cause.last_id, tables: tablesOf(cause) }; }}>Open the record</button>
        </div>
      )}
      {trouble.value && <p class="trouble" role="alert">{trouble.value}</p>}
      {isChanged.value && !isRunning.value && (
        <div class="actions">
          <button type="button" class="primary" disabled={!fresh?.advice} onClick={() => { setCause(fresh!); steps.value = []; trouble.value = null; isChanged.value = false; }}>Look again</button>
        </div>
      )}
    </Dialog>
  );
}
