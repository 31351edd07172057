import { computed, effect, signal } from '@preact/signals';
import { api, Rejected } from './api';
import { everything } from './address';
import { filter, view } from './place';
import type { FeedRow, Overview, Session } from './types';
import { sinceOf, untilOf } from './window';

const pollEvery = 2_000;
const maxTables = 4;

export const session = signal<Session | null>(null);
export const overview = signal<Overview | null>(null);

/** Why the last poll failed, in a sentence; null if it did not. What is shown then is of `readAt`, in the browser's milliseconds. */
export const trouble = signal<string | null>(null);
export const readAt = signal(0);
export const now = signal(Date.now());
export const isPaused = signal(false);

/** Tables that this page sent events to: they are shown before activity has them. */
export const touched = signal<string[]>([]);

export const touch = (table: string) => { touched.value = [table, ...touched.value.filter((one) => one !== table)]; };

/** The tables whose records the list shows: the table of the filter, else the busiest. */
export const followed = computed<string[]>(() => {
  const { database, table } = filter.value;
  if (database && table) {
    return [`${database}.${table}`];
  }

  const busy = (overview.value?.tables ?? []).filter((one) => one.stored > 0).map((one) => `${one.database}.${one.table}`);
  return [...new Set([...touched.value, ...busy])]
    .filter((one) => (!database || one.startsWith(`${database}.`)) && (!table || one.endsWith(`.${table}`)))
    .slice(0, maxTables);
});

export const rows = signal<FeedRow[]>([]);

/** Where older rows begin; null if there are none, undefined before the first poll. */
export const older = signal<string | null | undefined>(undefined);

/** The arrival that an id has in its first 48 bits, in milliseconds. Lists go by it. */
const arrivalOf = (id: string) => parseInt(id.slice(0, 12), 16);

const isOf = (row: FeedRow) => {
  const { kinds, database, table, reason, range } = filter.value;
  const arrived = arrivalOf(row.id);
  return arrived >= sinceOf(range, overview.peek()?.at) && arrived < (untilOf(range) ?? Infinity)
    && kinds.includes(row.kind) && (!database || row.database === database) && (!table || row.table === table) && (!reason || row.reason === reason);
};

/** Merges a page into the list. A row in the time span of the page that the page no longer has is removed. */
function merge(found: FeedRow[], downTo: string | null) {
  const byKey = new Map(rows.value.filter((row) => downTo !== null && row.id < downTo).map((row) => [`${row.kind} ${row.id}`, row]));
  found.forEach((row) => byKey.set(`${row.kind} ${row.id}`, row));
  rows.value = [...byKey.values()].filter(isOf).sort((one, other) => (one.id < other.id ? 1 : -1));
}

/** Whether the last reading ended at its bound: there may be rows that the list does not know of. */
export const isCut = signal(false);

let asked = 0;

async function readFeed(before?: string) {
  const mine = ++asked;
  const { kinds, database, table, reason, range } = filter.value;
  const until = untilOf(range);
  const window = range === everything.range ? {} : {
    since: new Date(sinceOf(range, overview.value?.at)).toISOString(),
    until: until === undefined ? undefined : new Date(until).toISOString(),
  };
  const page = await api.feed({ ...window, kinds, tables: followed.value, database, table, reason, before });
  if (mine !== asked) {
    return;
  }

  isCut.value = page.is_cut;
  if (before) {
    rows.value = [...rows.value, ...page.rows];
    older.value = page.next;
  } else {
    const shown = rows.value.length;
    merge(page.rows, page.next);
    older.value = shown > page.rows.length && older.value !== undefined ? older.value : page.next;
  }
}

export const loadOlder = () => guarded(() => readFeed(older.value ?? undefined));

async function guarded(work: () => Promise<unknown>) {
  try {
    await work();
    trouble.value = null;
    readAt.value = Date.now();
  } catch (error) {
    trouble.value = error instanceof Rejected ? error.message : 'The console does not answer: is postback still running?';
  }
}

/** Reads everything that is shown. */
export const readAll = () => guarded(async () => {
  const first = overview.value === null;
  overview.value = await api.overview();
  if (view.value === 'now' || first) {
    await readFeed();
  }
});

/** Polls every two seconds while the page is visible. */
export async function start() {
  await guarded(async () => { session.value = await api.session(); });
  effect(() => {
    filter.value;
    older.value = undefined;
    rows.value = rows.peek().filter(isOf);
    if (overview.peek()) {
      void guarded(() => readFeed());
    }
  });
  while (true) {
    if (!document.hidden && !isPaused.value) {
      await readAll();
    }

    now.value = Date.now();
    await new Promise((resolve) => setTimeout(resolve, pollEvery));
  }
}
