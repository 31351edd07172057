import type { Kind } from './types';
import { reasonCodes, rejections } from './reasons';

export type View = 'now' | 'tables' | 'keys';

/** The arrivals that the list shows: the last hour, day or week, or from and to (RFC 3339, UTC). */
export type Range = '1h' | '24h' | '7d' | { from: string; to: string };

export interface Filter {
  kinds: Kind[];
  database: string;
  table: string;
  reason: string;
  range: Range;
}

/** What stands in the page's address. A filter only where the view is `now`. */
export interface Address {
  view: View;
  filter: Filter;
  record: string | null;
  rejected: string | null;
  repair: string | null;
}

const views: View[] = ['now', 'tables', 'keys'];
const allKinds: Kind[] = ['quarantined', 'dead_letter', 'record'];

export const everything: Filter = { kinds: allKinds, database: '', table: '', reason: '', range: '24h' };

export const isName = (text: string) => /^\w{1,128}$/.test(text);

export const isId = (text: string) => /^[0-9a-f]{32}$/.test(text);

const isTime = (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(text) && !Number.isNaN(Date.parse(text));

function kindsOf(text: string | null): Kind[] {
  const given = allKinds.filter((kind) => text?.split(',').includes(kind));
  return given.length > 0 || text === 'none' ? given : allKinds;
}

function rangeOf(parameters: URLSearchParams): Range {
  const [from, to, range] = ['from', 'to', 'range'].map((name) => parameters.get(name) ?? '') as [string, string, string];
  return isTime(from) && isTime(to) && Date.parse(from) < Date.parse(to) ? { from, to }
    : range === '1h' || range === '7d' ? range : '24h';
}

/** Reads a hash such as `#now?database=shop&range=1h`. What is not valid is left out; null if it is none of the page's. */
export function readAddress(hash: string): Address | null {
  const [name = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  const view = name === '' ? 'now' : views.find((one) => one === name);
  if (!view) {
    return null;
  }

  const parameters = new URLSearchParams(query);
  const valid = (parameter: string, isValid: (text: string) => boolean) => {
    const text = parameters.get(parameter) ?? '';
    return isValid(text) ? text : '';
  };
  const filter = {
    kinds: kindsOf(parameters.get('kinds')),
    database: valid('database', isName),
    table: valid('table', isName),
    reason: valid('reason', (text) => reasonCodes.includes(text)),
    range: rangeOf(parameters),
  };
  return {
    view,
    filter,
    record: valid('record', isId) || null,
    rejected: valid('rejected', (text) => Object.hasOwn(rejections, text)) || null,
    repair: valid('repair', isId) || null,
  };
}

/** The hash of an address. Defaults are left out; no value needs an escape. */
export function writeAddress({ view, filter: { kinds, database, table, reason, range }, record, rejected, repair }: Address): string {
  const filter: [string, string | null][] = view !== 'now' ? [] : [
    ['kinds', kinds.length === allKinds.length ? null : kinds.join() || 'none'],
    ['database', database],
    ['table', table],
    ['reason', reason],
    ...(typeof range === 'string' ? [['range', range === everything.range ? null : range]] : [['from', range.from], ['to', range.to]]) as [string, string | null][],
  ];
  const parameters = [...filter, ['record', record], ['rejected', rejected], ['repair', repair]].filter(([, value]) => value);
  return `#${view}${parameters.length > 0 ? '?' : ''}${parameters.map(([name, value]) => `${name}=${value}`).join('&')}`;
}

let isClosing = false;

/** Calls back with the address of now, and with each that the browser goes to: Back, Forward, a link, or one typed. */
export function onAddress(tell: (address: Address) => void) {
  const read = () => {
    const address = readAddress(location.hash);
    if (address && !isClosing) {
      tell(address);
    }

    isClosing = false;
  };
  read();
  addEventListener('popstate', read);
}

/** Puts an address into a new entry of the history, or into that of now. `opens`: the entry opens a panel, and Back closes it. */
export function setAddress(address: Address, how: 'push' | 'replace', opens = false) {
  const hash = writeAddress(address);
  isClosing = false;
  if (hash !== (location.hash || '#now')) {
    history[how === 'push' ? 'pushState' : 'replaceState'](how === 'push' ? { opens } : history.state, '', hash);
  }
}

/** Leaves the entry that opened a panel; false if the panel was not opened by an entry of this page. */
export function leaveOpened(): boolean {
  if (!(history.state as { opens?: boolean } | null)?.opens) {
    return false;
  }

  isClosing = true;
  history.back();
  return true;
}
