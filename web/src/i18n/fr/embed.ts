export default {
  count: { one: '{count} annonce', other: '{count} annonces' },
  waiting: 'Recherche…',
  more: { one: 'Et une autre sur {site}.', other: 'Et {count} autres sur {site}.' },
  none: 'Aucune annonce par ici pour l’instant.',
  list: 'Annonces, de la plus proche à la plus lointaine',
  see_on: 'Voir sur {site}',
  open_site: 'Ouvrir dans un nouvel onglet',
} as const;
