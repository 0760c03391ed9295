import articles from './articles';
import books from './books';
import common from './common';
import conversation from './conversation';
import embed from './embed';
import exchange from './exchange';
import feeds from './feeds';
import forms from './forms';
import help from './help';
import list from './list';
import listing from './listing';
import map from './map';
import members from './members';
import moderation from './moderation';
import photos from './photos';
import projects from './projects';
import publish from './publish';
import purse from './purse';
import trust from './trust';

export default {
  articles,
  books,
  common,
  conversation,
  embed,
  exchange,
  feeds,
  forms,
  help,
  list,
  listing,
  map,
  members,
  moderation,
  photos,
  projects,
  publish,
  purse,
  trust,
};
