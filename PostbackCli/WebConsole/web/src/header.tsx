import { Moon, Pause, Play, Sun } from './parts/icons';
import type { View } from './address';
import { linkTo, open, view } from './place';
import { isPaused, overview, readAll, session, trouble } from './state';
import { isDark, theme, toggleTheme } from './theme';
import { exact, moment } from './format';

const views: [View, string][] = [['now', 'Now'], ['tables', 'Tables'], ['keys', 'Write keys']];

export function Header() {
  theme.value;
  return (
    <header class="top">
      <a class="brand" href="#now">
        <img src="/icon.svg" alt="" width="26" height="26" />
        <span>Postback</span>
      </a>
      <p class="account" title="The storage account that this page reads">{session.value?.account}</p>
      <nav aria-label="Views">
        {views.map(([name, title]) => <a key={name} href={linkTo(name)} aria-current={view.value === name ? 'page' : undefined}>{title}</a>)}
      </nav>
      <div class="tools">
        <Live />
        <button type="button" class="icon" onClick={toggleTheme} aria-label={isDark() ? 'Use the light theme' : 'Use the dark theme'}>
          {isDark() ? <Sun /> : <Moon />}
        </button>
        <button type="button" class="primary" onClick={() => open({ name: 'send' })}>
          Send a test event
        </button>
      </div>
    </header>
  );
}

function Live() {
  const paused = isPaused.value;
  const at = overview.value?.at;
  const toggle = () => {
    isPaused.value = !paused;
    if (paused) {
      void readAll();
    }
  };
  return (
    <button type="button" class={`live ${trouble.value ? 'off' : paused ? 'paused' : ''}`} onClick={toggle}
      title={paused ? 'Paused: resume' : 'Reads every two seconds: pause'}>
      {paused ? <Play /> : <Pause />}
      <span class="live-text">{paused ? 'Paused' : 'Live'}{at && <> <time dateTime={at} title={exact(at)}>{moment(at)}</time></>}</span>
      <span class="unseen">{paused ? ', resume' : ', pause'}</span>
    </button>
  );
}
