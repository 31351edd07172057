import { batch, signal } from '@preact/signals';
import { everything, leaveOpened, onAddress, setAddress, writeAddress, type Address, type Filter, type View } from './address';
import type { Cause } from './types';

/** The open panel at the side. A record, the rejected requests of a code and a repair stand in the address. */
export type Panel =
  | { name: 'record'; id: string; tables: string[] }
  | { name: 'send' }
  | { name: 'rejected'; code: string }
  | { name: 'repair'; id: string }
  | { name: 'fix'; cause: Cause }
  | null;

export const view = signal<View>('now');
export const filter = signal<Filter>(everything);
export const panel = signal<Panel>(null);

function here(): Address {
  const shown = panel.peek();
  return {
    view: view.peek(),
    filter: filter.peek(),
    record: shown?.name === 'record' ? shown.id : null,
    rejected: shown?.name === 'rejected' ? shown.code : null,
    repair: shown?.name === 'repair' ? shown.id : null,
  };
}

const hasPanel = ({ record, rejected, repair }: Address) => record !== null || rejected !== null || repair !== null;

/** The link to a view, with the filter of now or another one. */
export const linkTo = (to: View, filtered: Partial<Filter> = filter.value) =>
  writeAddress({ view: to, filter: { ...everything, ...filtered }, record: null, rejected: null, repair: null });

/** Changes the filter. Choosing makes an entry in the history of the browser, typing does not. */
export function choose(change: Partial<Filter>, how: 'push' | 'replace' = 'push') {
  filter.value = { ...filter.value, ...change };
  setAddress(here(), how);
}

export function open(next: NonNullable<Panel>) {
  const isFirst = !hasPanel(here());
  panel.value = next;
  setAddress(here(), 'push', isFirst);
}

export function close() {
  const isInAddress = hasPanel(here());
  panel.value = null;
  if (isInAddress && !leaveOpened()) {
    setAddress(here(), 'replace');
  }
}

function panelOf({ filter: { database, table }, record, rejected, repair }: Address): Panel {
  const now = panel.peek();
  return record ? (now?.name === 'record' && now.id === record ? now : { name: 'record', id: record, tables: database && table ? [`${database}.${table}`] : [] })
    : rejected ? { name: 'rejected', code: rejected }
    : repair ? { name: 'repair', id: repair }
    : null;
}

onAddress((address) => batch(() => {
  // The filter is kept while another view is shown.
  const isFilterOther = address.view === 'now' && writeAddress({ ...here(), view: 'now' }) !== writeAddress({ ...here(), view: 'now', filter: address.filter });
  view.value = address.view;
  filter.value = isFilterOther ? address.filter : filter.peek();
  panel.value = panelOf(address);
}));
