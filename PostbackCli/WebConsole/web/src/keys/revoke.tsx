import { useState } from 'preact/hooks';
import { api } from '../api';
import type { WriteKey } from '../types';
import { Code } from '../parts/copy';
import { Dialog } from '../parts/dialog';

/** Revokes a key after a confirmation. */
export function Revoke({ entry, onClose }: { entry: WriteKey; onClose: () => void }) {
  const [trouble, setTrouble] = useState('');
  const revoke = async () => {
    try {
      await api.revokeKey(entry.hash);
      onClose();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <Dialog title={<>Revoke {entry.label ? <bdi>{entry.label}</bdi> : <code>{entry.id}</code>}</>} label="Revoke a key" onClose={onClose}>
      <p>
        Within 5 seconds, every record that arrives with key <code>{entry.id}</code> is quarantined. Its sender still gets 200; the records are kept with the
        reason, and can be replayed if the key is reinstated (<code>postback keys set {entry.id} --reinstate</code>).
      </p>
      <div class="actions">
        <button type="button" class="primary danger" onClick={() => void revoke()}>Revoke it</button>
        <button type="button" class="quiet" onClick={onClose}>Keep it</button>
      </div>
      <h3>The same as a command</h3>
      <Code what="the command" text={`postback keys revoke ${entry.id}`} />
      {trouble && <p class="trouble" role="alert">{trouble}</p>}
    </Dialog>
  );
}
