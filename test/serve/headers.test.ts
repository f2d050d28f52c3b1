import t from 'tap';
import { serving } from './served-store.ts';

t.test('HttpServer answers every request with security headers for browsers', async (t) => {
  const { server } = serving(t);
  const http = await server.build();
  for (const url of [
    '/healthz',
    '/api/v1/incidents',
    '/api/v1/incidents/none',
    '/nothing',
    '/openapi.json',
    '/metrics',
  ]) {
    t.match(
      (await http.inject(url)).headers,
      {
        'content-security-policy': /default-src 'self'.*script-src 'self'/,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'no-referrer',
      },
      url,
    );
  }
});
