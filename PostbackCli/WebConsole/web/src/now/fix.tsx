import { useEffect, useState } from 'preact/hooks';
import type { Group, WriteKey } from '../types';
import { api, type Terms } from '../api';
import { plural } from '../format';
import { admitCommand, reasonOf, replayCommand } from '../reasons';
import { panel } from '../state';
import { Code } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { Steps } from '../parts/steps';
import { TermsForm, widened } from '../keys/terms';
import { isRunning, runFix, steps, trouble } from './fixing';

/** Admits the key of quarantined records by its hash and replays them. It shows the plan, then each step. */
export function FixPanel({ group }: { group: Group }) {
  const reason = reasonOf(group.reason);
  const { database, table } = group;
  const [terms, setTerms] = useState<Terms>({ label: null, database, table, expires: null });
  const [known, setKnown] = useState<WriteKey>();
  useEffect(() => {
    steps.value = [];
    trouble.value = null;
    void api.keys().then(({ keys }) => {
      const key = keys.find((one) => one.id === group.key_prefix);
      setKnown(key);
      if (key) {
        setTerms(widened(key, database, table));
      }
    }).catch(() => undefined);
  }, []);
  const isDone = steps.value.length > 0;
  return (
    <Dialog title={<>{reason.fix} <code>{group.key_prefix}</code></>} label={`${reason.fix} ${group.key_prefix}`}>
      {!isDone && <p>{reason.why({ key: group.key_prefix, table: `${database}.${table}` })}</p>}
      {!isDone && (
        <form onSubmit={(event) => { event.preventDefault(); void runFix(group, terms, known); }}>
          <p>
            The key is admitted by its hash: nobody has to send or type it. Then {plural(group.count, 'quarantined record')} of the last day
            {group.count === 1 ? ' goes' : ' go'} through the queue again, with {group.count === 1 ? 'its id and its time' : 'their ids and times'} of arrival.
          </p>
          <TermsForm terms={terms} onChange={setTerms} near={{ database, table }} isNew={!known} />
          <div class="actions">
            <button type="submit" class="primary" disabled={isRunning.value}>{known ? 'Change the key and replay' : 'Admit and replay'}</button>
          </div>
          <h3>The same as commands</h3>
          <Code what="the commands" text={`${admitCommand(group.last_id, terms)}\n${replayCommand({ database, table, reason: group.reason })}`} />
        </form>
      )}
      {isDone && <Steps label="Progress" steps={steps.value} />}
      {isDone && !isRunning.value && (
        <div class="actions">
          <button type="button" class="primary" onClick={() => { panel.value = null; }}>Done</button>
          <button type="button" class="quiet" onClick={() => { panel.value = { name: 'record', id: group.last_id, tables: [`${database}.${table}`] }; }}>Open the record</button>
        </div>
      )}
      {trouble.value && <p class="trouble" role="alert">{trouble.value}</p>}
    </Dialog>
  );
}
