import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlotLists } from '../../patterns/parts/slot-lists.ts';

test('the same as arrays, whatever is done to them', () => {
  const step = fc.record({
    do: fc.constantFrom('append' as const, 'prepend' as const, 'remove' as const),
    list: fc.nat(3),
    slot: fc.oneof(fc.nat(7), fc.nat(200)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const real = new SlotLists();
      const model: number[][] = [[], [], [], []];
      for (const { do: what, list, slot } of steps) {
        for (const one of model) if (one.includes(slot)) one.splice(one.indexOf(slot), 1);
        if (what === 'append') model[list]!.push(slot);
        if (what === 'prepend') model[list]!.unshift(slot);
        if (what === 'remove') real.remove(slot);
        else real[what](list, slot);
        expect(real.listOf(slot)).toBe(model.findIndex((one) => one.includes(slot)));
        expect([0, 1, 2, 3].map((id) => walked(real, id))).toEqual(model);
        expect([0, 1, 2, 3].map((id) => real.length(id))).toEqual(model.map((one) => one.length));
      }
    }),
  );
});

test('a list that never was is empty', () => {
  const lists = new SlotLists();
  expect([lists.first(9), lists.length(9), lists.listOf(5000)]).toEqual([-1, 0, -1]);
  lists.remove(5000);
});

function walked(lists: SlotLists, list: number): number[] {
  const slots: number[] = [];
  for (let slot = lists.first(list); slot >= 0; slot = lists.after(slot)) slots.push(slot);
  return slots;
}
