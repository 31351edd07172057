import type { Range } from './address';
import { moment } from './format';

const hour = 3_600_000;
const spans = { '1h': { name: 'in the last hour', length: hour }, '24h': { name: 'in the last 24 hours', length: 24 * hour }, '7d': { name: 'in the last 7 days', length: 7 * 24 * hour } };

/** Where a range begins, in milliseconds. A span ends at the server's time, else at the browser's. */
export const sinceOf = (range: Range, at?: string) => (typeof range === 'string' ? (at ? Date.parse(at) : Date.now()) - spans[range].length : Date.parse(range.from));

/** Where a range ends, in milliseconds; undefined: now. */
export const untilOf = (range: Range) => (typeof range === 'string' ? undefined : Date.parse(range.to));

/** `in the last hour`, or from when to when. */
export const nameOf = (range: Range) => (typeof range === 'string' ? spans[range].name : `from ${moment(range.from)} to ${moment(range.to)}`);
