import type { Advice, Cause } from '../types';

/** What the button for an advice says. */
export const buttonOf = ({ kind }: Advice) => (kind === 'add' ? 'Add this key and replay …' : kind === 'change' ? 'Mend this key and replay …' : 'Replay them …');

/** The commands that do what the button does, as the server words them. */
export const commandsOf = (advice: Advice) => [advice.command, advice.replay_command].filter(Boolean).join('\n');

/** Who sent the newest record of a cause. */
export const senderOf = (cause: Pick<Cause, 'address' | 'user_agent'>) => [cause.address, cause.user_agent].filter(Boolean).join(' ');

export const tablesOf = (cause: Cause) => [...new Set(cause.tables.filter((one) => one.count > 0).map((one) => `${one.database}.${one.table}`))];

/** What the advice changes, and what to consider before. */
export function AdviceText({ advice }: { advice: Advice }) {
  return (
    <>
      {advice.lines.length > 0 && <ul class="changes" aria-label="What changes">{advice.lines.map((line) => <li key={line}>{line}</li>)}</ul>}
      {advice.caution && <p class="caution"><strong>{advice.caution}</strong></p>}
    </>
  );
}
