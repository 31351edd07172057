import { number, plural } from '../format';

const height = 32;
const step = 6;

/** Records stored in each hour, the oldest first; the last one is the hour of now. */
export function Sparkline({ counts }: { counts: number[] }) {
  const most = Math.max(...counts, 1);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return (
    <svg class="sparkline" viewBox={`0 0 ${counts.length * step} ${height}`} preserveAspectRatio="none" role="img"
      aria-label={`${plural(total, 'record')} stored in the last ${counts.length} hours, at most ${number(Math.max(...counts, 0))} in an hour`}>
      {counts.map((count, index) => {
        const bar = count > 0 ? Math.max(2, (count / most) * height) : 1;
        return <rect key={index} class={count > 0 ? '' : 'none'} x={index * step} y={height - bar} width={step - 1.5} height={bar} />;
      })}
    </svg>
  );
}
