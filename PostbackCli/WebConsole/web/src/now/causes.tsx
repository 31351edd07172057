import type { Group, Overview } from '../types';
import { number, plural } from '../format';
import { admitCommand, reasonOf, replayCommand } from '../reasons';
import { filter, panel } from '../state';
import { Code } from '../parts/copy';
import { Rejected } from './rejected';

const shown = 4;

/** What was quarantined and why, with the fix for each cause. */
export function Causes({ overview }: { overview: Overview }) {
  const groups = overview.quarantined_groups.slice(0, shown);
  const more = overview.quarantined_groups.length - groups.length + overview.more_groups;
  return (
    <section class="card causes" aria-labelledby="causes-title">
      <div class="card-head">
        <h2 id="causes-title">Quarantined</h2>
        <p class="reading">{overview.is_quarantined_at_least && 'at least '}{number(overview.quarantined)} <span>kept to replay</span></p>
      </div>
      {groups.length === 0 && <p class="empty">Every key was valid in the last hour. A record with a wrong key still gets 200: it would show here, with its reason, within seconds.</p>}
      {overview.not_kept > 0 && (
        <p class="more">{plural(overview.not_kept, 'more record')} came above a flood limit in the last hour: counted by cause, and not kept. Stop the sender, or raise the limits under Postback:Quarantine.</p>
      )}
      <ul class="groups">{groups.map((group) => <Cause key={`${group.reason} ${group.key_prefix} ${group.database}.${group.table}`} group={group} />)}</ul>
      {more > 0 && <p class="more">{plural(more, 'more cause')}: the list below has them, by reason.</p>}
      <Rejected counts={overview.rejected} />
    </section>
  );
}

function Cause({ group }: { group: Group }) {
  const reason = reasonOf(group.reason);
  const { database, table } = group;
  const terms = { label: null, database, table, expires: null };
  return (
    <li class="cause">
      <div class="cause-head">
        <h3>{reason.title} {group.key_prefix && <code>{group.key_prefix}</code>}</h3>
        <p class="count">{plural(group.count, 'record')}</p>
      </div>
      <p>{reason.why({ key: group.key_prefix, table: `${database}.${table}` })}</p>
      {reason.fix && (
        <div class="fixes">
          <button type="button" class="primary" onClick={() => { panel.value = { name: 'fix', group }; }}>{reason.fix} and replay …</button>
          <button type="button" class="quiet" onClick={() => { filter.value = { ...filter.value, kinds: ['quarantined'], database, table, reason: group.reason }; document.getElementById('list')?.scrollIntoView(); }}>
            Show them
          </button>
          <details>
            <summary>As commands</summary>
            <Code what="the commands" text={`${admitCommand(group.last_id, terms)}\n${replayCommand({ database, table, reason: group.reason })}`} />
          </details>
        </div>
      )}
    </li>
  );
}
