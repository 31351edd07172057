import { signal } from '@preact/signals';
import { api } from '../api';
import { duration, moment } from '../format';
import { reasonOf } from '../reasons';
import { readAll, touch } from '../state';
import { settled, untilNewIsKnown, wait } from '../now/fixing';
import type { Step } from '../parts/steps';

export interface TestEvent {
  database: string;
  table: string;
  key: string;
  body: string;
}

export const event = signal<TestEvent>({
  database: 'db_test', table: 'table_1', key: '', body: '{\n  "email": "firstname.lastname@business.com",\n  "telephone": "555-555-5540"\n}',
});

/** The key that this page made last. It is not stored anywhere. */
export const lastKey = signal('');
export const steps = signal<Step[]>([]);
export const result = signal<{ id: string; tables: string[]; state: string } | null>(null);
export const trouble = signal<string | null>(null);
export const isSending = signal(false);

/** Makes a key for test events to this table, valid for an hour, and waits until every instance knows it. */
export async function makeTestKey() {
  const { database, table } = event.value;
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const made = await api.addKey({ label: 'test events', scopes: [`${database}.${table}`], expires });
  await wait(untilNewIsKnown);
  lastKey.value = made.key;
  event.value = { ...event.value, key: made.key };
}

function set(index: number, change: Partial<Step>) {
  steps.value = steps.value.map((step, at) => (at === index ? { ...step, ...change } : step));
}

/** Posts the event to the endpoint and waits for its row. */
export async function send() {
  const { database, table, key, body } = event.value;
  isSending.value = true;
  trouble.value = null;
  result.value = null;
  steps.value = [{ title: 'Received by the endpoint', state: 'now' }, { title: 'On the queue', state: 'next' }, { title: 'Stored as a row', state: 'next' }];
  const began = Date.now();
  try {
    const sent = await api.send(database, table, key, body);
    if (sent.status !== 200 || !sent.id) {
      set(0, { state: 'failed', detail: `${sent.status}: ${sent.body}` });
      return;
    }

    set(0, { state: 'done', at: moment(new Date(began).toISOString()), detail: `200 {} after ${duration(sent.milliseconds / 1000)}, id ${sent.id}` });
    set(1, { state: 'done', detail: 'durable: the 200 is sent only once it is on the queue' });
    set(2, { state: 'now' });
    touch(`${database}.${table}`);
    const record = await settled(sent.id, [`${database}.${table}`], 0);
    const after = record?.written_at ? duration(Math.max(0, (Date.parse(record.written_at) - Date.parse(record.received_at)) / 1000)) : '';
    set(2, record?.state === 'stored' ? { state: 'done', at: moment(record.written_at!), detail: `${database}.${table}, ${after} after it arrived` }
      : record?.state === 'quarantined' ? { state: 'failed', title: 'Quarantined, and kept', detail: reasonOf(record.reason ?? '').why({ key: record.key_prefix ?? '', table: `${database}.${table}` }) }
      : { state: 'failed', detail: record ? record.reason : 'Not stored within a minute: it may still be on the queue.' });
    result.value = { id: sent.id, tables: [`${database}.${table}`], state: record?.state ?? 'unknown' };
  } catch (error) {
    trouble.value = (error as Error).message;
    steps.value = steps.value.map((step) => (step.state === 'now' ? { ...step, state: 'failed' } : step));
  } finally {
    isSending.value = false;
    void readAll();
  }
}
