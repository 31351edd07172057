import { useState } from 'preact/hooks';
import type { Group, StoredRecord } from '../types';
import { api } from '../api';
import { reasonOf, replayCommand } from '../reasons';
import { panel, readAll } from '../state';
import { settled } from '../now/fixing';
import { Code } from '../parts/copy';

/** Why a record is not stored, and how to fix it. */
export function Mend({ record, onStored }: { record: StoredRecord; onStored: (record: StoredRecord) => void }) {
  const [told, setTold] = useState('');
  const [isAsking, setAsking] = useState(false);
  const isQuarantined = record.state === 'quarantined';
  const reason = reasonOf(record.reason ?? '');
  const table = `${record.database}.${record.table}`;
  const group: Group = {
    reason: record.reason ?? '', key_prefix: record.key_prefix ?? '', database: record.database ?? '', table: record.table ?? '', count: 1, last_id: record.id,
  };
  const replay = async () => {
    setAsking(false);
    setTold('Sending it through the queue again …');
    try {
      const since = Date.now();
      const { sent } = await api.replay({ kind: isQuarantined ? 'quarantined' : 'dead_letter', id: record.id });
      if (sent === 0) {
        setTold('There is nothing to send: its body is gone.');
        return;
      }

      setTold('On the queue again …');
      const found = isQuarantined ? await settled(record.id, table, since) : null;
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
        {isQuarantined && reason.fix && <button type="button" class="primary" onClick={() => { panel.value = { name: 'fix', group }; }}>{reason.fix} and replay …</button>}
        {isAsking
          ? <><button type="button" class="primary" onClick={() => void replay()}>Yes, send it again</button><button type="button" class="quiet" onClick={() => setAsking(false)}>No</button></>
          : <button type="button" class="quiet" onClick={() => setAsking(true)}>Replay this one …</button>}
      </div>
      {told && <p role="status">{told}</p>}
      <Code what="the command" text={isQuarantined ? replayCommand({ id: record.id }) : `postback replay deadletters --id ${record.id}`} />
    </section>
  );
}
