import { useEffect, useRef, useState } from 'preact/hooks';
import type { Overview } from '../types';
import { minuteOf, number, plural, zoneAt } from '../format';

const height = 220;
const top = 12;
const bottom = 24;
const left = 40;

/** The top of the scale: a round number that is at least the largest value. */
function scaleOf(most: number): number {
  if (most <= 4) {
    return 4;
  }

  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 5, 8, 10].map((factor) => factor * power).find((round) => round >= most)!;
}

const short = (value: number) => (value >= 1_000_000 ? `${value / 1_000_000}M` : value >= 1_000 ? `${value / 1_000}k` : String(value));

/** Records stored in each of the last 60 minutes. */
export function Chart({ overview }: { overview: Overview }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const [width, setWidth] = useState(700);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(200, Math.round(entry!.contentRect.width))));
    observer.observe(svg.current!);
    return () => observer.disconnect();
  }, []);
  const counts = overview.stored_per_minute;
  const most = scaleOf(Math.max(...counts));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const step = (width - left) / counts.length;
  const y = (count: number) => top + (height - top - bottom) * (1 - count / most);
  const end = new Date(overview.at);
  const minute = (index: number) => minuteOf(new Date(end.getTime() - (counts.length - 1 - index) * 60_000));
  const move = (by: number) => setChosen((now) => Math.min(counts.length - 1, Math.max(0, (now ?? counts.length - 1) + by)));
  const keys: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -counts.length, End: counts.length };
  return (
    <section class="card chart" aria-labelledby="chart-title">
      <div class="card-head">
        <h2 id="chart-title">Stored per minute</h2>
        <p class="reading" aria-live="polite">
          {chosen === null ? <>{number(total)} <span>in the last hour</span></> : <>{number(counts[chosen]!)} <span>at {minute(chosen)} {zoneAt(end)}</span></>}
        </p>
      </div>
      <svg ref={svg} height={height} role="img" tabIndex={0} onMouseLeave={() => setChosen(null)} onBlur={() => setChosen(null)}
        onKeyDown={(event) => { if (event.key in keys) { event.preventDefault(); move(keys[event.key]!); } }}
        aria-label={`Records stored in each of the last ${counts.length} minutes: ${plural(total, 'record')} in all, at most ${number(Math.max(...counts))} in a minute. Arrow keys read it minute by minute.`}>
        {[0, 0.5, 1].map((part) => (
          <g key={part} class="grid">
            <line x1={left} x2={width} y1={y(most * part)} y2={y(most * part)} />
            <text x={left - 8} y={y(most * part) + 4} text-anchor="end">{short(most * part)}</text>
          </g>
        ))}
        {counts.map((count, index) => (
          <g key={index} class={`bar ${index === chosen ? 'chosen' : ''} ${index === counts.length - 1 ? 'current' : ''}`} onMouseEnter={() => setChosen(index)}>
            <rect class="hit" x={left + index * step} y={top} width={step} height={height - top - bottom} />
            <rect x={left + index * step + step * 0.1} y={count > 0 ? Math.min(y(count), y(0) - 2) : y(0) - 1} rx="1.5"
              width={step * 0.8} height={count > 0 ? Math.max(2, y(0) - y(count)) : 1} />
          </g>
        ))}
        {(width < 480 ? [0, 30, 59] : [0, 15, 30, 45, 59]).map((index) => (
          <text key={index} class="tick" x={left + (index + 0.5) * step} y={height - 6} text-anchor={index === 59 ? 'end' : index === 0 ? 'start' : 'middle'}>
            {minute(index)}{index === 59 && ` ${zoneAt(end)}`}
          </text>
        ))}
        {total === 0 && <text class="none" x={left + (width - left) / 2} y={top + (height - top - bottom) / 2 - 10} text-anchor="middle">Nothing was stored in the last hour</text>}
      </svg>
    </section>
  );
}
