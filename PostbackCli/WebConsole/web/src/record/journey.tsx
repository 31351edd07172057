import type { StoredRecord } from '../types';
import { duration, exact, time } from '../format';
import { reasonOf } from '../reasons';
import { Steps, type Step } from '../parts/steps';

/** When a record was received, queued and stored. */
export function Journey({ record }: { record: StoredRecord }) {
  const after = record.written_at ? (Date.parse(record.written_at) - Date.parse(record.received_at)) / 1000 : 0;
  const late = <span title={record.written_at ? exact(record.written_at) : ''}>{duration(Math.max(0, after))} after it arrived</span>;
  const ends: Record<StoredRecord['state'], Step> = {
    stored: { title: 'Stored', state: 'done', detail: late, at: record.written_at ? time(record.written_at) : '' },
    quarantined: { title: 'Quarantined, and kept', state: 'failed', detail: <>{reasonOf(record.reason ?? '').title}, {late}</>, at: record.written_at ? time(record.written_at) : '' },
    dead_lettered: { title: 'Dead-lettered, and kept', state: 'failed', detail: record.reason, at: record.written_at ? time(record.written_at) : '' },
    unknown: { title: 'Stored', state: 'now', detail: 'not yet' },
  };
  const steps: Step[] = [
    { title: 'Received', state: 'done', at: time(record.received_at), detail: record.state === 'unknown' ? 'according to its id' : undefined },
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
