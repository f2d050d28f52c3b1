import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify } from 'fastify';
import type { Advisory } from '../core/advisory/advisory.ts';
import type { DeviceChange } from '../core/correlate/correlate.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';
import type { DeviceLoss } from '../operate/device-loss.ts';
import type { FleetReport } from '../operate/fleet-report.ts';
import type { Operations } from '../operate/operations.ts';
import type { Store } from '../store/ports/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { answerErrors, answerUnreadable, answerUrl } from './errors.ts';
import { advisoryRoutes } from './routes/advisories.ts';
import { deviceRoutes } from './routes/devices.ts';
import { fleetRoutes } from './routes/fleet.ts';
import { healthRoutes } from './routes/health.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { messageRoutes } from './routes/messages.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { noticeRetryRoutes, noticeRoutes } from './routes/notices.ts';
import { operationRoutes } from './routes/operations.ts';
import { runbookRoutes } from './routes/runbook.ts';
import { streamRoutes } from './routes/stream.ts';
import { type Access, guardReading, guardWriting } from './writing.ts';

export type Serving = {
  readonly store: Store;
  readonly advisory: Advisory;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly tokens: { readonly readTokens: readonly string[]; readonly writeTokens: readonly string[] };
  readonly operations: Operations;
  readonly survey: FleetReport;
  readonly losses: DeviceLoss;
  /** Every change, once it is committed; `listen` gives what ends it. */
  readonly feed: { readonly listeners: number; subscribe(hear: (change: DeviceChange) => void): () => void };
  /** The names of the sinks that notices are brought to. */
  readonly sinks: readonly string[];
  /** Dead letters are to be sent again. */
  readonly retried: () => void;
  readonly log: Log;
  /** Why lines cannot be stored just now; null while they can. */
  readonly trouble: () => Error | null;
  /** Whether lines of ours were dropped a moment ago, because too many wait. */
  readonly dropping: () => boolean;
};

/** A name in a path, in which some characters take nine: %E8%A8%AD. */
const PARAM_CHARACTERS = 9 * limits.inventoryCell;

/** For tests; those of the product otherwise. */
type Bounds = { readonly connections: number; readonly requestMs: number };

/** The HTTP side: the API under /api/v1, its OpenAPI document, metrics and health. */
export class HttpServer {
  readonly #serving: Serving;
  readonly #server;

  constructor(
    serving: Serving,
    bounds: Bounds = { connections: limits.httpConnections, requestMs: limits.httpRequestMs },
  ) {
    this.#serving = serving;
    this.#server = fastify({
      bodyLimit: limits.bodyBytes,
      forceCloseConnections: true,
      requestTimeout: bounds.requestMs,
      // Where the headers are given longer than the request, Node.js gives the request as long as them.
      http: { headersTimeout: bounds.requestMs, connectionsCheckingInterval: bounds.requestMs / 10 },
      // A query key that nobody knows is an error, not noise.
      ajv: { customOptions: { removeAdditional: false } },
      routerOptions: { maxParamLength: PARAM_CHARACTERS },
      frameworkErrors: answerUrl,
      clientErrorHandler: answerUnreadable,
    });
    this.#server.server.maxConnections = bounds.connections;
  }

  async start({ host, port }: { host: string; port: number }): Promise<{ host: string; port: number }> {
    await this.build(host);
    try {
      await this.#server.listen({ host, port });
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
    return { host: address.address, port: address.port };
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  /** Registers everything; separate so that tests can inject requests without a socket. */
  async build(host = '127.0.0.1') {
    const server = this.#server.withTypeProvider<TypeBoxTypeProvider>();
    answerErrors(server, this.#serving.log);
    await server.register(helmet);
    await server.register(swagger, {
      openapi: {
        info: {
          title: 'quovadis-watch',
          version: '1',
          description: `Incidents and devices: ${this.#serving.advisory.title} (${this.#serving.advisory.notice}).`,
        },
      },
    });
    const access: Access = { ...this.#serving.tokens, host };
    await server.register(
      async (api) => {
        await guardReading(api, access);
        await api.register(incidentRoutes(this.#serving));
        await api.register(deviceRoutes(this.#serving));
        await api.register(fleetRoutes(this.#serving));
        await api.register(messageRoutes(this.#serving));
        await api.register(noticeRoutes(this.#serving));
        await api.register(streamRoutes(this.#serving));
        await api.register(advisoryRoutes(this.#serving));
      },
      { prefix: '/api/v1' },
    );
    await server.register(
      async (api) => {
        await guardWriting(api, access);
        await api.register(operationRoutes(this.#serving));
        await api.register(noticeRetryRoutes(this.#serving));
      },
      { prefix: '/api/v1' },
    );
    await server.register(healthRoutes(this.#serving));
    await server.register(metricsRoutes(this.#serving));
    await server.register(runbookRoutes());
    server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
    await server.ready();
    return server;
  }
}
