import type { Translation } from '../catalogue';
import type fr from '../fr/forms';

export default {
  day: 'Day',
  time: 'Time',
  place_none: 'No place chosen yet.',
  place_avatar: 'Where your avatar stands',
  place_away: '{distance} from your avatar',
  place_chosen: 'Place chosen: {place}',
  place_search: '{what}: search for an address',
  place_search_note: 'The address you look for goes through our server, which does not keep it.',
  place_on_map: 'Choose on the map',
  place_at_avatar: 'At my avatar',
  place_at_centre: 'At the centre of the map',
  place_drag: 'Drag the marker on the map to adjust it.',
  place_drag_phone: 'Open the map to adjust the marker.',
  place_remove: 'Remove this place',
  smiles_zero: '0: a gift, a loan or a swap.',
  smiles_less: 'One smile less',
  smiles_more: 'One smile more',
  offline_stop: 'Do not send',
} satisfies Translation<typeof fr>;
