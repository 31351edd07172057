import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { close } from '../place';
import { Close } from './icons';

/** A panel at the side of the page, or at the bottom on a phone. Escape or a click outside closes it; the focus stays inside. */
export function Dialog({ title, label, children, onClose = close }: {
  title: ComponentChildren;
  label: string;
  children: ComponentChildren;
  onClose?: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();

    // Not the first button, which closes: an Enter that follows a pasted id must not take its answer away.
    heading.current?.focus();
    return () => opener?.focus();
  }, []);
  return (
    <dialog ref={dialog} class="panel" aria-label={label} onCancel={(event) => { event.preventDefault(); onClose(); }}
      onClick={(event) => { if (event.target === dialog.current) { onClose(); } }}>
      <div class="panel-body">
        <div class="panel-head">
          <h2 ref={heading} tabIndex={-1}>{title}</h2>
          <button type="button" class="icon" aria-label="Close" onClick={onClose}><Close /></button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
