import { readFileSync } from 'node:fs';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { PAGE } from '../secure.ts';

const FILE = new URL('../../../docs/runbook.md', import.meta.url);

/** It has a style of its own, and nothing else that a browser would load or run. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** GET /runbook: what each alert means and what to do. So the links in alerts work without the Internet. */
export function runbookRoutes(): FastifyPluginAsyncTypebox {
  return async (server) => {
    const markdown = readFileSync(FILE, 'utf8');
    let page: Promise<string> | null = null;
    server.get(
      '/runbook',
      {
        helmet: PAGE,
        schema: {
          operationId: 'getRunbook',
          tags: ['service'],
          examples: [{ summary: 'The page' }],
          summary: 'What each alert means and what to do',
          produces: ['text/html'],
        },
      },
      async (_request, reply) => {
        page ??= runbookPage(markdown);
        return reply
          .header('content-security-policy', POLICY)
          .type('text/html; charset=utf-8')
          .send(await page);
      },
    );
  };
}

/** The page. Its headings have the same anchors as on GitHub. What it is made with is loaded for it alone: a start does without. */
export async function runbookPage(markdown: string): Promise<string> {
  const { Marked } = await import('marked');
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
    },
  });
  const body = marked.parse(markdown, { async: false });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>quovadis-watch: runbook</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.55 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
  h2 { margin-top: 2.5rem; scroll-margin-top: 1rem; border-bottom: 1px solid #8886; }
  :target { background: #fd03; }
  table { border-collapse: collapse; display: block; overflow-x: auto; }
  th, td { border: 1px solid #8886; padding: .3rem .6rem; text-align: left; vertical-align: top; }
  pre { background: #8881; padding: .7rem; overflow-x: auto; }
  code { font: 14px/1.45 ui-monospace, monospace; }
</style>
<body>
${body}
</body>
</html>
`;
}

export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}
