/** What is kept says what there is: a field without a value, as the failover of a run without a fault, is left away. */
export function withoutNulls<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_, each) => (each === null ? undefined : each))) as T;
}
