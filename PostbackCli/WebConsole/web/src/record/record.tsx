import { useEffect, useState } from 'preact/hooks';
import type { StoredRecord } from '../types';
import { api } from '../api';
import { plural } from '../format';
import { Dialog } from '../parts/dialog';
import { CopyButton } from '../parts/copy';
import { Facts } from './facts';
import { Journey } from './journey';
import { Json } from './json';
import { Mend } from './mend';

const titles = { stored: 'Stored', quarantined: 'Quarantined', dead_lettered: 'Dead letter', unknown: 'Not there yet' };
const firstPoll = 1_000;
const slowestPoll = 30_000;

/** One record, polled until it is stored, quarantined or dead-lettered. */
export function RecordPanel({ id, tables }: { id: string; tables: string[] }) {
  const [record, setRecord] = useState<StoredRecord>();
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    let timer = 0;
    let pause = firstPoll;
    let isOver = false;
    const load = async () => {
      try {
        const found = await api.record(id, tables);
        setRecord(found);
        setTrouble('');
        timer = !isOver && found.state === 'unknown' ? window.setTimeout(() => void load(), pause) : 0;
        pause = Math.min(2 * pause, slowestPoll);
      } catch (error) {
        setTrouble((error as Error).message);
      }
    };
    void load();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [id]);
  return (
    <Dialog title={record ? titles[record.state] : 'Record'} label={`Record ${id}`}>
      <p class="record-id"><code>{id}</code><CopyButton text={id} what="the id" /></p>
      {trouble && <p class="trouble" role="alert">{trouble}</p>}
      {!record && !trouble && <p role="status">Loading …</p>}
      {record && (
        <>
          {record.state === 'quarantined' && <Mend record={record} onStored={setRecord} />}
          {record.state === 'dead_lettered' && <Mend record={record} onStored={setRecord} />}
          {record.state === 'unknown' && (
            <p>Nothing has this id: not in {plural(record.searched ?? 0, 'table')}, the quarantine or the dead letters. It may still be on the queue{record.left ? `, or in one of ${plural(record.left, 'table')} that could not be searched: enter its database and table above the list` : ''}.</p>
          )}
          <Journey record={record} />
          {record.record !== null ? <Json text={record.record} what={record.state === 'dead_lettered' ? 'The message' : record.elements === null ? 'The record as sent' : 'The array as sent'} /> : record.state !== 'unknown' && <p class="empty">Its body is no longer in its blob.</p>}
          <Facts record={record} />
        </>
      )}
    </Dialog>
  );
}
