import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify } from 'fastify';
import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';
import { guardMetrics, guardPages, guardReading, guardWriting } from './auth.ts';
import { signBySession } from './author.ts';
import { compressAnswers } from './compression.ts';
import { type ConnectionBounds, HttpConnections } from './connections.ts';
import { consoleRoutes, readAssets } from './console/routes.ts';
import { answerUnchanged } from './freshness.ts';
import { type HttpTls, httpsOptions, replaceTls } from './http-tls.ts';
import { LazyCompilers } from './lazy-compilers.ts';
import { documentOptions } from './openapi/document.ts';
import { answerErrors, answerUnreadable, answerUrl, RouteError } from './problems.ts';
import { checkRequests, invalidRequest } from './requests.ts';
import { aboutRoutes } from './routes/about.ts';
import { advisoryRoutes } from './routes/advisories.ts';
import { backupRoutes } from './routes/backup.ts';
import { deviceRoutes } from './routes/devices.ts';
import { documentRoutes } from './routes/document.ts';
import { fleetRoutes } from './routes/fleet.ts';
import { healthRoutes } from './routes/health.ts';
import { historyRoutes } from './routes/history.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { lossRoutes } from './routes/losses.ts';
import { messageRoutes } from './routes/messages.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { noticeRetryRoutes, noticeRoutes } from './routes/notices.ts';
import { operationRoutes } from './routes/operations.ts';
import { pipelineHealthRoutes } from './routes/pipeline-health.ts';
import { plantRoutes } from './routes/plants.ts';
import { reloadRoutes } from './routes/reload.ts';
import { runbookRoutes } from './routes/runbook.ts';
import { searchRoutes } from './routes/search.ts';
import { sessionRoutes } from './routes/session.ts';
import { sinkRoutes, sinkTestRoutes } from './routes/sinks.ts';
import { streamRoutes } from './routes/stream.ts';
import { timelineRoutes } from './routes/timeline.ts';
import { trustpoolRoutes } from './routes/trustpool.ts';
import { secureAnswers } from './security-headers.ts';
import { describeSecurity } from './security-schemes.ts';
import type { Serving } from './serving.ts';

/** In the order of the OpenAPI document. */
const readingRoutes = [
  incidentRoutes,
  deviceRoutes,
  fleetRoutes,
  historyRoutes,
  searchRoutes,
  timelineRoutes,
  plantRoutes,
  messageRoutes,
  noticeRoutes,
  sinkRoutes,
  streamRoutes,
  advisoryRoutes,
  pipelineHealthRoutes,
  aboutRoutes,
  lossRoutes,
] as const;
const writingRoutes = [operationRoutes, noticeRetryRoutes, sinkTestRoutes, trustpoolRoutes, backupRoutes] as const;

/** The longest name in a path. One character may need nine: %E8%A8%AD. */
const PARAM_CHARACTERS = 9 * limits.inventoryCell;

const PROBES = new Set(['/healthz', '/readyz']);

/** Bounds of the server: by default those of `limits`; tests use smaller ones. */
type Bounds = { readonly requestMs: number } & Omit<ConnectionBounds, 'reserve' | 'spared'>;

type Address = { readonly host: string; readonly port: number };
/** `fd`: a socket that listens there already. */
type ListenAddress = Address & { readonly fd?: number };

/** The HTTP server: the console, the API under /api/v1, its OpenAPI document, metrics, health and runbook. */
export class HttpServer {
  readonly #serving: Serving;
  readonly #server;
  #address: Address | null = null;
  readonly #connections: HttpConnections;
  readonly #compilers = new LazyCompilers();
  readonly #stopping = new AbortController();

  constructor(
    serving: Serving,
    bounds: Bounds = { connections: limits.httpConnections, requestMs: limits.httpRequestMs },
  ) {
    this.#serving = serving;
    const { tls } = serving;
    // Node.js raises a request timeout that is shorter than the headers timeout to the latter.
    const timeouts = { headersTimeout: bounds.requestMs, connectionsCheckingInterval: bounds.requestMs / 10 };
    // `checkRequests()` refuses a request without one by problem details.
    const options = { ...timeouts, requireHostHeader: false };
    this.#server = fastify({
      ...((tls == null ? { http: options } : { https: { ...options, ...httpsOptions(tls) } }) as {
        http: typeof options;
      }),
      bodyLimit: limits.bodyBytes,
      forceCloseConnections: true,
      // The console is made ready at the start: on a busy machine, or one whose clock steps, that is no error.
      pluginTimeout: 0,
      requestTimeout: bounds.requestMs,
      // An unknown query key is an error; by default Fastify would remove it. The schema of a wrong value says what is allowed.
      ajv: { customOptions: { removeAdditional: false, verbose: true } },
      schemaController: { compilersFactory: this.#compilers.factories },
      schemaErrorFormatter: invalidRequest,
      routerOptions: { maxParamLength: PARAM_CHARACTERS },
      frameworkErrors: answerUrl,
      clientErrorHandler: answerUnreadable,
    });
    const { requestMs: _, ...ofConnections } = bounds;
    this.#connections = new HttpConnections(
      this.#server.server,
      { ...ofConnections, reserve: limits.httpProbes },
      { onShort: () => serving.onShort(), onClosed: (reason) => serving.metrics.onHttpClosed(reason) },
    );
  }

  async start({ host, port, fd }: ListenAddress): Promise<Address> {
    await this.build(host);
    try {
      // Fastify passes what it does not know to `listen()` of Node.js.
      const where = fd === undefined ? { host, port } : { host, fd };
      await this.#server.listen(where);
    } catch (error) {
      await this.#server.close();
      const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      throw new OperatingError(
        inUse ? 'QVW_ADDRESS_IN_USE' : 'QVW_LISTEN_FAILED',
        inUse
          ? `http.listen: ${host}:${port} is in use: stop the other program or choose another port`
          : `http.listen: cannot listen on ${host}:${port} (${(error as Error).message}): choose an address of this machine`,
        { cause: error },
      );
    }
    const [address] = this.#server.addresses();
    if (address === undefined || typeof address === 'string') throw new Error('a listening server has an address');
    this.#address = { host: address.address, port: address.port };
    this.#compilers.compileRest(this.#stopping.signal).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) throw error;
    });
    return this.#address;
  }

  /** The address that is listened on; null before `start()`. */
  get address(): Address | null {
    return this.#address;
  }

  /** Replaces the certificates of the port while it serves. */
  useTls(tls: HttpTls): void {
    replaceTls(this.#server.server, tls);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#server.close();
  }

  /** Registers all routes. Separate from `start`, so that tests can inject requests without a socket. */
  async build(host = '127.0.0.1') {
    const server = this.#server.withTypeProvider<TypeBoxTypeProvider>();
    const { advisory } = this.#serving.engine();
    answerErrors(server, this.#serving.log);
    server.addHook('onRequest', async (request, reply) => {
      if (this.#connections.isClosed(request.raw.socket)) {
        reply.hijack();
        return;
      }
      if (this.#connections.areScarce) reply.header('connection', 'close');
      if (this.#connections.isReserved(request.raw.socket) && !PROBES.has(request.url))
        throw new RouteError(503, 'all connections are taken: only /healthz and /readyz are answered');
    });
    // One long answer after another is made while nobody reads them.
    server.addHook('onSend', async () => this.#connections.boundUnsent());
    await secureAnswers(this.#server, () => this.#serving.access().publicUrl);
    await server.register(cookie);
    await server.register(rateLimit, { global: false });
    checkRequests(server);
    answerUnchanged(server);
    await compressAnswers(server);
    await server.register(swagger, documentOptions(`${advisory.title} (${advisory.notice})`));
    const assets = await readAssets();
    const guard = { access: this.#serving.access, host, now: this.#serving.now };
    await server.register(
      async (api) => {
        guardReading(api, guard);
        const { feed } = this.#serving;
        // Before anything is read: what is published later may be missing in the answer.
        api.addHook('onRequest', async (_request, reply) => void reply.header('feed-position', feed.position));
        describeSecurity(api, 'read');
        for (const routes of readingRoutes) await api.register(routes(this.#serving, guard, assets));
      },
      { prefix: '/api/v1' },
    );
    await server.register(
      async (api) => {
        guardWriting(api, guard);
        signBySession(api, guard);
        describeSecurity(api, 'write');
        for (const routes of writingRoutes) await api.register(routes(this.#serving));
      },
      { prefix: '/api/v1' },
    );
    await server.register(
      async (api) => {
        guardPages(api, guard);
        describeSecurity(api, 'open');
        await api.register(sessionRoutes(this.#serving, guard));
      },
      { prefix: '/api/v1' },
    );
    await server.register(async (api) => {
      guardWriting(api, guard);
      describeSecurity(api, 'write');
      await api.register(reloadRoutes(this.#serving));
    });
    await server.register(async (api) => {
      describeSecurity(api, 'open');
      await api.register(healthRoutes(this.#serving));
    });
    await server.register(async (api) => {
      guardMetrics(api, guard);
      describeSecurity(api, 'metrics');
      await api.register(metricsRoutes(this.#serving));
    });
    await server.register(async (api) => {
      guardPages(api, guard);
      describeSecurity(api, 'open');
      await api.register(consoleRoutes(this.#serving, assets));
      await api.register(runbookRoutes());
      await api.register(documentRoutes());
    });
    await server.ready();
    return server;
  }
}
