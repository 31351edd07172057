const numbers = new Intl.NumberFormat('en-US');
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const whole = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const number = (value: number) => numbers.format(value);

export const plural = (count: number, noun: string) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

/** The offset of the browser's zone at a time, such as UTC+2. */
export function zoneAt(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return minutes === 0 ? 'UTC' : `UTC${minutes < 0 ? '−' : '+'}${hours}${rest > 0 ? `:${String(rest).padStart(2, '0')}` : ''}`;
}

/** The offset of the browser's zone now. A list says it once. */
export const zone = () => zoneAt(new Date());

/** The local time of day, with the date unless it is today, and with the zone where that is not the zone of now. */
export function time(text: string): string {
  const at = new Date(text);
  const local = at.toDateString() === new Date().toDateString() ? clock.format(at) : whole.format(at);
  return zoneAt(at) === zone() ? local : `${local} ${zoneAt(at)}`;
}

/** The local time with its zone, for a time that stands alone. */
export const moment = (text: string) => (time(text).endsWith(zoneAt(new Date(text))) ? time(text) : `${time(text)} ${zoneAt(new Date(text))}`);

export const minuteOf = (at: Date) => shortClock.format(at);

export const date = (text: string) => day.format(new Date(text));

/** The time in UTC, for a tooltip. */
export const exact = (text: string) => new Date(text).toISOString();

/** A number of seconds in the largest unit that fits. */
export function duration(seconds: number): string {
  if (seconds < 1) {
    return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  }

  if (seconds < 60) {
    return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  }

  const units: [number, string][] = [[86_400, 'd'], [3_600, 'h'], [60, 'min']];
  const [size, unit] = units.find(([length]) => seconds >= length)!;
  return `${number(Math.floor(seconds / size))} ${unit}`;
}

export function ago(text: string): string {
  const seconds = (Date.now() - Date.parse(text)) / 1000;
  return seconds < 60 ? 'just now' : `${duration(seconds)} ago`;
}

export const bytes = (count: number) =>
  count < 1024 ? plural(count, 'byte') : count < 1024 * 1024 ? `${(count / 1024).toFixed(1)} KB` : `${(count / 1024 / 1024).toFixed(2)} MB`;

export const size = (text: string) => bytes(new TextEncoder().encode(text).length);

/** A word for the shell, quoted if necessary. */
export const shell = (word: string) => (/^[\w./:@*-]+$/.test(word) && !word.includes('*') ? word : `'${word.replaceAll("'", `'\\''`)}'`);
