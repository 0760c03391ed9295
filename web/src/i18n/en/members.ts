import type { Translation } from '../catalogue';
import type fr from '../fr/members';

export default {} satisfies Translation<typeof fr>;
