import { everything } from '../address';
import { choose, filter, linkTo, open } from '../place';
import { followed, older, overview } from '../state';
import { nameOf } from '../window';

/** What the list looked at, where it found nothing. */
export function Empty() {
  const { kinds, database, table, reason, range } = filter.value;
  if (older.value === undefined) {
    return <p class="empty" role="status">Loading …</p>;
  }

  const isNarrow = kinds.length < everything.kinds.length || database !== '' || table !== '' || reason !== '';
  const where = database && table ? ` in ${database}.${table}` : database ? ` in database ${database}` : table ? ` in tables named ${table}` : '';
  const isOfNoTable = kinds.includes('record') && !reason && followed.value.length === 0;
  return (
    <div class="empty big">
      <p class="headline">{isOfNoTable ? 'Nothing was quarantined or dead-lettered' : isNarrow ? 'Nothing of this kind' : 'Nothing has arrived'} {nameOf(range)}{where}.</p>
      {isOfNoTable && <p>No table{where} stored a record in the last hour. To see older records, choose one of the <a href={linkTo('tables')}>tables</a>.</p>}
      {!isNarrow && <p>Point a webhook at the endpoint, or send a test event and watch it become a row{overview.value && overview.value.queue.length > 0 ? ': messages are already on the queue' : ''}.</p>}
      <div class="actions">
        {range !== '7d' && <button type="button" class="quiet" onClick={() => choose({ range: '7d' })}>Look at the last 7 days</button>}
        {isNarrow
          ? <button type="button" class="quiet" onClick={() => choose({ ...everything, range })}>Show everything</button>
          : <button type="button" class="primary" onClick={() => open({ name: 'send' })}>Send a test event</button>}
      </div>
    </div>
  );
}
