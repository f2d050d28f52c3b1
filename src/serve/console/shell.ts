/** The one HTML page of the console. It has no data: its script asks the API. */
import { type Assets, MAIN_SCRIPT } from './assets.ts';

/** The paths that the console has, as routes. */
export const pagePaths = [
  '/',
  '/incidents',
  '/incidents/:id',
  '/devices',
  '/devices/:key',
  '/plants',
  '/plants/:name',
  '/messages',
  '/messages/unparsed',
  '/notices',
  '/health',
  '/advisory',
  '/import',
  '/trustpool',
  '/why',
  '/accuracy',
  '/about',
  '/login',
] as const;

/** The one policy by which the console makes a URL of a script: that of its worker. See `web/live/worker-url.ts`. */
const TRUSTED_TYPES = 'quovadis-worker';

const DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  `trusted-types ${TRUSTED_TYPES}`,
];

/**
 * `isSecure`: people reach the service by https. Elsewhere `upgrade-insecure-requests` would break every page under a name that
 * is not loopback.
 */
export function contentPolicy(isSecure: boolean): string {
  return [...DIRECTIVES, ...(isSecure ? ['upgrade-insecure-requests'] : [])].join('; ');
}

/**
 * `path`: of the request. All links are relative to it, so that the console also works below a path of a proxy, as in
 * `https://monitor.example.net/quovadis`.
 */
export function shellAt(path: string, { hash, scripts, styles }: Assets): string {
  const top = '../'.repeat(path.split('/').length - 2) || './';
  const at = (file: string) => `${top}assets/${hash}/${file}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>quovadis-watch</title>
<link rel="icon" href="data:,">
${styles.map((file) => `<link rel="stylesheet" href="${at(file)}">`).join('\n')}
${scripts.map((file) => `<link rel="modulepreload" href="${at(file)}">`).join('\n')}
<script type="module" src="${at(MAIN_SCRIPT)}"></script>
</head>
<body>
<div id="app"></div>
<noscript>
<h1>quovadis-watch</h1>
<p>This console needs JavaScript. What each alert means and what to do is in the <a href="${top}runbook">runbook</a>.
All data is in the API: <a href="${top}api/v1/incidents">incidents</a>, <a href="${top}openapi.json">its description</a>.</p>
</noscript>
</body>
</html>
`;
}
