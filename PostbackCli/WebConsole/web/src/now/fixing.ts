import type { Cause, Repair, StoredRecord } from '../types';
import { api } from '../api';
import { duration, plural } from '../format';
import { reasonOf } from '../reasons';
import type { Step } from '../parts/steps';
import { tablesOf } from './advice';

// Instances read a new key within a second: see docs/SETTINGS.md.
export const untilNewIsKnown = 1_500;
const pollEvery = 400;
const patience = 60_000;

export const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until a record is stored, dead-lettered, or quarantined again after `since` (milliseconds); null after a minute. */
export async function settled(id: string, tables: string[], since: number): Promise<StoredRecord | null> {
  for (const end = Date.now() + patience; Date.now() < end; await wait(pollEvery)) {
    const record = await api.record(id, tables);
    if (record.state === 'stored' || record.state === 'dead_lettered' || (record.state === 'quarantined' && Date.parse(record.written_at!) > since)) {
      return record;
    }
  }

  return null;
}

/** Has the console follow the advice and replay the records. The key is changed when this returns; the rest goes on without the page. */
export const startFix = (cause: Cause, label: string | null) => api.startRepair({
  id: cause.last_id, tables: tablesOf(cause), label, etag: cause.etag, key: cause.key, since: cause.oldest,
  is_one: cause.only !== undefined, is_replay: cause.advice!.kind === 'replay',
});

function endOf({ outcome, reason, database, table, message, sent }: Repair): Pick<Step, 'state' | 'detail'> {
  return message ? { state: 'failed', detail: message }
    : outcome === 'stored' ? { state: 'done', detail: `${database}.${table}` }
    : outcome === 'quarantined' ? { state: 'failed', detail: `Quarantined again: ${reasonOf(reason ?? '').title.toLowerCase()}.` }
    : outcome === 'dead_lettered' ? { state: 'failed', detail: reason }
    : sent === 0 ? { state: 'done', detail: 'nothing was left to send' }
    : { state: 'failed', detail: 'Not stored within a minute: it may still be on the queue.' };
}

/** The steps of a repair of this process. */
export function stepsOf(repair: Repair): Step[] {
  const order = ['wait', 'replay', 'settle', 'ended'];
  const stateAt = (step: string): Step['state'] => (order.indexOf(repair.step) > order.indexOf(step) ? 'done' : repair.step === step ? 'now' : 'next');
  const gone = repair.gone > 0 ? `; ${repair.gone} had nothing to send` : '';
  return [
    ...(repair.key ? [
      { title: repair.is_key_new ? 'Key added' : 'Key changed', state: 'done', detail: `${repair.key.id} writes to ${repair.key.scopes.join(', ')}` },
      { title: 'Every instance knows it', state: stateAt('wait'), detail: repair.step === 'wait' ? `within ${duration(repair.wait)}` : undefined },
    ] as Step[] : []),
    { title: 'Sent through the queue again', state: stateAt('replay'), detail: repair.step === 'wait' ? undefined : `${plural(repair.sent, 'record')}${gone}` },
    { title: 'Stored', ...(repair.step === 'ended' ? endOf(repair) : { state: stateAt('settle') }) },
  ];
}
