import common from './common';
import conversation from './conversation';
import help from './help';
import list from './list';
import listing from './listing';
import map from './map';
import members from './members';
import moderation from './moderation';
import publish from './publish';

export default { common, conversation, help, list, listing, map, members, moderation, publish };
