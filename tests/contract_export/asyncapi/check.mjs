// Prints every diagnosis of the AsyncAPI parser about the documents; exit code 1 if there is one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, ...files] = process.argv.slice(2);
const { Parser } = createRequire(`${folder}/`)('@asyncapi/parser');
let clean = true;
for (const file of files) {
  const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf-8'), { source: file });
  for (const each of diagnostics) console.log(`${each.code} at ${each.path.join('.')}: ${each.message}`);
  clean = clean && document !== undefined && diagnostics.length === 0;
}
process.exit(clean ? 0 : 1);
