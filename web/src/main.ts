/** The page's beginning: what it is told, how it looks and speaks, then the line and the shell. */
import './design/tokens.css';
import './design/base.css';
import { mount } from 'svelte';
import App from './app/App.svelte';
import { wire } from './app/wiring.svelte';
import { language } from './i18n/index.svelte';
import { socket } from './live';
import { loadConfig, setSite } from './state/config';
import { preferences } from './state/preferences.svelte';
import { followKeyboard } from './state/screen.svelte';
import { session } from './state/session.svelte';
import { viewpoint } from './state/viewpoint.svelte';

const config = await loadConfig();
setSite(config);
preferences.start();
viewpoint.start(config.centre, config.zoom);
followKeyboard();
wire();
socket.start();
await language.use(preferences.locale);
mount(App, { target: document.getElementById('app') ?? document.body });
await session.load();
