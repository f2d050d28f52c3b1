/** The URL of a database is read in one place, and nothing of a password in it is told. */
import t from 'tap';
import { databasePlace, readDatabaseUrl } from '../src/database-url.ts';
import { targetOf } from '../src/store/postgres/target.ts';

const host = (name: string, port: number | null = null) => ({ name, port });

t.test('readDatabaseUrl() reads role, hosts, database and parameters', async (t) => {
  const rows = [
    ['postgres://quovadis@db1:5432,db2:5433/quovadis', 'db1:5432,db2:5433/quovadis'],
    ['postgresql://192.0.2.10/quovadis', '192.0.2.10/quovadis'],
    ['postgres://quovadis@[2001:db8::1]:5432,[::1]/q', '[2001:db8::1]:5432,[::1]/q'],
    ['postgres://quovadis@%2Frun%2Fpostgresql/quovadis', '/run/postgresql/quovadis'],
    ['postgres://quovadis@my_db_1.example.net./quovadis', 'my_db_1.example.net./quovadis'],
  ] as const;
  for (const [url, place] of rows) {
    const read = readDatabaseUrl(url);
    if ('problems' in read) t.fail(`${url}: ${read.problems}`);
    else t.equal(databasePlace(read), place, url);
  }
  t.strictSame(
    readDatabaseUrl(
      'postgres://ro%40le@db1,[::1]:6432/a%2Fb?sslmode=verify-full&sslrootcert=/etc/ca%20x.pem&options=-c%20search_path%3Dqv&application%5Fname=a=b',
    ),
    {
      ...{ role: 'ro@le', hosts: [host('db1'), host('::1', 6432)], database: 'a/b' },
      parameters: {
        ...{ sslmode: 'verify-full', sslrootcert: '/etc/ca x.pem', options: '-c search_path=qv' },
        application_name: 'a=b',
      },
    },
  );
});

/** Each has the text `sesame` where a password may stand. */
const PASSWORDS = [
  ...['quovadis:sesame@127.0.0.1/q', 'quovadis:sesame/ss@127.0.0.1', 'quovadis:p/sesame?x@127.0.0.1:5432/quovadis'],
  ...['quovadis:p#sesame@db1/q', 'quovadis:p@sesame@db1/q', 'quovadis%3Asesame@db1/q', 'quovadis:p%sesame@db1/q'],
  ...['db1/q?password=sesame', 'db1/q?pass%77ord=sesame', 'db1/q?PASSWORD=sesame', 'db1/q?x=1&sslpassword=sesame'],
  ...['db1/q?a?password=sesame', ':sesame@db1/q'],
].map((text) => `postgres://${text}`);

t.test('readDatabaseUrl() refuses a password wherever it stands', async (t) => {
  for (const url of PASSWORDS) {
    t.match(readDatabaseUrl(url), { problems: [/^has a password: put it into a file of PGPASSFILE/] }, url);
    t.throws(() => targetOf(url), { code: 'QVW_CONFIG_INVALID', exitCode: 2, message: /^(?!.*sesame).*$/ }, url);
  }
});

t.test('readDatabaseUrl() refuses with one line that shows nothing of the URL', async (t) => {
  const rows: [RegExp, string[]][] = [
    [
      /^is no URL like/,
      ['sesame', 'http://sesame/q', 'postgres://sesame', 'postgres:///sesame', 'postgres://@/sesame'],
    ],
    [/^is no URL like/, ['postgres://db1/sesame/x', 'postgres://db1/', 'postgres://db1/q#sesame']],
    [/write @ in a name as %40/, ['postgres://sesame/x@db1/q', 'postgres://r@db1/q?options=sesame@x']],
    [
      /port that is no number from 1 to 65535/,
      ['sesame', '99999', '0', '', '-1', '5432x'].map((port) => `postgres://r@db1:${port}/q`),
    ],
    [
      /a host that is no name and no address/,
      ['[::1', '[sesame]', '300.1.1.1', 'a b', 'db1,,db2', '-x', '::1'].map((name) => `postgres://r@${name}/q`),
    ],
    [
      /has a % that is no escape/,
      ['postgres://r@db%zz/q', 'postgres://r%e4@db1/q', 'postgres://db1/%', 'postgres://db1/q?options=%zz'],
    ],
    [/has a control character/, ['postgres://r@db1/q%00', 'postgres://r%0a@db1/q']],
    [
      /parameter that is not known here: there are sslmode,/,
      ['service=sesame', 'target_session_attrs=x', 'sesame', 'host=db2', 'user=x'].map(
        (query) => `postgres://db1/q?${query}`,
      ),
    ],
    [
      /another sslmode than disable, verify-ca, verify-full/,
      ['verify_full', 'require', 'prefer', 'allow', 'VERIFY-FULL'].map((mode) => `postgres://db1/q?sslmode=${mode}`),
    ],
    [/has sslmode without a value/, ['postgres://db1/q?sslmode=', 'postgres://db1/q?sslmode']],
    [/has sslmode twice/, ['postgres://db1/q?sslmode=disable&sslmode=verify-full']],
    [/one of sslcert and sslkey/, ['postgres://db1/q?sslcert=/sesame']],
  ];
  for (const [problem, urls] of rows)
    for (const url of urls) {
      const read = readDatabaseUrl(url);
      t.match(read, { problems: [problem] }, url);
      t.notMatch(JSON.stringify(read), /sesame/, url);
    }
});

t.test('the options of a connection say what the certificate has to be of', async (t) => {
  const options = (query: string) => targetOf(`postgres://r@192.0.2.10:5433/q${query}`).connections[0]?.options();
  t.strictSame(options(''), { host: '192.0.2.10', database: 'q', port: 5433, user: 'r' });
  t.match(options('?sslmode=disable'), { ssl: false });
  t.strictSame(options('?sslmode=verify-full')?.ssl, { host: '192.0.2.10' });
  t.match(options('?sslmode=verify-ca'), { ssl: { host: '192.0.2.10', checkServerIdentity: Function } });
  for (const query of ['?sslrootcert=/nope/ca.pem', '?sslmode=verify-full&sslrootcert=/nope/ca.pem'])
    t.throws(() => options(query), {
      ...{ code: 'QVW_FILE_UNREADABLE', exitCode: 2 },
      message: 'sslrootcert: /nope/ca.pem cannot be read: there is no such file',
    });
});
