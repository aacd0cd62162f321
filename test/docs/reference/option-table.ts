import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { markdownTable } from '../../../bench/support/markdown.js';

/** Formats the properties of an interface as a Markdown table: name, default, and the first paragraph of its doc comment. */
export function formatOptionTable(file: string, name: string): string {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true);
  const declaration = source.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  ) as ts.InterfaceDeclaration | undefined;
  if (!declaration) throw new Error(`${file} has no interface ${name}`);
  return markdownTable(['option', 'default', 'meaning'], declaration.members.map(formatOption));
}

function formatOption(member: ts.TypeElement): string[] {
  const { defaultText, meaning } = parseComment(member);
  const fallback = member.questionToken ? 'none' : 'required';
  return [`\`${member.name?.getText()}\``, defaultText ?? fallback, meaning].map(escapeCell);
}

function parseComment(member: ts.TypeElement) {
  const [comment = ''] = ts.getJSDocCommentsAndTags(member).map((doc) => doc.getText());
  const text = comment.replace(/^\/\*\*|\*\/$/g, '').replace(/^ *\* ?/gm, '');
  const [description = '', defaultText] = text.split(/@default\s+/);
  const [meaning = ''] = description.trim().split(/\n\s*\n|\n- /);
  return { defaultText: defaultText && oneLine(defaultText), meaning: oneLine(meaning) };
}

const oneLine = (text: string) =>
  text
    .replace(/\{@link (\S+?)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim();
const escapeCell = (text: string) => text.replace(/(?<!\\)\|/g, '\\|');
