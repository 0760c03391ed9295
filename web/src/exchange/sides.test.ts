import { expect, test } from 'vitest';
import { ANA, BO, exchange } from '../live/fakes';
import { isTurnOf, sideOf, untimely } from './sides';

const AGREED = '2026-12-05T09:00:00Z';
const BEFORE = Date.parse('2026-12-05T08:59:59Z');
const AFTER = Date.parse(AGREED);

test('each of the two has a side, and nobody else', () => {
  expect(sideOf(exchange({}), BO.id)).toBe('helper');
  expect(sideOf(exchange({}), ANA.id)).toBe('beneficiary');
  expect(sideOf(exchange({}), null)).toBeNull();
});

test('it is for the one who is asked to answer, whoever helps', () => {
  expect(isTurnOf(exchange({ proposed_by: BO.id }), ANA.id)).toBe(true);
  expect(isTurnOf(exchange({ proposed_by: BO.id }), BO.id)).toBe(false);
  expect(isTurnOf(exchange({ proposed_by: ANA.id }), BO.id)).toBe(true);
});

test('once agreed the helper goes on, once done the one who was helped, and in a dispute neither', () => {
  expect(isTurnOf(exchange({ state: 'accepted' }), BO.id)).toBe(true);
  expect(isTurnOf(exchange({ state: 'accepted' }), ANA.id)).toBe(false);
  expect(isTurnOf(exchange({ state: 'done' }), ANA.id)).toBe(true);
  expect(isTurnOf(exchange({ state: 'missed' }), BO.id)).toBe(true);
  expect([ANA, BO].some(({ id }) => isTurnOf(exchange({ state: 'disputed' }), id))).toBe(false);
});

test('an absence is reported from the agreed time on, to the second', () => {
  const agreed = exchange({ state: 'accepted', agreed_for: AGREED });

  expect(untimely(agreed, ANA.id, 'report', BEFORE)).toBe('early');
  expect(untimely(agreed, BO.id, 'report', BEFORE)).toBe('early');
  expect(untimely(agreed, ANA.id, 'report', AFTER)).toBeNull();
  expect(untimely(exchange({ state: 'accepted' }), ANA.id, 'report', BEFORE)).toBeNull();
});

test('who is helped cancels until the agreed time, who helps also later', () => {
  const agreed = exchange({ state: 'accepted', agreed_for: AGREED });

  expect(untimely(agreed, ANA.id, 'cancel', BEFORE)).toBeNull();
  expect(untimely(agreed, ANA.id, 'cancel', AFTER)).toBe('late');
  expect(untimely(agreed, BO.id, 'cancel', AFTER)).toBeNull();
});

test('a proposal is withdrawn whenever it was for', () => {
  const late = exchange({ agreed_for: AGREED, proposed_by: ANA.id });

  expect(untimely(late, ANA.id, 'cancel', AFTER)).toBeNull();
});
