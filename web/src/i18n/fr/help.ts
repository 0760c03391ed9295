export default {
  title: 'Aide et raccourcis',
  intro:
    'Votre avatar marque l’endroit d’où vous regardez. Déplacez-le : la liste et la carte montrent qui, à moins d’un mile, demande ou propose un coup de main.',
  how_look: 'Regarder',
  how_look_text:
    'Sans compte. Déplacez l’avatar, cherchez une adresse, ou regardez les cinq annonces les plus proches.',
  how_answer: 'Répondre',
  how_answer_text:
    'Ouvrez une annonce : le dialogue est juste en dessous. Le fil est public, le dialogue reste entre vous deux.',
  how_privacy: 'Votre domicile reste flou',
  how_privacy_text:
    'Nous ne gardons jamais où vous habitez plus finement qu’une zone d’environ 300 mètres. La position de votre avatar n’est ni gardée, ni écrite dans un journal.',
  smiles: 'Les smiles',
  smiles_text:
    'On donne des smiles pour remercier, on en reçoit en aidant. Ils ne se changent jamais en argent.',
  smiles_mine: 'Voir mes smiles',
  smiles_books: 'Livres ouverts : les comptes de tous les smiles',
  shortcuts: 'Raccourcis clavier',
  key_help: 'Cette aide',
  key_search: 'Rechercher une adresse',
  key_next: 'Prochain message non lu',
  key_reply: 'Répondre',
  key_back: 'Revenir, fermer',
  single_keys: 'Raccourcis à une touche',
  single_keys_hint: 'À désactiver si votre lecteur d’écran ou votre commande vocale les gêne.',
} as const;
