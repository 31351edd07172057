import { useState } from 'preact/hooks';
import { Check, Copy } from './icons';

/** Copies a text and confirms it. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <button type="button" class="copy" onClick={() => void copy()} aria-label={copied ? 'Copied' : `Copy ${what}`}>
      {copied ? <Check /> : <Copy />}
    </button>
  );
}

/** A command or other text with a copy button. */
export function Code({ text, what }: { text: string; what: string }) {
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={what}><code>{text}</code></pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
