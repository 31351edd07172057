import { useState } from 'preact/hooks';
import type { Cause, StoredRecord } from '../types';
import { api } from '../api';
import { reasonOf } from '../reasons';
import { open } from '../place';
import { readAll } from '../state';
import { buttonOf } from '../now/advice';
import { settled } from '../now/fixing';
import { Code } from '../parts/copy';

/** Why a record is not stored, and how to fix it. */
export function Mend({ record, onStored }: { record: StoredRecord; onStored: (record: StoredRecord) => void }) {
  const [told, setTold] = useState('');
  const [isAsking, setAsking] = useState(false);
  const isQuarantined = record.state === 'quarantined';
  const reason = reasonOf(record.reason ?? '');
  const table = `${record.database}.${record.table}`;
  const cause: Cause = {
    key: record.key_prefix ?? '', text: '', count: 1, not_kept: 0, last_id: record.id, address: record.address, user_agent: record.user_agent,
    tables: [{ reason: record.reason ?? '', database: record.database ?? '', table: record.table ?? '', count: 1, not_kept: 0 }],
    oldest: record.received_at, etag: record.etag, advice: record.advice, only: record.id,
  };
  const replay = async () => {
    setAsking(false);
    setTold('Sending it through the queue again …');
    try {
      const since = Date.now();
      const { sent } = await api.replay(isQuarantined ? 'quarantined' : 'dead_letter', record.id);
      if (sent === 0) {
        setTold('There is nothing to send: its body is gone.');
        return;
      }

      setTold('On the queue again …');
      const found = isQuarantined ? await settled(record.id, [table], since) : null;
      setTold(found?.state === 'stored' ? 'Stored.' : found ? 'Quarantined again, for the same or another reason.' : 'On the queue again.');
      if (found) {
        onStored(found);
      }
    } catch (error) {
      setTold((error as Error).message);
    } finally {
      void readAll();
    }
  };
  return (
    <section class="mend" aria-label="How to fix it">
      <p>{isQuarantined ? reason.why({ key: record.key_prefix ?? '', table }) : `${record.reason ?? ''}`}</p>
      <div class="actions">
        {record.advice && (record.advice.kind === 'add' || record.advice.kind === 'change') && <button type="button" class="primary" onClick={() => open({ name: 'fix', cause })}>{buttonOf(record.advice)}</button>}
        {isAsking
          ? <><button type="button" class="primary" onClick={() => void replay()}>Yes, send it again</button><button type="button" class="quiet" onClick={() => setAsking(false)}>No</button></>
          : <button type="button" class="quiet" onClick={() => setAsking(true)}>Replay this one …</button>}
      </div>
      {told && <p role="status">{told}</p>}
      <Code what="the command" text={`postback replay ${isQuarantined ? 'quarantine' : 'deadletters'} --id ${record.id}`} />
    </section>
  );
}
