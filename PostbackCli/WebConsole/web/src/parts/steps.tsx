import type { ComponentChildren } from 'preact';
import { Check, Cross } from './icons';

export interface Step {
  title: string;
  state: 'done' | 'now' | 'next' | 'failed';
  detail?: ComponentChildren;
  at?: ComponentChildren;
}

const words = { done: 'done', now: 'in progress', next: 'to come', failed: 'failed' };

/** A list of steps and the state of each. */
export function Steps({ steps, label }: { steps: Step[]; label: string }) {
  return (
    <ol class="steps" aria-label={label} aria-live="polite">
      {steps.map((step) => (
        <li key={step.title} class={step.state}>
          <span class="mark" aria-hidden="true">{step.state === 'done' ? <Check /> : step.state === 'failed' ? <Cross /> : null}</span>
          <div>
            <p class="step-title">{step.title} <span class="unseen">{words[step.state]}</span>{step.at && <span class="at">{step.at}</span>}</p>
            {step.detail && <div class="step-detail">{step.detail}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}
