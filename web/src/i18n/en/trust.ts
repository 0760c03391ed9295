import type { Translation } from '../catalogue';
import type fr from '../fr/trust';

export default {
  title: 'Member',
  since: 'Member since {day}',
  own: 'This is how others see you.',
  own_edit: 'Edit your profile',
  missing: 'This person is not here',
  missing_text: 'There is no such account, or not any more.',
  failed: 'This page could not be loaded.',
  published: 'On the map',
  published_none: 'Nothing on the map at the moment.',
  published_all: { one: 'Show all ({count})', other: 'Show all ({count})' },
  exchanges: 'Completed exchanges',
  helped: { one: 'helped {count} time', other: 'helped {count} times' },
  was_helped: { one: 'was helped {count} time', other: 'was helped {count} times' },
  none: 'No exchange yet',
  none_text: 'Everybody began with a first one.',
  reliability: 'Reliability',
  no_shows_none: 'No meeting missed.',
  no_shows: {
    one: '{count} meeting missed out of {of}.',
    other: '{count} meetings missed out of {of}.',
  },
  no_shows_text: 'Something can come up for anybody: ask before you judge.',
  thanks: 'Words of thanks',
  thanks_none: 'No word of thanks yet.',
  thanks_for: 'for “{title}”',
} satisfies Translation<typeof fr>;
