import type { Cause, Overview } from '../types';
import { number, plural } from '../format';
import { reasonOf } from '../reasons';
import { choose, open } from '../place';
import { Code } from '../parts/copy';
import { buttonOf, commandsOf, senderOf } from './advice';
import { Rejected } from './rejected';

const shown = 4;
const shownTables = 5;

/** What was quarantined in the last hour, one card a key, with the advice for each. */
export function Causes({ overview }: { overview: Overview }) {
  const causes = overview.causes.slice(0, shown);
  const more = overview.causes.length - causes.length + overview.more_causes;
  return (
    <section class="card causes" aria-labelledby="causes-title">
      <div class="card-head">
        <h2 id="causes-title">Quarantined</h2>
        <p class="reading">{overview.is_quarantined_at_least && 'at least '}{number(overview.quarantined)} <span>in the last hour</span></p>
      </div>
      {causes.length === 0 && <p class="empty">Every key was valid in the last hour. A record with a wrong key still gets 200: it would show here, with its reason, within seconds.</p>}
      {overview.not_kept > 0 && (
        <p class="more">{plural(overview.not_kept, 'more record')} came above a flood limit in the last hour: counted by cause, and not kept. Stop the sender, or raise the limits under Postback:Quarantine.</p>
      )}
      <ul class="groups">{causes.map((cause) => <Card key={cause.key} cause={cause} />)}</ul>
      {more > 0 && <p class="more">{plural(more, 'more cause')}: <code>postback status --json</code> has them all, and the list below has their records.</p>}
      <Rejected counts={overview.rejected} />
    </section>
  );
}

function Card({ cause }: { cause: Cause }) {
  const { advice } = cause;
  const sender = senderOf(cause);
  return (
    <li class="cause">
      <div class="cause-head">
        <h3>{cause.key ? <>{reasonOf(cause.tables[0]!.reason).title} <code>{cause.key}</code></> : 'Other keys and tables'}</h3>
        <p class="count">{plural(cause.count, 'record')}{cause.not_kept > 0 && <>, {number(cause.not_kept)} not kept</>}</p>
      </div>
      {cause.key && <Where cause={cause} />}
      {sender && <p>Sent by <bdi>{sender}</bdi></p>}
      {advice?.kind === 'replay' && <p>The key admits them since: they only need a replay.</p>}
      {advice?.kind === 'none' && advice.lines.map((line) => <p key={line}>{line}</p>)}
      {cause.count > 0 && cause.key && (
        <div class="fixes">
          {advice && advice.kind !== 'none' && <button type="button" class="primary" onClick={() => open({ name: 'fix', cause })}>{buttonOf(advice)}</button>}
          <button type="button" class="quiet" onClick={() => show(cause)}>Show them</button>
          {advice && advice.kind !== 'none' && (
            <details>
              <summary>As commands</summary>
              <Code what="the commands" text={commandsOf(advice)} />
            </details>
          )}
        </div>
      )}
    </li>
  );
}

function Where({ cause }: { cause: Cause }) {
  const [first] = cause.tables;
  if (cause.tables.length === 1 && first) {
    return <p>{reasonOf(first.reason).why({ key: cause.key, table: `${first.database}.${first.table}` })}</p>;
  }

  const rest = cause.tables.length - shownTables;
  return (
    <ul class="tables">
      {cause.tables.slice(0, shownTables).map((one) => (
        <li key={`${one.reason} ${one.database}.${one.table}`}>
          <code>{one.database}.{one.table}</code> <span>{reasonOf(one.reason).title.toLowerCase()}, {plural(one.count, 'record')}</span>
        </li>
      ))}
      {rest > 0 && <li>and {rest} more</li>}
    </ul>
  );
}

/** Shows the records of a cause in the list, as far as a filter can. */
function show({ tables: [first, ...others] }: Cause) {
  const { database = '', table = '', reason = '' } = others.length > 0 ? { reason: first?.reason } : first ?? {};
  choose({ kinds: ['quarantined'], database, table, reason });
  document.getElementById('list')?.scrollIntoView();
}
