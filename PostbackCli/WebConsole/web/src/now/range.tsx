import { useState } from 'preact/hooks';
import type { Range } from '../address';
import { zoneAt } from '../format';
import { choose, filter } from '../place';

const day = 86_400_000;
const spans: [Range & string, string][] = [['1h', 'last hour'], ['24h', 'last 24 hours'], ['7d', 'last 7 days']];

/** A time as a datetime-local input has it: local, to the minute. */
function localOf(text: string): string {
  const at = new Date(text);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const minute = (at: number) => new Date(at).toISOString().replace(/:\d\d\.\d+Z$/, ':00Z');

/** Chooses the arrivals that the list shows. */
export function RangeChooser() {
  const { range } = filter.value;
  const pick = (value: string) => choose({
    range: value === 'custom' ? { from: minute(Date.now() - day), to: minute(Date.now()) } : value as Range,
  });
  return (
    <>
      <label>Arrived
        <select value={typeof range === 'string' ? range : 'custom'} onChange={(event) => pick(event.currentTarget.value)}>
          {spans.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
          <option value="custom">from … to …</option>
        </select>
      </label>
      {typeof range !== 'string' && <FromTo range={range} />}
    </>
  );
}

function FromTo({ range }: { range: { from: string; to: string } }) {
  const [isOrdered, setOrdered] = useState(true);
  const change = (part: 'from' | 'to') => (event: { currentTarget: HTMLInputElement }) => {
    const at = new Date(event.currentTarget.value);
    if (Number.isNaN(at.getTime())) {
      return;
    }

    const next = { ...range, [part]: minute(at.getTime()) };
    const isNextOrdered = Date.parse(next.from) < Date.parse(next.to);
    setOrdered(isNextOrdered);
    if (isNextOrdered) {
      choose({ range: next }, 'replace');
    }
  };
  return (
    <div class="from-to">
      <label>From ({zoneAt(new Date(range.from))})<input type="datetime-local" value={localOf(range.from)} onChange={change('from')} /></label>
      <label>To ({zoneAt(new Date(range.to))})<input type="datetime-local" value={localOf(range.to)} onChange={change('to')} /></label>
      {!isOrdered && <p class="trouble" role="alert">From is not before To: the list still shows the range before.</p>}
    </div>
  );
}
