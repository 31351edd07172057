import { Header } from './header';
import { Keys } from './keys/keys';
import { Now } from './now/now';
import { FixPanel } from './now/fix';
import { RejectionPanel } from './now/rejection';
import { RecordPanel } from './record/record';
import { SendPanel } from './send/send';
import { panel, trouble, view } from './state';

export function Page() {
  const open = panel.value;
  return (
    <>
      <a class="skip" href="#main">Skip to the content</a>
      <Header />
      {trouble.value && <p class="trouble" role="alert">{trouble.value}</p>}
      <main id="main" tabIndex={-1}>{view.value === 'keys' ? <Keys /> : <Now />}</main>
      {open?.name === 'record' && <RecordPanel key={open.id} id={open.id} tables={open.tables} />}
      {open?.name === 'send' && <SendPanel />}
      {open?.name === 'rejected' && <RejectionPanel key={open.code} code={open.code} />}
      {open?.name === 'fix' && <FixPanel key={open.cause.last_id} cause={open.cause} />}
    </>
  );
}
