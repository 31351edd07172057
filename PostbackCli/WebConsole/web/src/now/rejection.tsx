import { useEffect, useState } from 'preact/hooks';
import type { Rejection, RejectionList } from '../types';
import { api } from '../api';
import { bytes, exact, moment, plural } from '../format';
import { rejections } from '../reasons';
import { Code } from '../parts/copy';
import { Dialog } from '../parts/dialog';

const pollEvery = 5_000;

/** Who was rejected with a code in the last hour, and what to change. */
export function RejectionPanel({ code }: { code: string }) {
  const [list, setList] = useState<RejectionList>();
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    const load = async () => {
      try {
        setList(await api.rejections(code));
        setTrouble('');
      } catch (error) {
        setTrouble((error as Error).message);
      }
    };
    void load();
    const timer = setInterval(() => void load(), pollEvery);
    return () => clearInterval(timer);
  }, [code]);
  const { status, why } = rejections[code] ?? { status: '', why: '' };
  return (
    <Dialog title={<>{status} <code>{code}</code></>} label={`Requests rejected with ${code}`}>
      <p>Rejected requests of the last hour: {why}. Nothing of their bodies or keys is kept, only these facts.</p>
      {trouble && <p class="trouble" role="alert">{trouble}</p>}
      {!list && !trouble && <p role="status">Loading …</p>}
      {list && list.rejections.length === 0 && <p class="empty" role="status">No details yet. They follow a request within some seconds, and are kept for 30 days.</p>}
      {list && list.rejections.length > 0 && (
        <ul class="groups">{list.rejections.map((one) => <Item key={JSON.stringify([one.why, one.address, placeOf(one)])} rejection={one} />)}</ul>
      )}
      {list && (list.more > 0 || list.is_cut) && <p class="more">There are more: the command lists all of them.</p>}
      <h3>The same as a command</h3>
      <Code what="the command" text={`postback rejections --code ${code} --since 1h`} />
    </Dialog>
  );
}

function Item({ rejection }: { rejection: Rejection }) {
  const { first_seen: first, last_seen: last, count } = rejection;
  const facts: [string, string | null][] = [
    ['When', first === last ? moment(last) : `${moment(first)} to ${moment(last)}`],
    ['Where to', placeOf(rejection)],
    ['Sender', rejection.address],
    ['User-Agent', rejection.user_agent],
    ['Credential', rejection.credential && credentials[rejection.credential]],
    ['Content type', rejection.content_type],
    ['Content-Length', rejection.content_length === null ? null : bytes(rejection.content_length)],
  ];
  return (
    <li class="rejection">
      <div class="cause-head">
        <h3>{sentence(rejection.why ?? 'several senders or reasons')}</h3>
        <p class="count">{plural(count, 'request')}</p>
      </div>
      <p class="fix"><span class="unseen">What to change: </span>{rejection.fix}</p>
      <dl class="facts" title={`${exact(first)} to ${exact(last)}`}>{facts.map(([name, value]) => value && <div key={name}><dt>{name}</dt><dd dir="auto">{value}</dd></div>)}</dl>
    </li>
  );
}

const credentials: Record<string, string> = {
  none: 'none',
  td1: 'Authorization: TD1',
  header: 'X-TD-Write-Key',
  url: 'td_write_key in the URL',
  bearer: 'Authorization: Bearer',
  basic: 'Authorization: Basic',
  other: 'another Authorization',
};

const placeOf = ({ database, table, database_length: ofDatabase, table_length: ofTable, path_length: ofPath }: Rejection) =>
  database !== null ? `${database}.${table}`
  : ofDatabase !== null ? `a table without rows, of ${plural(ofDatabase, 'character')} and ${plural(ofTable ?? 0, 'character')}: a wrong name, or its first record`
  : ofPath !== null ? `another path, of ${plural(ofPath, 'character')}`
  : null;

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
