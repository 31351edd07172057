// More answers of the console's server: see PostbackCli/WebConsole/Api. Times are RFC 3339 in UTC, ages and lags in seconds.

/** What a table got in the days of its list. `like`: the older name that a new one is one slip away from. */
export interface TableSummary {
  database: string;
  table: string;
  stored: number;
  quarantined: number;
  first: string | null;
  last: string | null;
  keys: string[];
  is_new: boolean;
  like: string | null;
  silent_since: string | null;
  stored_per_hour: number[];
}

export interface TableList {
  at: string;
  days: number;
  is_complete: boolean;
  tables: TableSummary[];
}

export interface WriteKey {
  hash: string;
  id: string;
  label: string;
  account: string;
  kind: 'header' | 'url';
  scopes: string[];
  created: string;
  expires: string | null;
  revoked: string | null;
  last_seen: string | null;
  etag: string | null;
}

export interface KeyList {
  keys: WriteKey[];
  has_more: boolean;
}

export interface AddedKey {
  key: string;
  entry: WriteKey;
}

export interface Replayed {
  sent: number;
  gone: number;
}

/** A repair in the process of the console. `step` is `ended` for one of an earlier process, whose state says how. */
export interface Repair {
  id: string;
  state: 'begun' | 'done' | 'failed' | 'cut_off';
  step: 'wait' | 'replay' | 'settle' | 'ended';
  subject: string;
  sent: number;
  gone: number;
  wait: number;
  key: WriteKey | null;
  is_key_new: boolean;
  record: string | null;
  outcome: 'stored' | 'quarantined' | 'dead_lettered' | null;
  database: string | null;
  table: string | null;
  reason: string | null;
  message: string | null;
  command: string | null;
}

/** What an operator changed. */
export interface Change {
  id: string;
  at: string;
  who: string;
  what: string;
  subject: string;
  was: string;
  becomes: string;
  state: Repair['state'];
  sent: number;
  gone: number;
  command: string | null;
}

export interface ChangeList {
  changes: Change[];
  has_more: boolean;
}
