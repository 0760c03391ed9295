export default {
  place_none: 'Aucun lieu choisi pour l’instant.',
  place_avatar: 'À l’endroit de votre avatar',
  place_away: 'À {distance} de votre avatar',
  place_chosen: 'Lieu choisi : {place}',
  place_search: '{what} : rechercher une adresse',
  place_search_note: 'L’adresse cherchée passe par notre serveur, qui ne la garde pas.',
  place_on_map: 'Choisir sur la carte',
  place_at_avatar: 'À mon avatar',
  place_at_centre: 'Au centre de la carte',
  place_drag: 'Faites glisser le repère sur la carte pour ajuster.',
  place_drag_phone: 'Ouvrez la carte pour ajuster le repère.',
  place_remove: 'Retirer ce lieu',
} as const;
