/** The published JSON Schema of a scenario: what editors complete and check by. Made of the code, and kept in step by a test. */
import { z } from 'zod';
import type { Fault } from './faults/fault.ts';
import { scenarioSchema } from './scenario.ts';

interface Schema {
  readonly [name: string]: unknown;
}

/** With each fault by its name, and what it takes under `with`. */
export function scenarioJsonSchema(faults: ReadonlyMap<string, Fault>): Schema {
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input' }) as { properties: Record<string, Schema> };
  const events = schema.properties['faults'] as { items: { properties: Record<string, Schema> } };
  const names = [...faults.values()].map(({ name, about }) => ({ const: name, description: about }));
  const items = {
    ...events.items,
    properties: { ...events.items.properties, fault: { oneOf: names } },
    allOf: [...faults.values()].map((fault) => ({
      if: { properties: { fault: { const: fault.name } } },
      // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's own word
      then: { properties: { with: optionsSchema(fault) } },
    })),
  };
  return {
    title: 'A scenario of Privateer',
    ...schema,
    properties: { ...schema.properties, faults: { ...events, items } },
  };
}

function optionsSchema({ options }: Fault): Schema {
  if (options === undefined) return { maxProperties: 0 };
  const { $schema: _, ...schema } = z.toJSONSchema(options, { io: 'input' }) as Schema;
  return schema;
}
