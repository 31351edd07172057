import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { panel } from '../state';
import { Close } from './icons';

/** A panel at the side of the page, or at the bottom on a phone. Escape or a click outside closes it; the focus stays inside. */
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
