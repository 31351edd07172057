import { Moon, Pause, Play, Sun } from './parts/icons';
import { isPaused, overview, panel, readAll, session, trouble, view } from './state';
import { isDark, theme, toggleTheme } from './theme';
import { time } from './format';

export function Header() {
  theme.value;
  return (
    <header class="top">
      <a class="brand" href="#">
        <img src="/icon.svg" alt="" width="26" height="26" />
        <span>Postback</span>
      </a>
      <p class="account" title="The storage account that this page reads">{session.value?.account}</p>
      <nav aria-label="Views">
        <a href="#" aria-current={view.value === 'now' ? 'page' : undefined}>Now</a>
        <a href="#keys" aria-current={view.value === 'keys' ? 'page' : undefined}>Write keys</a>
      </nav>
      <div class="tools">
        <Live />
        <button type="button" class="icon" onClick={toggleTheme} aria-label={isDark() ? 'Use the light theme' : 'Use the dark theme'}>
          {isDark() ? <Sun /> : <Moon />}
        </button>
        <button type="button" class="primary" onClick={() => { panel.value = { name: 'send' }; }}>
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
      <span class="live-text">{paused ? 'Paused' : 'Live'}{at && <time dateTime={at}> {time(at)}</time>}</span>
      <span class="unseen">{paused ? ', resume' : ', pause'}</span>
    </button>
  );
}
