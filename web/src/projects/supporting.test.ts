import { expect, test } from 'vitest';
import { begun, blank, giftFaults, giftOf, isBegun, pledgeFaults, pledgeOf } from './supporting';
import { thanked } from './thanks';

const person = (id: string) => ({ id, name: id, kind: 'individual' as const });

test('a pledge is told in cents, a gift in smiles', () => {
  const drafted = { ...blank(), amount: 20, public: false, words: ' Bravo ! ' };

  expect(pledgeOf(drafted)).toEqual({ id: drafted.id, cents: 2000, public: false, words: 'Bravo !' });
  expect(giftOf(drafted)).toEqual({ id: drafted.id, smiles: 20, public: false });
});

test('an amount is a whole number, and no more smiles than one has', () => {
  for (const amount of [null, 0, -1, 1.5, 100_001]) {
    expect(pledgeFaults({ ...blank(), amount })).toHaveProperty('amount');
    expect(giftFaults({ ...blank(), amount }, null)).toHaveProperty('amount');
  }
  expect(pledgeFaults({ ...blank(), amount: 1 })).toEqual({});
  expect(giftFaults({ ...blank(), amount: 5 }, 4)).toHaveProperty('amount');
  expect(giftFaults({ ...blank(), amount: 5 }, 5)).toEqual({});
  expect(pledgeFaults({ ...blank(), amount: 1, words: 'a'.repeat(301) })).toHaveProperty('words');
});

test('what was written comes back with its id; something else is a new one', () => {
  const drafted = { ...blank(), amount: 50, words: 'Bravo' };

  expect(begun(JSON.parse(JSON.stringify(drafted)))).toEqual(drafted);
  expect(begun({ ...drafted, id: 'mine' })).toMatchObject({ amount: null, words: '' });
  expect([isBegun(blank()), isBegun({ ...blank(), public: false })]).toEqual([false, true]);
});

test('somebody who supports a project in several ways is thanked once for all', () => {
  const at = '2026-11-29T12:00:00Z';

  expect(
    thanked([
      { person: person('bo'), what: 'gift', at },
      { person: person('cleo'), what: 'task', at },
      { person: person('bo'), what: 'pledge', at },
    ]),
  ).toEqual([
    { person: person('bo'), ways: ['gift', 'pledge'] },
    { person: person('cleo'), ways: ['task'] },
  ]);
});
