import common from './common';
import conversation from './conversation';
import forms from './forms';
import help from './help';
import list from './list';
import listing from './listing';
import map from './map';
import members from './members';
import moderation from './moderation';
import publish from './publish';

export default { common, conversation, forms, help, list, listing, map, members, moderation, publish };
