/** Who is who in an exchange, seen by one of the two, and what they may do in it now. */
import type { Exchange, Person } from '../protocol';

export type Act = Exchange['acts'][string][number];
export type Side = 'helper' | 'beneficiary';

/** Which of the two `me` is; null for whoever is neither. */
export function sideOf(exchange: Exchange, me: string | null): Side | null {
  if (me === exchange.helper.id) return 'helper';
  return me === exchange.beneficiary.id ? 'beneficiary' : null;
}

/** The other one of the two. */
export function otherOf(exchange: Exchange, me: string): Person {
  return me === exchange.helper.id ? exchange.beneficiary : exchange.helper;
}

/** What `me` may do to `exchange`, some of it only at its time. */
export function actsOf(exchange: Exchange, me: string): readonly Act[] {
  return exchange.acts[me] ?? [];
}

/** It is for `me` to go on. */
export function isTurnOf(exchange: Exchange, me: string): boolean {
  const side = sideOf(exchange, me);
  switch (exchange.state) {
    case 'proposed':
      return side !== null && exchange.proposed_by !== me;
    case 'accepted':
    case 'missed':
      return side === 'helper';
    case 'done':
      return side === 'beneficiary';
    default:
      return false;
  }
}

/** Why `act` cannot be done at `now` although it is for `me` to do: too early or too late; null if it can. */
export function untimely(exchange: Exchange, me: string, act: Act, now: number): 'early' | 'late' | null {
  if (exchange.state !== 'accepted' || exchange.agreed_for === null) return null;
  const passed = now >= Date.parse(exchange.agreed_for);
  if (act === 'report' && !passed) return 'early';
  return act === 'cancel' && passed && sideOf(exchange, me) === 'beneficiary' ? 'late' : null;
}
