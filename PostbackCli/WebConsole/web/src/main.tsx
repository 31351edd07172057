import { render } from 'preact';
import { Page } from './page';
import { start } from './state';
import './theme';

render(<Page />, document.getElementById('app')!);
void start();
