import { overview } from '../state';
import { Causes } from './causes';
import { Chart } from './chart';
import { Feed } from './feed';
import { Gauges } from './gauges';
import { Verdict } from './verdict';

export function Now() {
  const look = overview.value;
  if (!look) {
    return <p class="waiting" role="status">Reading the storage account …</p>;
  }

  return (
    <>
      <Verdict look={look} />
      <div class={`look ${look.level}`}>
        <Causes look={look} />
        <Chart look={look} />
        <Gauges look={look} />
      </div>
      <Feed />
    </>
  );
}
