/** The small map in another site's page: its own beginning, since it needs neither session nor memory. */
import '../design/tokens.css';
import '../design/base.css';
import { mount } from 'svelte';
import { language, preferredLocale } from '../i18n/index.svelte';
import { PinStore } from '../live/pins.svelte';
import { LiveSocket } from '../live/socket';
import { ANONYMOUS_LIVE_PATH } from '../protocol';
import { loadConfig } from '../state/config';
import { asked } from './asked';
import Embed from './Embed.svelte';
import { post } from './post';

const config = await loadConfig();
const wish = asked(location.search);
const socket = new LiveSocket({ url: `${location.origin.replace(/^http/, 'ws')}${ANONYMOUS_LIVE_PATH}` });
const pins = new PinStore(socket, { post });
const at = wish.at ?? config.centre;
pins.look({ at, scale: wish.scale, layers: wish.layers });
socket.start();
await language.use(wish.locale ?? preferredLocale());
mount(Embed, { target: document.getElementById('app') ?? document.body, props: { config, wish, at, pins } });
