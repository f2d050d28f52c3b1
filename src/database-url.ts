/** The URL of a database of PostgreSQL, which is read here only. What is said of it names no part of it: there may be a password in it. */
import { isIPv4, isIPv6 } from 'node:net';

/** `name`: a name, an address without brackets, or the directory of a socket. `port`: null for PGPORT, or 5432. */
export type DatabaseHost = { readonly name: string; readonly port: number | null };

/** `hosts`: in the order in which they are tried. `role`: null for PGUSER, or who runs the program. */
export type DatabaseUrl = {
  readonly role: string | null;
  readonly hosts: readonly [DatabaseHost, ...DatabaseHost[]];
  readonly database: string;
  readonly parameters: Readonly<Partial<Record<DatabaseParameter, string>>>;
};

/** Of libpq's parameters those that have an effect here. */
const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'options', 'application_name'] as const;
export type DatabaseParameter = (typeof PARAMETERS)[number];

/** What `sslmode` may be: each of the others would take any certificate, or none. */
const SSL_MODES = ['disable', 'verify-ca', 'verify-full'];

const FORM = 'is no URL like postgres://ROLE@HOST:5432/DATABASE';
const PASSWORD = 'has a password: put it into a file of PGPASSFILE, or into PGPASSWORD';
const ESCAPE = 'has a % that is no escape of UTF-8: write % itself as %25';
const SCHEME = /^postgres(?:ql)?:\/\//;
const PARTS = /^(?:([^@/?#]*)@)?([^@/?#]+)\/([^@/?#]+)(?:\?([^@#]*))?$/;
const HOST = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/;
/** Underscores are in names of containers. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;

/** Reads the URL; what is wrong with it, each a line behind the name of where it stands, if it cannot be used. */
export function readDatabaseUrl(text: string): DatabaseUrl | { readonly problems: readonly string[] } {
  if (!SCHEME.test(text)) return { problems: [FORM] };
  const rest = text.replace(SCHEME, '');
  if (hasPassword(rest)) return { problems: [PASSWORD] };
  const parts = PARTS.exec(rest);
  if (parts === null)
    return {
      problems: [rest.includes('@') ? `${FORM}: write @ in a name as %40, / as %2F, ? as %3F and # as %23` : FORM],
    };
  const [, login, hostList = '', path = '', query = ''] = parts;
  const problems: string[] = [];
  const decoded = (part: string): string => {
    const text = decode(part);
    if (text === null) problems.push(ESCAPE);
    else if (/\p{Cc}/u.test(text)) problems.push('has a control character');
    return text ?? '';
  };
  const role = login === undefined || login === '' ? null : decoded(login);
  const database = decoded(path);
  const hosts = hostList.split(',').map((part) => hostOf(decoded(part), problems));
  const parameters = parametersOf(query, decoded, problems);
  if (problems.length > 0) return { problems: [...new Set(problems)] };
  return { role, database, parameters, hosts: hosts as [DatabaseHost, ...DatabaseHost[]] };
}

/** Host, or all hosts, and database, for people. */
export function databasePlace({ hosts, database }: Pick<DatabaseUrl, 'hosts' | 'database'>): string {
  const named = hosts.map(({ name, port }) => `${isIPv6(name) ? `[${name}]` : name}${port === null ? '' : `:${port}`}`);
  return `${named.join(',')}/${database}`;
}

/** Everything before the last `@` may be role and password, whatever characters these have; a parameter may be one, too. */
function hasPassword(rest: string): boolean {
  const login = rest.slice(0, Math.max(0, rest.lastIndexOf('@')));
  const [, ...queries] = rest.split('?');
  const names = queries.flatMap((query) => query.split('&').map((pair) => decode(pair.split('=')[0] ?? '') ?? ''));
  return /:|%3a/i.test(login) || names.some((name) => /pass|pwd/i.test(name));
}

function hostOf(text: string, problems: string[]): DatabaseHost {
  if (text.startsWith('/')) return { name: text, port: null };
  const [, six, other = '', digits] = HOST.exec(text) ?? [];
  const name = six ?? other;
  const isHost = six === undefined ? NAME.test(name) && (!/^[\d.]+$/.test(name) || isIPv4(name)) : isIPv6(six);
  if (!isHost) problems.push('has a host that is no name and no address; write IPv6 addresses like [2001:db8::1]');
  if (digits === undefined) return { name, port: null };
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) problems.push('has a port that is no number from 1 to 65535');
  return { name, port };
}

function parametersOf(query: string, decoded: (part: string) => string, problems: string[]): DatabaseUrl['parameters'] {
  const parameters: Partial<Record<DatabaseParameter, string>> = {};
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const [name, ...value] = pair.split('=');
    const known = PARAMETERS.find((each) => each === decoded(name ?? ''));
    if (known === undefined)
      problems.push(`has a parameter that is not known here: there are ${PARAMETERS.join(', ')}`);
    else if (parameters[known] !== undefined) problems.push(`has ${known} twice`);
    else if (value.join('=') === '') problems.push(`has ${known} without a value`);
    else parameters[known] = decoded(value.join('='));
  }
  const { sslmode, sslcert, sslkey } = parameters;
  if (sslmode !== undefined && !SSL_MODES.includes(sslmode))
    problems.push(
      `has another sslmode than ${SSL_MODES.join(', ')}: use verify-full, with sslrootcert=FILE for a CA of your own`,
    );
  if ((sslcert === undefined) !== (sslkey === undefined)) problems.push('has one of sslcert and sslkey: give both');
  return parameters;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
