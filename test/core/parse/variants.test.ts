/** What platforms and relays make of a message, tried on the body of every sample. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { findMessageCode, type MessageCode } from '../../../src/core/decode/message-code.ts';
import { makeParser } from '../../../src/core/parse/parse.ts';

const root = fileURLToPath(new URL('../../../samples/messages/', import.meta.url));
const parse = makeParser({ reuse: false });

function codeOf(line: string): MessageCode {
  const bytes = Buffer.from(line);
  const code = findMessageCode(bytes, 0, bytes.length);
  if (code === null) throw new Error(line);
  return code;
}

function read(line: string) {
  const code = codeOf(line);
  return parse(code, Buffer.from(line).toString('utf8', code.body));
}

/** The samples with a message code of IOS that the grammar reads. */
const samples = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.log'))
  .flatMap((file) => readFileSync(`${root}${file}`, 'utf8').split('\n').filter(Boolean))
  .filter((line) => /%?[A-Z_]+-\d-[A-Z0-9_]+ ?:/.test(line) && read(line).outcome === 'parsed');

/** The same message in another dialect. */
function variantsOf(line: string): readonly string[] {
  const { facility, severity, mnemonic, body } = codeOf(line);
  const text = Buffer.from(line).toString('utf8', body).trimStart();
  const code = `%${facility}-${severity}-${mnemonic}`;
  const onNxOs = facility === 'SMART_LIC' ? [`%LICMGR-${severity}-LOG_SMART_LIC_${mnemonic}: ${text}`] : [];
  const onXr = facility === 'SMART_LIC' ? 'LICENSE' : 'SECURITY';
  return [
    `${code}: ${text}`,
    `${code}:${text}`,
    `${code} : ${text}`,
    `${code}:   ${text}  `,
    `${code}: ${text.replaceAll(' ', '  ')}`,
    `%${onXr}-${facility}-${severity}-${mnemonic} : ${text}`,
    `%${facility}-STBY-${severity}-${mnemonic}: ${text}`,
    `%ASA-3-444303: ${code}: ${text}`,
    `%${facility}-7-${mnemonic}: ${text}`,
    ...onNxOs,
  ];
}

t.test('makeParser() reads the same fields whatever platform the message is of', async (t) => {
  t.ok(samples.length > 80);
  for (const line of samples) {
    const message = read(line);
    if (message.outcome !== 'parsed') continue;
    for (const variant of variantsOf(line)) {
      const other = read(variant);
      t.match(other, { outcome: 'parsed', facility: message.facility, mnemonic: message.mnemonic }, variant);
      if (other.outcome === 'parsed') t.same(other.fields, message.fields, variant);
    }
  }
});

t.test('makeParser() reads a lower-cased body, with the same values', async (t) => {
  for (const line of samples) {
    const message = read(line);
    const other = read(line.toLowerCase());
    if (message.outcome !== 'parsed' || other.outcome !== 'parsed') t.fail(line);
    else t.same(JSON.stringify(other.fields).toLowerCase(), JSON.stringify(message.fields).toLowerCase(), line);
  }
});

t.test('makeParser() never reads a cut body in two ways, and invents no value for it', async (t) => {
  const squeezed = (text: string) => text.replace(/(?:#012|\\n|\s)+/g, ' ');
  const wrong: string[] = [];
  for (const line of samples) {
    const bytes = Buffer.from(line);
    for (let end = codeOf(line).body; end < bytes.length; end++) {
      const cut = bytes.toString('utf8', 0, end);
      const message = read(cut);
      if (message.outcome === 'text-only' && message.why === 'ambiguous') wrong.push(cut);
      if (message.outcome !== 'parsed') continue;
      const invented = Object.values(message.fields).some((value) => {
        return typeof value === 'string' && !squeezed(cut).includes(value);
      });
      if (invented) wrong.push(cut);
    }
  }
  t.same(wrong, []);
});
