import { Header } from './header';
import { Keys } from './keys/keys';
import { Now } from './now/now';
import { FixPanel } from './now/fix';
import { RejectionPanel } from './now/rejection';
import { RepairPanel } from './now/repair';
import { RecordPanel } from './record/record';
import { SendPanel } from './send/send';
import { panel, view } from './place';
import { Stale } from './stale';
import { overview, trouble } from './state';
import { Tables } from './tables/tables';

export function Page() {
  const open = panel.value;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to the content</a>
      <Header />
      <Stale />
      <main id="main" class={trouble.value && overview.value ? 'old' : ''} tabIndex={-1}>
        {view.value === 'keys' ? <Keys /> : view.value === 'tables' ? <Tables /> : <Now />}
      </main>
      {open?.name === 'record' && <RecordPanel key={open.id} id={open.id} tables={open.tables} />}
      {open?.name === 'send' && <SendPanel />}
      {open?.name === 'rejected' && <RejectionPanel key={open.code} code={open.code} />}
      {open?.name === 'repair' && <RepairPanel key={open.id} id={open.id} />}
      {open?.name === 'fix' && <FixPanel key={open.cause.last_id} cause={open.cause} />}
    </>
  );
}
