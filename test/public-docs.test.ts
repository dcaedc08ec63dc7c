/** Everything that a user can import says what it promises: each export of the public door, and each member of its types. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const door = `${root}patterns/index.ts`;

/** `Client.close` and the like, for whatever has no docstring. */
function undocumented(): string[] {
  const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram([door], { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(door)!)!);
  return exported.flatMap((alias) => {
    const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
    const own = isDocumented(symbol) ? [] : [symbol.name];
    return [...own, ...membersOf(symbol).flatMap((name) => `${symbol.name}.${name}`)];
  });

  function isDocumented(symbol: ts.Symbol): boolean {
    return symbol.getDocumentationComment(checker).length > 0;
  }

  /** Members that an interface has from another, which need not be exported itself. */
  function inherited(symbol: ts.Symbol): string[] {
    if (!(symbol.flags & ts.SymbolFlags.Interface)) return [];
    const members = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
    const ours = members.filter((member) => {
      const [declared] = member.declarations ?? [];
      return declared?.getSourceFile().fileName.startsWith(`${root}patterns/`) && ts.isPropertySignature(declared);
    });
    return ours.filter((member) => member.name !== 'kind' && !isDocumented(member)).map((member) => member.name);
  }

  /** Members declared in a type's own text, without a docstring; those of unions of objects, of the objects. */
  function membersOf(symbol: ts.Symbol): string[] {
    const names: string[] = [];
    const visit = (node: ts.Node): void => {
      if ((ts.isPropertySignature(node) || ts.isMethodSignature(node) || ts.isPropertyDeclaration(node)) && node.name) {
        const member = checker.getSymbolAtLocation(node.name);
        if (member !== undefined && !saysItself(node) && !isDocumented(member)) names.push(node.name.getText());
      }
      if (ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node) || ts.isClassDeclaration(node)) {
        ts.forEachChild(node, visit);
      } else if (ts.isTypeAliasDeclaration(node) || ts.isIntersectionTypeNode(node)) ts.forEachChild(node, visit);
    };
    for (const declaration of symbol.declarations ?? []) visit(declaration);
    return [...new Set([...names, ...inherited(symbol)])];
  }
}

/** What tells one member of a union from the others, an error's name, and what only a symbol names. */
function saysItself(node: ts.PropertySignature | ts.MethodSignature | ts.PropertyDeclaration): boolean {
  const name = node.name.getText();
  return name === 'kind' || name === 'name' || name.startsWith('[') || name.startsWith('#');
}

test('every export, and every member of it, has a docstring', () => {
  expect(undocumented()).toEqual([]);
});
