import { overview } from '../state';
import { Causes } from './causes';
import { Chart } from './chart';
import { Feed } from './feed';
import { Gauges } from './gauges';
import { Running } from './repair';
import { Verdict } from './verdict';

export function Now() {
  const current = overview.value;
  if (!current) {
    return <p class="waiting" role="status">Reading the storage account …</p>;
  }

  return (
    <>
      <Verdict overview={current} />
      <Running />
      <div class={`look ${current.level}`}>
        <Causes overview={current} />
        <Chart overview={current} />
        <Gauges overview={current} />
      </div>
      <Feed />
    </>
  );
}
