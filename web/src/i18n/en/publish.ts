import type { Translation } from '../catalogue';
import type fr from '../fr/publish';

export default {} satisfies Translation<typeof fr>;
