import { number } from '../format';
import { rejections } from '../reasons';
import { open } from '../place';
import { Arrow } from '../parts/icons';

/** The rejected requests of the last hour by code. Each code opens a panel. */
export function Rejected({ counts }: { counts: Record<string, number> }) {
  const codes = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return (
    <div class="codes">
      <h3>Rejected requests, by code</h3>
      {codes.length === 0
        ? <p class="empty">No request was rejected.</p>
        : (
          <ul>
            {codes.map(([code, count]) => (
              <li key={code}>
                <button type="button" class="code-row" onClick={() => open({ name: 'rejected', code })}>
                  <span class="what"><span class="status">{rejections[code]?.status ?? ''}</span> <code>{code}</code> <span>{rejections[code]?.why}</span></span>
                  <span class="number">{number(count)}</span>
                  <Arrow />
                </button>
              </li>
            ))}
          </ul>
        )}
    </div>
  );
}
