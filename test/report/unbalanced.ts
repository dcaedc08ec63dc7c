/** Tags that do not close, or close what is not open; and text that should have been escaped. */
export function unbalanced(xml: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const rest = xml.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z0-9]+(?:-[a-z]+)?="[^"<&]*(?:&[a-z]+;[^"<&]*)*")*)(\/?)>/g,
    (_, closing, name, _attributes, single) => {
      if (closing !== '' && open.pop() !== name) wrong.push(name);
      if (closing === '' && single === '') open.push(name);
      return '';
    },
  );
  if (/[<>]|&(?!(?:amp|lt|gt|quot);)/.test(rest)) wrong.push('text');
  return [...wrong, ...open];
}
