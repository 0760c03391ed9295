import type { Translation } from '../catalogue';
import type fr from '../fr/feeds';

export default {
  follow: 'Follow',
  follow_mile: 'Follow this mile',
  follow_named: 'Follow {name}',
  follow_listing: 'Follow “{title}”',
  intro: 'Other programs read these addresses, without an account, and they keep up to date.',
  atom: 'News (Atom)',
  atom_for: 'For a feed reader: each new listing arrives there.',
  ics: 'Calendar (iCalendar)',
  ics_for: 'For your calendar: subscribe, and events add themselves.',
  geojson: 'Map (GeoJSON)',
  geojson_for: 'For a map, such as uMap or QGIS: the listings in their places.',
  frame: 'Small map for your site',
  frame_for: 'To paste into a page: the map of this mile, live.',
  frame_title: '{site}: listings of the neighbourhood',
  copy: 'Copy',
  copied: 'Copied',
  open: 'Open',
  failed: 'These addresses could not be shown. Check your connection.',
} satisfies Translation<typeof fr>;
