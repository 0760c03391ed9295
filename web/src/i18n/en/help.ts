import type { Translation } from '../catalogue';
import type fr from '../fr/help';

export default {
  title: 'Help and shortcuts',
  intro:
    'Your avatar marks where you look from. Move it: the list and the map show who, within a mile, needs a hand or offers one.',
  how_look: 'Look',
  how_look_text:
    'No account needed. Move the avatar, search for an address, or see the five nearest listings.',
  how_answer: 'Answer',
  how_answer_text:
    'Open a listing: the conversation is right below it. The thread is public, the dialog stays between the two of you.',
  how_privacy: 'Your home stays blurred',
  how_privacy_text:
    'We never keep where you live more finely than an area of about 300 metres. Your avatar’s position is neither stored nor logged.',
  smiles: 'Smiles',
  smiles_text: 'One gives smiles as thanks, and gets them by helping. They never turn into money.',
  smiles_mine: 'See my smiles',
  smiles_books: 'Open books: the accounts of all smiles',
  shortcuts: 'Keyboard shortcuts',
  key_help: 'This help',
  key_search: 'Search for an address',
  key_next: 'Next unread message',
  key_reply: 'Reply',
  key_back: 'Go back, close',
  single_keys: 'Single-key shortcuts',
  single_keys_hint: 'Switch off if they get in the way of your screen reader or voice control.',
} satisfies Translation<typeof fr>;
