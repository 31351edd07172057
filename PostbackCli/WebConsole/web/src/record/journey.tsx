import type { StoredRecord } from '../types';
import { duration } from '../format';
import { reasonOf } from '../reasons';
import { Steps, type Step } from '../parts/steps';
import { Time } from '../parts/time';

/** When a record was received, queued and stored. */
export function Journey({ record }: { record: StoredRecord }) {
  const after = record.written_at ? (Date.parse(record.written_at) - Date.parse(record.received_at)) / 1000 : 0;
  const late = `${duration(Math.max(0, after))} after it arrived`;
  const written = record.written_at ? <Time at={record.written_at} /> : undefined;
  const ends: Record<StoredRecord['state'], Step> = {
    stored: { title: 'Stored', state: 'done', detail: late, at: written },
    quarantined: { title: 'Quarantined, and kept', state: 'failed', detail: <>{reasonOf(record.reason ?? '').title}, {late}</>, at: written },
    dead_lettered: { title: 'Dead-lettered, and kept', state: 'failed', detail: record.reason, at: written },
    unknown: { title: 'Stored', state: 'now', detail: 'not yet' },
  };
  const steps: Step[] = [
    { title: 'Received', state: 'done', at: <Time at={record.received_at} />, detail: record.state === 'unknown' ? 'according to its id' : undefined },
    { title: 'Queued', state: record.state === 'unknown' ? 'now' : 'done', detail: record.state === 'unknown' ? undefined : 'before the 200 was sent' },
    ends[record.state],
  ];
  return (
    <section aria-labelledby="journey">
      <h3 id="journey">Journey</h3>
      <Steps label="Journey" steps={steps} />
    </section>
  );
}
