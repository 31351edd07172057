import { useEffect, useState } from 'preact/hooks';
import type { Repair } from '../types';
import { api } from '../api';
import { plural } from '../format';
import { close, open } from '../place';
import { overview, readAll, touch } from '../state';
import { Code } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { Steps } from '../parts/steps';
import { stepsOf } from './fixing';

const pollEvery = 400;

/** A repair that runs in the process of the console, or ran: how far it is. The page need not stay open. */
export function RepairPanel({ id }: { id: string }) {
  const [repair, setRepair] = useState<Repair | null>(null);
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    let timer = 0;
    let isOver = false;
    const load = async () => {
      try {
        const found = await api.repair(id);
        setRepair(found);
        setTrouble('');
        if (found.step === 'ended') {
          if (found.database && found.table) {
            touch(`${found.database}.${found.table}`);
          }

          void readAll();
          return;
        }
      } catch (error) {
        setTrouble((error as Error).message);
      }

      timer = isOver ? 0 : window.setTimeout(() => void load(), pollEvery);
    };
    void load();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [id]);
  const isOver = repair?.step === 'ended';
  return (
    <Dialog title={<>Repair{repair && <> of <code>{repair.subject}</code></>}</>} label="Repair">
      {trouble && <p class="trouble" role="alert">{trouble}</p>}
      {repair?.record && <Steps label="Progress" steps={stepsOf(repair)} />}
      {repair && !repair.record && <Earlier repair={repair} />}
      {repair && !isOver && <p>It goes on if you close this page.</p>}
      {isOver && (
        <div class="actions">
          <button type="button" class="primary" onClick={close}>Done</button>
          {repair.record && <button type="button" class="quiet" onClick={() => open({ name: 'record', id: repair.record!, tables: repair.database ? [`${repair.database}.${repair.table}`] : [] })}>Open the record</button>}
        </div>
      )}
    </Dialog>
  );
}

/** One of another process, of which only its line in the log of changes is known. */
function Earlier({ repair }: { repair: Repair }) {
  const sent = plural(repair.sent, 'record');
  if (repair.state === 'done') {
    return <p>It is done: {sent} went through the queue again.</p>;
  }

  return (
    <>
      <p>{repair.state === 'failed' ? 'It failed' : 'It was cut off by the end of its process, or runs in another one'}, after {sent}.</p>
      {repair.command && <><p>This finishes it, and does no harm beside it:</p><Code what="the command" text={repair.command} /></>}
    </>
  );
}

/** The repairs that run now, whoever started them. */
export function Running() {
  const repairs = overview.value?.repairs ?? [];
  return repairs.length === 0 ? null : (
    <ul class="running" aria-label="Repairs that run">
      {repairs.map((one) => (
        <li key={one.id}>
          <span>A repair of <code>{one.subject}</code> runs: {plural(one.sent, 'record')} sent again.</span>
          <button type="button" class="quiet" onClick={() => open({ name: 'repair', id: one.id })}>Show</button>
        </li>
      ))}
    </ul>
  );
}
