import { useState } from 'preact/hooks';
import { api, type Terms } from '../api';
import type { AddedKey } from '../types';
import { Code } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { lastKey } from '../send/sending';
import { TermsForm } from './terms';

/** Makes a key and shows it once. */
export function AddKey({ onClose }: { onClose: () => void }) {
  const [terms, setTerms] = useState<Terms>({ label: null, scopes: ['*'], expires: null });
  const [added, setAdded] = useState<AddedKey>();
  const [trouble, setTrouble] = useState('');
  const add = async (event: Event) => {
    event.preventDefault();
    try {
      const made = await api.addKey(terms);
      lastKey.value = made.key;
      setAdded(made);
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <Dialog title={added ? 'The new key' : 'Add a key'} label="Add a key" onClose={onClose}>
      {added
        ? (
          <>
            <p>The key is shown only now: only its hash is stored. Give it to the sender, in the header <code>X-TD-Write-Key</code>.</p>
            <Code what="the key" text={added.key} />
            <div class="actions"><button type="button" class="primary" onClick={onClose}>I have copied it</button></div>
          </>
        )
        : (
          <form onSubmit={(event) => void add(event)}>
            <TermsForm terms={terms} onChange={setTerms} />
            <div class="actions"><button type="submit" class="primary">Make the key</button></div>
            {trouble && <p class="trouble" role="alert">{trouble}</p>}
          </form>
        )}
    </Dialog>
  );
}
