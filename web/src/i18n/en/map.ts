import type { Translation } from '../catalogue';
import type fr from '../fr/map';

export default {
  label: 'Map of the neighbourhood',
  pins: 'Listings on the map',
  pin: '{kind}: {title}, {distance}, {gist}',
  pin_in_progress: '{pin}, in progress',
  pin_done: '{pin}, done',
  pin_unread: '{pin}, unread',
  stack: { one: '{titles}', other: '{count} listings: {titles}' },
  stack_open: { one: '{count} listing at this place', other: '{count} listings at this place' },
  avatar: 'Your avatar, movable',
  avatar_hint: 'Drag it, or move it with the arrow keys; with Shift it goes further.',
  avatar_here: 'Move my avatar here',
  avatar_back: 'Back to my avatar',
  avatar_centre: 'Put my avatar at the centre of the map',
  place: 'Chosen place, movable',
  place_centre: 'Put the marker at the centre of the map',
  controls: 'Map controls',
  zoom_in: 'Zoom in',
  zoom_out: 'Zoom out',
  locate: 'Find my location',
  locating: 'Finding your location…',
  locate_denied:
    'Your browser does not give your position. You can allow it in its settings, or move your avatar by hand.',
  locate_unavailable:
    'Your device cannot find your position. Move your avatar by hand, or search for an address.',
  locate_timeout: 'Your position is slow to come. Try again, or move your avatar by hand.',
  note_close: 'Close this message',
  scroll_ctrl: 'Hold Ctrl and scroll to zoom the map',
  scroll_command: 'Hold ⌘ and scroll to zoom the map',
  two_fingers: 'Use two fingers to move the map',
  no_webgl: 'The map cannot be shown on this device.',
  no_webgl_text: 'It lacks WebGL 2. The list shows the same listings, nearest first.',
  attribution: 'Map sources',
} satisfies Translation<typeof fr>;
