import type { Translation } from '../catalogue';
import type fr from '../fr/embed';

export default {
  count: { one: '{count} listing', other: '{count} listings' },
  waiting: 'Looking…',
  more: { one: 'And one more on {site}.', other: 'And {count} more on {site}.' },
  none: 'No listing around here for now.',
  list: 'Listings, nearest first',
  see_on: 'See on {site}',
  open_site: 'Open in a new tab',
} satisfies Translation<typeof fr>;
