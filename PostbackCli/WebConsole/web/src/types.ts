// The answers of the console's server: see PostbackCli/WebConsole/Api. Times are RFC 3339 in UTC, ages and lags in seconds.

export * from './types-admin';
import type { Repair } from './types-admin';

export interface Session {
  csrf: string;
  account: string;
  endpoint: string | null;
}

export interface Queue {
  length: number;
  oldest_age: number;
}

/** What lets quarantined records in: the page's button does what the command does. */
export interface Advice {
  kind: 'add' | 'change' | 'replay' | 'none';
  lines: string[];
  caution: string | null;
  command: string | null;
  replay_command: string;
}

export interface CauseTable {
  reason: string;
  database: string;
  table: string;
  count: number;
  not_kept: number;
}

/** What was quarantined of one key; an empty key for the causes that are counted together. */
export interface Cause {
  key: string;
  text: string;
  count: number;
  not_kept: number;
  tables: CauseTable[];
  last_id: string;
  address: string | null;
  user_agent: string | null;
  oldest: string;
  etag: string | null;
  advice: Advice | null;

  /** Only this record is replayed. */
  only?: string;
}

export interface TableActivity {
  database: string;
  table: string;
  stored: number;
  quarantined: number;
}

export interface Overview {
  at: string;
  level: 'clear' | 'attention';
  verdict: string;

  /** One sentence each, the most important first: the verdict is made of that. */
  findings: string[];

  /** Those that run in the process of the console. */
  repairs: Repair[];
  stored_per_minute: number[];
  quarantined: number;
  is_quarantined_at_least: boolean;
  quarantined_by_reason: Record<string, number>;
  causes: Cause[];
  more_causes: number;
  not_kept: number;
  rejected: Record<string, number>;
  dead_letters: number;
  older_dead_letters: number;
  largest_lag: number;
  queue: Queue;
  poison: Queue;
  tables: TableActivity[];
}

export type Kind = 'record' | 'quarantined' | 'dead_letter';

export interface FeedRow {
  kind: Kind;
  id: string;
  database: string;
  table: string;
  received_at: string;
  reason: string | null;
  key_prefix: string | null;
  written_at: string;
  preview: string;
}

export interface FeedPage {
  rows: FeedRow[];
  next: string | null;
  is_cut: boolean;
}

export interface StoredRecord {
  id: string;
  state: 'stored' | 'quarantined' | 'dead_lettered' | 'unknown';
  received_at: string;
  written_at: string | null;
  database: string | null;
  table: string | null;
  record: string | null;
  time: number | null;
  columns: Record<string, string> | null;
  columns_omitted: number;
  reason: string | null;
  key_prefix: string | null;
  account: string | null;
  address: string | null;
  user_agent: string | null;
  advice: Advice | null;
  etag: string | null;
  elements: number | null;
  tries: number | null;

  /** Of an unknown one: how many tables were searched, and how many more may have it. */
  searched: number | null;
  left: number | null;
}

export interface Sent {
  status: number;
  id: string | null;
  body: string;
  milliseconds: number;
}

/** Rejected requests that have all but the time in common. Where there is no name, there is a length, in characters. */
export interface Rejection {
  first_seen: string;
  last_seen: string;
  count: number;
  why: string | null;
  database: string | null;
  table: string | null;
  database_length: number | null;
  table_length: number | null;
  path_length: number | null;
  address: string | null;
  user_agent: string | null;
  content_type: string | null;
  content_length: number | null;
  credential: string | null;
  fix: string;
}

export interface RejectionList {
  rejections: Rejection[];
  more: number;
  is_cut: boolean;
}
