/**
 * A page with that text between its marks, `<!-- name -->` and `<!-- /name -->`, and everything else as it was.
 * @throws {Error} where the page lacks the marks, rather than leave it to grow old.
 */
export function between(page: string, name: string, text: string): string {
  const [opening, closing] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, until] = [page.indexOf(opening), page.indexOf(closing)];
  if (from < 0 || until < from) throw new Error(`it has no ${opening} … ${closing} for the table to stand in`);
  return `${page.slice(0, from + opening.length)}\n${text}\n${page.slice(until)}`;
}
