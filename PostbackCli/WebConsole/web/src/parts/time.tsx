import { exact, moment, time, zone } from '../format';

/** A local time, with UTC in its tooltip. `inList`: the list says the zone once, in a `ZoneNote`. */
export function Time({ at, inList = false }: { at: string; inList?: boolean }) {
  return <time dateTime={at} title={exact(at)}>{inList ? time(at) : moment(at)}</time>;
}

export const ZoneNote = () => <span class="zone">Times are in {zone()}.</span>;
