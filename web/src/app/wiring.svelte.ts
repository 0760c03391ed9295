/**
 * What binds the parts together: where one looks to the watch, who one is to the socket, the language to
 * the server's answers, the unread to the title. Only this module and the shell know all of them.
 */
import { untrack } from 'svelte';
import { api } from '../api/client';
import { hiddenAvatars } from '../design/hidden-avatars';
import { announcer } from '../design/toasts.svelte';
import { language, t } from '../i18n/index.svelte';
import { connection, conversations, inbox, outgoing, pins, purse, socket } from '../live';
import { firstCards, site } from '../state/config';
import { preferences } from '../state/preferences.svelte';
import { route } from '../state/route.svelte';
import { selection } from '../state/selection.svelte';
import { session } from '../state/session.svelte';
import { pageTitle } from '../state/title.svelte';
import { viewpoint } from '../state/viewpoint.svelte';
import { Identity } from './identity';

/** Bind them, for as long as the page lives. */
export function wire(): void {
  if (viewpoint.isFirstLook(site().centre)) pins.begin(firstCards());
  bindIdentity();
  // Some networks let no socket through: slower, but everything works by REST.
  connection.ondetour = async () => {
    const answers = await api.get('/api/config').then(
      () => true,
      () => false,
    );
    if (!answers) return false;
    inbox.identify(session.member?.id, true);
    purse.identify(session.member?.id, true);
    pins.detour();
    await outgoing.detour();
    conversations.detour();
    return true;
  };
  // What others do is not told now: it is asked for.
  connection.onpaused = () => {
    void inbox.refresh();
    void purse.refresh();
    conversations.reopen();
  };
  socket.on('avatar', ({ avatar, hidden }) => {
    if (hidden) hiddenAvatars.add(avatar);
    else hiddenAvatars.delete(avatar);
  });
  purse.onchange = (now, before) => {
    if (now.balance !== before.balance) announcer.say(t('purse.now', { count: now.balance }));
  };
  $effect.root(() => {
    $effect(() => pins.look({ at: viewpoint.at, scale: viewpoint.scale, layers: viewpoint.layers }));
    $effect(() => {
      api.locale = language.locale;
    });
    // Who came by a link to one listing looks from there, until they put their avatar somewhere.
    $effect(() => {
      const linked = selection.opened;
      if (linked && route.depth === 0) untrack(() => viewpoint.suggest(linked));
    });
    $effect(() => {
      document.title = title();
    });
  });
}

/** Who is signed in decides whose messages leave, whom the socket speaks for, and where one begins. */
function bindIdentity(): void {
  const identity = new Identity(socket, session);
  session.onchange = (member) => {
    // What was interrupted by signing in may be a message: it leaves once the socket knows us too.
    outgoing.identify(member?.id);
    if (!member) purse.identify(undefined);
    identity.changed();
    if (member?.home) viewpoint.suggest(member.home);
    if (member && !preferences.localeChosen) void language.use(member.locale);
  };
}

function title(): string {
  const { name, town } = site();
  const place = town === name ? name : `${name} – ${town}`;
  const text = pageTitle.text ? `${pageTitle.text} – ${name}` : place;
  return inbox.unread > 0 ? t('common.title_unread', { count: inbox.unread, title: text }) : text;
}
