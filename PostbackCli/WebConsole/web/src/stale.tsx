import { duration } from './format';
import { Time } from './parts/time';
import { now, overview, readAt, trouble } from './state';

/** After a failed poll: why, and of when the data is that is shown. The age is outside of the alert: it changes all the time. */
export function Stale() {
  if (!trouble.value) {
    return null;
  }

  const age = Math.max(1, Math.round((now.value - readAt.value) / 1000));
  return (
    <section class="trouble stale" aria-label="Connection">
      <p role="alert">{trouble.value}</p>
      {overview.value && <p>What is shown is as of <Time at={overview.value.at} />, {age < 60 ? `${age} s` : duration(age)} ago.</p>}
    </section>
  );
}
