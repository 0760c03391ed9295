export default {
  label: 'Carte du quartier',
  pins: 'Annonces sur la carte',
  // a pin, read aloud
  pin: '{kind} : {title}, {distance}, {gist}',
  pin_in_progress: '{pin}, en cours',
  pin_done: '{pin}, réglée',
  pin_unread: '{pin}, non lu',
  // pins at one place, read aloud
  stack: { one: '{titles}', other: '{count} annonces : {titles}' },
  stack_open: { one: '{count} annonce à cet endroit', other: '{count} annonces à cet endroit' },
  // the avatar
  avatar: 'Votre avatar, déplaçable',
  avatar_hint:
    'Faites-le glisser, ou déplacez-le avec les flèches du clavier ; avec Majuscule, il va plus loin.',
  avatar_here: 'Déplacer mon avatar ici',
  avatar_back: 'Revenir à mon avatar',
  avatar_centre: 'Placer mon avatar au centre de la carte',
  // a place being chosen
  place: 'Lieu choisi, déplaçable',
  place_centre: 'Placer le repère au centre de la carte',
  // controls
  controls: 'Commandes de la carte',
  zoom_in: 'Agrandir la carte',
  zoom_out: 'Réduire la carte',
  locate: 'Me localiser',
  locating: 'Localisation en cours…',
  locate_denied:
    "Votre navigateur ne donne pas votre position. Vous pouvez l'autoriser dans ses réglages, ou déplacer votre avatar à la main.",
  locate_unavailable:
    'Votre appareil ne trouve pas votre position. Déplacez votre avatar à la main, ou cherchez une adresse.',
  locate_timeout: 'Votre position tarde à venir. Réessayez, ou déplacez votre avatar à la main.',
  note_close: 'Fermer ce message',
  // in a frame
  scroll_ctrl: 'Ctrl et molette pour agrandir la carte',
  scroll_command: '⌘ et molette pour agrandir la carte',
  two_fingers: 'Déplacez la carte avec deux doigts',
  // without a map
  no_webgl: 'La carte ne peut pas s’afficher sur cet appareil.',
  no_webgl_text:
    'Il lui manque WebGL 2. La liste montre les mêmes annonces, de la plus proche à la plus lointaine.',
  attribution: 'Sources de la carte',
} as const;
