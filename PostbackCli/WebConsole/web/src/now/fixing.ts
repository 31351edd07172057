import { signal } from '@preact/signals';
import type { Cause, StoredRecord } from '../types';
import { api, Rejected, type ReplayQuery } from '../api';
import { duration, plural } from '../format';
import { reasonOf } from '../reasons';
import { readAll, touch } from '../state';
import type { Step } from '../parts/steps';
import { tablesOf } from './advice';

// Instances read a new key within a second, and a changed key within five: see docs/SETTINGS.md.
export const untilNewIsKnown = 1_500;
const untilChangeIsKnown = 5_500;
const pollEvery = 400;
const patience = 60_000;

export const steps = signal<Step[]>([]);
export const trouble = signal<string | null>(null);
export const isRunning = signal(false);

/** Whether someone changed the key since the advice was read: nothing was done. */
export const isChanged = signal(false);

export const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function set(index: number, change: Partial<Step>) {
  steps.value = steps.value.map((step, at) => (at === index ? { ...step, ...change } : step));
}

/** Replays in bounded parts until nothing is left. */
export async function replayAll(query: ReplayQuery, told: (sent: number) => void = () => undefined): Promise<{ sent: number; gone: number }> {
  let [sent, gone, from] = [0, 0, undefined as string | undefined];
  do {
    const part = await api.replay({ ...query, from });
    [sent, gone, from] = [sent + part.sent, gone + part.gone, part.next ?? undefined];
    told(sent);
  } while (from);
  return { sent, gone };
}

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

/** Follows the advice, waits until every instance knows it, replays, and follows the newest record to its row. */
export async function runFix(cause: Cause, label: string | null) {
  isRunning.value = true;
  trouble.value = null;
  const advice = cause.advice!;
  const isOnlyReplay = advice.kind === 'replay';
  const time = advice.kind === 'add' ? untilNewIsKnown : untilChangeIsKnown;
  const tables = tablesOf(cause);
  steps.value = [
    ...(isOnlyReplay ? [] : [
      { title: advice.kind === 'add' ? 'Key added' : 'Key changed', state: 'now' },
      { title: 'Every instance knows it', state: 'next', detail: `within ${duration(time / 1000)}` },
    ] as Step[]),
    { title: 'Sent through the queue again', state: 'next' },
    { title: 'Stored', state: 'next' },
  ];
  let at = 0;
  try {
    if (!isOnlyReplay) {
      const key = await api.followAdvice(cause.last_id, tables, label, cause.etag);
      set(at++, { state: 'done', detail: `${key.id} writes to ${key.scopes.join(', ')}` });
      set(at, { state: 'now' });
      await wait(time);
      set(at++, { state: 'done', detail: undefined });
    }

    set(at, { state: 'now' });
    const replayed = Date.now();
    const query: ReplayQuery = { kind: 'quarantined', ...(cause.only ? { id: cause.only } : { key: cause.key, since: cause.oldest }) };
    const { sent, gone } = await replayAll(query, (count) => set(at, { detail: plural(count, 'record') }));
    set(at++, { state: 'done', detail: `${plural(sent, 'record')}${gone > 0 ? `; ${gone} had nothing to send` : ''}` });
    set(at, { state: 'now' });
    tables.forEach(touch);
    const record = await settled(cause.last_id, tables, replayed);
    set(at, record?.state === 'stored'
      ? { state: 'done', detail: `${record.database}.${record.table}, ${cause.last_id}` }
      : { state: 'failed', detail: record ? `Quarantined again: ${reasonOf(record.reason ?? '').title.toLowerCase()}.` : 'Not stored within a minute: it may still be on the queue.' });
  } catch (error) {
    set(at, { state: 'failed' });
    trouble.value = (error as Error).message;
    isChanged.value = error instanceof Rejected && error.status === 409;
  } finally {
    isRunning.value = false;
    void readAll();
  }
}
