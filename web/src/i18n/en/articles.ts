import type { Translation } from '../catalogue';
import type french from '../fr/articles';

export default {
  // the toolbar
  toolbar: 'Formatting',
  bold: 'Bold',
  italic: 'Italic',
  heading: 'Heading',
  list: 'List',
  quote: 'Quote',
  link: 'Link',
  with_key: '{name} (Ctrl+{key})',
  sample: 'text',
  // writing and looking
  tabs: 'Write or read',
  write: 'Write',
  preview: 'Preview',
  preview_blank: 'Your article will appear here as it will be read.',
  preview_away: 'No connection: the preview waits. Your text is kept.',
  preview_unknown: 'Sign in to see the preview. Your text is kept.',
  preview_untitled: 'Your title',
  // an article to read
  agenda_add: 'Add to my calendar',
  over: 'This event is over.',
  edited: 'edited ({when})',
} satisfies Translation<typeof french>;
