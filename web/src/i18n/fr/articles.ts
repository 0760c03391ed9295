export default {
  // the toolbar
  toolbar: 'Mise en forme',
  bold: 'Gras',
  italic: 'Italique',
  heading: 'Intertitre',
  list: 'Liste',
  quote: 'Citation',
  link: 'Lien',
  with_key: '{name} (Ctrl+{key})',
  sample: 'texte',
  // writing and looking
  tabs: 'Écrire ou relire',
  write: 'Écrire',
  preview: 'Aperçu',
  preview_blank: 'Votre article apparaîtra ici tel qu’on le lira.',
  preview_away: 'Pas de connexion : l’aperçu attend. Votre texte, lui, est gardé.',
  preview_unknown: 'Connectez-vous pour voir l’aperçu. Votre texte, lui, est gardé.',
  preview_untitled: 'Votre titre',
  // an article to read
  agenda_add: 'Ajouter à mon agenda',
  over: 'Cet évènement est passé.',
  edited: 'modifié ({when})',
} as const;
