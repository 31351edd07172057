import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { panel } from '../state';
import { Close } from './icons';

/** A panel at the side of the page, at the bottom of a phone's. Escape and a press beside it close it; the keyboard stays in it. */
export function Dialog({ title, label, children, onClose = () => { panel.value = null; } }: {
  title: ComponentChildren;
  label: string;
  children: ComponentChildren;
  onClose?: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => opener?.focus();
  }, []);
  return (
    <dialog ref={dialog} class="panel" aria-label={label} onCancel={(event) => { event.preventDefault(); onClose(); }}
      onClick={(event) => { if (event.target === dialog.current) { onClose(); } }}>
      <div class="panel-body">
        <div class="panel-head">
          <h2>{title}</h2>
          <button type="button" class="icon" aria-label="Close" onClick={onClose}><Close /></button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
