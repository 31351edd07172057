import type { AddedKey, ChangeList, FeedPage, KeyList, Kind, Overview, RejectionList, Repair, Replayed, Sent, Session, StoredRecord, TableList, WriteKey } from './types';

/** A request that failed or was rejected. The message is a sentence. */
export class Rejected extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

let csrf = '';

// Above the time that a read of the server has. A change is waited for.
const patience = 20_000;

async function ask<T>(path: string, change?: unknown): Promise<T> {
  const response = await fetch(`/api/${path}`, change === undefined
    ? { headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(patience) }
    : { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Postback-Csrf': csrf }, body: JSON.stringify(change) })
    .catch(() => { throw new Rejected(0, 'The console does not answer: is postback still running?'); });
  const answer = await response.json().catch(() => ({})) as T & { message?: string };
  if (!response.ok) {
    throw new Rejected(response.status, answer.message ?? `The console answered ${response.status}.`);
  }

  return answer;
}

export interface FeedQuery {
  since?: string;
  until?: string;
  kinds: Kind[];
  tables: string[];
  database?: string;
  table?: string;
  reason?: string;
  before?: string;
}

function parametersOf(query: FeedQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  query.kinds.forEach((kind) => parameters.append('kind', kind));
  query.tables.forEach((table) => parameters.append('tables', table));
  for (const name of ['since', 'until', 'database', 'table', 'reason', 'before'] as const) {
    if (query[name]) {
      parameters.set(name, query[name]);
    }
  }

  return parameters;
}

export interface Terms {
  label: string | null;
  scopes: string[];
  expires: string | null;
}

/** What lets the quarantined records of a key in: see RepairsApi.cs. */
export interface RepairRequest {
  id: string;
  tables: string[];
  label: string | null;
  etag: string | null;
  key: string;
  since: string;
  is_one: boolean;
  is_replay: boolean;
}

export const api = {
  async session(): Promise<Session> {
    const session = await ask<Session>('session');
    csrf = session.csrf;
    return session;
  },
  overview: () => ask<Overview>('overview'),
  feed: (query: FeedQuery) => ask<FeedPage>(`feed?${parametersOf(query)}`),
  record: (id: string, tables: string[]) =>
    ask<StoredRecord>(`records/${encodeURIComponent(id)}?${new URLSearchParams(tables.map((table) => ['tables', table]))}`),
  rejections: (code: string) => ask<RejectionList>(`rejections?${new URLSearchParams({ code })}`),
  tables: () => ask<TableList>('tables'),
  keys: () => ask<KeyList>('keys'),
  addKey: (terms: Terms) => ask<AddedKey>('keys', terms),
  startRepair: (request: RepairRequest) => ask<Repair>('repairs', request),
  repair: (id: string) => ask<Repair>(`repairs/${id}`),
  changes: () => ask<ChangeList>('changes'),
  revokeKey: (hash: string) => ask<WriteKey>('keys/revoke', { hash }),
  replay: (kind: 'quarantined' | 'dead_letter', id: string) => ask<Replayed>('replay', { kind, id }),
  send: (database: string, table: string, key: string, body: string) => ask<Sent>('send', { database, table, key, body }),
};
