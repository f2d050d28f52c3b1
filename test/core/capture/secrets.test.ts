/** A secret in every place where a configuration, an output or a log can hold one. */
import fc from 'fast-check';
import t from 'tap';
import { readCapture } from '../../../src/core/capture/capture.ts';
import { withoutSecrets } from '../../../src/core/capture/secrets.ts';
import { advisory } from '../../given.ts';

/** Lines with `SECRET` in the place of the secret. */
const PLACES = [
  'enable secret SECRET',
  'enable secret 9 SECRET',
  'enable secret level 15 5 SECRET',
  'enable algorithm-type scrypt secret SECRET',
  'enable password 7 SECRET',
  'username admin privilege 15 secret 9 SECRET',
  'username admin password 0 SECRET',
  'username admin common-criteria-policy STRONG password 0 SECRET',
  'username admin masked-secret SECRET',
  ' password 7 SECRET',
  ' password SECRET',
  'snmp-server community SECRET RO 10',
  'snmp-server community SECRET view ALL RW ipv6 ACL6',
  'snmp-server host 192.0.2.61 SECRET',
  'snmp-server host 192.0.2.61 vrf Mgmt version 2c SECRET udp-port 1162',
  'snmp-server host 192.0.2.61 informs version 3 priv SECRET',
  'snmp-server user nms GROUP v3 auth sha SECRET priv aes 128 OTHER',
  'snmp-server user nms GROUP v3 auth sha OTHER priv aes 128 SECRET access 10',
  'snmp mib community-map SECRET engineid 80',
  'tacacs-server key 7 SECRET',
  'tacacs-server host 192.0.2.62 single-connection key 7 SECRET',
  'radius-server key SECRET',
  'radius-server host 192.0.2.63 auth-port 1812 acct-port 1813 key 7 SECRET',
  ' key 7 SECRET',
  ' key SECRET',
  ' pac key 7 SECRET',
  ' server-key 7 SECRET',
  ' client 192.0.2.64 server-key 0 SECRET',
  'crypto isakmp key SECRET address 0.0.0.0',
  'crypto isakmp key 6 SECRET hostname peer.example.net',
  '  pre-shared-key address 192.0.2.65 key SECRET',
  '  pre-shared-key local 0 SECRET',
  '  pre-shared-key hex SECRET',
  ' key-string 7 SECRET',
  '   key-string SECRET',
  '  key-hash ssh-rsa SECRET admin@host',
  'ntp authentication-key 1 md5 SECRET 7',
  ' ip ospf authentication-key 7 SECRET',
  ' ip ospf message-digest-key 1 md5 7 SECRET',
  ' area 1 virtual-link 192.0.2.66 message-digest-key 1 md5 SECRET',
  ' ospfv3 authentication ipsec spi 500 sha1 0 SECRET',
  ' authentication mode hmac-sha-256 7 SECRET',
  ' isis password SECRET level-2',
  ' area-password SECRET',
  ' domain-password SECRET authenticate snp validate',
  ' neighbor 192.0.2.67 password 7 SECRET',
  ' standby 1 authentication SECRET',
  ' standby 1 authentication md5 key-string 7 SECRET timeout 30',
  ' vrrp 1 authentication text SECRET',
  ' glbp 1 authentication md5 key-string SECRET',
  ' ip nhrp authentication SECRET',
  ' ppp chap password 0 SECRET',
  ' ppp pap sent-username user password 7 SECRET',
  ' l2tp tunnel password 7 SECRET',
  'vtp password SECRET hidden',
  'cts credentials id sw-a password SECRET',
  'cts sxp default password 0 SECRET',
  '  sap pmk SECRET mode-list gcm-encrypt',
  ' wpa-psk ascii 0 SECRET',
  ' security wpa psk set-key ascii 0 SECRET',
  ' encryption key 1 size 128bit 0 SECRET transmit-key',
  'ip ftp password 7 SECRET',
  'ip http client password 0 SECRET',
  'key config-key password-encrypt SECRET',
  'event manager environment smtp_password SECRET',
  'license smart trust idtoken SECRET local force',
  'license smart register idtoken SECRET',
  'license smart reservation install SECRET',
  'idtoken=SECRET',
  '      Request code: SECRET',
  '      Last return code: SECRET',
  '      Reservation authorization code: SECRET',
  '    Password: SECRET',
  ' path ftp://backup:SECRET@192.0.2.68/sw-a',
  'license smart url https://user:SECRET@ssm.example.net/SmartTransport',
  ' mail-server user:SECRET@192.0.2.69 priority 1',
  ' set session-key inbound esp 256 cipher SECRET authenticator OTHER',
  ' set session-key outbound ah 256 SECRET',
  ' ip rsvp authentication key SECRET',
  ' group EASY key SECRET',
  ' pin SECRET',
  'mpls ldp neighbor 192.0.2.71 password SECRET',
  'ip msdp password peer 192.0.2.72 0 SECRET',
  'ip wccp 61 password 0 SECRET',
  'crypto key decrypt write rsa name K passphrase SECRET',
  ' database archive pem password 7 SECRET',
  ' action 4.0 cli command "username x secret SECRET"',
  ' action 5.0 mail server "user:SECRET@192.0.2.73" to ops@example.net',
  '  run-opts 1 "-e ADMIN_PASSWORD=SECRET -e TZ=UTC"',
  '  run-opts 2 "-e API_TOKEN=SECRET"',
  ' bind authenticate root-dn cn=admin,dc=example,dc=net password SECRET',
  'snmp-server host inside 192.0.2.74 community SECRET',
  'passwd SECRET encrypted',
  ' ldap-login-password SECRET',
  ' ikev1 pre-shared-key SECRET',
  ' ikev2 remote-authentication pre-shared-key SECRET',
  'failover key SECRET',
  'aaa-server T (inside) host 192.0.2.70 key SECRET',
  'tunnel-group T ipsec-attributes pre-shared-key SECRET',
  ' http-proxy "joe:SECRET@proxy.example.net" port 8080',
  'license smart proxy address joe:SECRET@proxy.example.net',
  ' etr map-server 192.0.2.75 key SECRET',
  '  ipv4 etr map-server 192.0.2.75 proxy-reply key 6 SECRET',
  'aaa-server T (inside) host 192.0.2.70 SECRET',
  'aaa-server T host 192.0.2.70 SECRET timeout 10',
  ' server-private 192.0.2.76 auth-port 1812 acct-port 1813 key 7 SECRET',
  ' nas 192.0.2.77 key 0 SECRET',
  'ip mobile secure host 192.0.2.78 spi 100 key hex SECRET',
  ' encryption vlan 1 key 1 size 128bit 7 SECRET transmit-key',
  ' security static-wep-key encryption 104 ascii 0 SECRET',
  ' radius-common-pw SECRET',
  ' user joe nthash 7 SECRET',
  'crypto pki import NAME pkcs12 terminal SECRET',
  'crypto pki export NAME pkcs12 terminal SECRET',
  'crypto ca import NAME pkcs12 SECRET',
  'crypto key import rsa NAME pem terminal SECRET',
  'crypto key export rsa NAME pem terminal 3des SECRET',
  ' umbrella token SECRET',
  '  token SECRET',
  '  license 7 SECRET',
  'mab request format attribute 2 7 SECRET',
  'mab request format attribute 2 SECRET',
  'rmon event 1 log trap SECRET description X owner admin',
  ' vrrp authentication text SECRET',
  '  run-opts 3 "-e PASS=SECRET"',
  '  run-opts 4 "--env ADMIN=SECRET"',
  ' set vars DB_PWD=SECRET',
  'chat-script dial "" "ATDT5551212" TIMEOUT 60 "ogin:" "joe" "word:" "SECRET"',
  ' action 2.0 cli command "SECRET"',
  ' action 2.1 set pw "SECRET"',
  'event manager environment _login SECRET',
  ' sso-server secret-key SECRET',
  ' client-secret SECRET',
  'Mar  1 08:06:12.007: %PARSER-5-CFGLOG_LOGGEDCMD: User:admin  logged command:etr map-server 192.0.2.75 key SECRET',
  '{"signature":{"type":"SHA256","value":"SECRETSECRETSECRETSECRETSECRETSECRET"}}',
  '{"response":"{\\"signature\\":\\"SECRETSECRETSECRETSECRETSECRETSECRET\\"}"}',
  'Mar  1 08:06:12.007: %PARSER-5-CFGLOG_LOGGEDCMD: User:admin  logged command:username x password 0 SECRET',
  'Mar  1 08:06:12.007: %PARSER-5-CFGLOG_LOGGEDCMD: User:admin  logged command:snmp-server community SECRET RO',
];

const secrets = fc.oneof(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9!$%&*+./_-]{9,20}$/),
  fc.stringMatching(/^[0-9A-F]{12,24}$/),
  fc.stringMatching(/^\$9\$[A-Za-z0-9./]{14}\$[A-Za-z0-9./]{20}$/),
);

t.test('withoutSecrets() leaves no secret in any place', async (t) => {
  for (const place of PLACES) {
    fc.assert(
      fc.property(secrets, (secret) => {
        const line = place.replaceAll('SECRET', secret.replaceAll('$', '$$$$'));
        if (withoutSecrets(line).includes(secret)) throw new Error(withoutSecrets(line));
      }),
      { numRuns: 20 },
    );
    t.pass(place);
  }
});

t.test(
  'readCapture() lets no secret out of a configuration, of lines that are not understood, or of a log',
  async (t) => {
    const secret = 'sEcr3tSecr3t';
    const lines = PLACES.map((place) => place.replaceAll('SECRET', secret));
    const given = [
      ['sw-a#show running-config', 'hostname sw-a', ...lines, 'sw-a#'],
      ['sw-a#show license all', ...lines, 'sw-a#'],
      ['sw-a#show logging', 'Log Buffer (4096 bytes):', ...lines, 'sw-a#'],
      ['sw-a#show license eventlog', ...lines, 'sw-a#'],
      ['sw-a#show license udi', 'UDI: PID:C9300-48P,SN:FOC0000A1B2', 'sw-a#', ...lines],
      lines.map((line) => [...line].map((char) => `${char}x\b`).join('')),
    ];
    for (const text of given.map((each) => each.join('\n')))
      t.notMatch(JSON.stringify(readCapture(text, advisory)), secret, text.slice(0, 40));
  },
);

t.test('withoutSecrets() strikes out bodies of keys and certificates, also cut ones', async (t) => {
  const base64 = [
    'MIIBvTCCASYCCQD55fNzc0WF7TANBgkqhkiG9w0BAQUFADAjMQswCQYDVQQGEwJK',
    'UDEUMBIGA1UEChMLMDAtVEVTVC1SU0EwHhcNMTAwNTI4MDIwODUxWhcNMjAwNTI1',
    'c0RT==',
  ];
  const pem = ['-----BEGIN RSA PRIVATE KEY-----', ...base64, '-----END RSA PRIVATE KEY-----', 'hostname sw-a'];
  t.same(withoutSecrets(pem.join('\n')).split('\n'), [
    ...[pem[0], '<removed>', '<removed>', '<removed>', pem[4], 'hostname sw-a'],
  ]);
  t.same(
    withoutSecrets([...pem.slice(0, 4), 'sw-a#show clock'].join('\r\n'))
      .split('\r\n')
      .slice(-2),
    ['<removed>', 'sw-a#show clock'],
  );
  t.equal(withoutSecrets(base64.slice(0, 2).join('\n')), '<removed>\n<removed>');
  const chain =
    ' certificate self-signed 01\n  30820330 30820218 A0030201 02020101\n  30820330 3082\n  \tquit\nhostname sw-a';
  t.equal(withoutSecrets(chain), ' certificate self-signed 01\n<removed>\n<removed>\n  \tquit\nhostname sw-a');
  t.equal(withoutSecrets('  30820330 30820218 A0030201 02020101 300D0609'), '<removed>');
  const key = ' key-string\n  AAAAB3NzaC1yc2E\n  exit\n!';
  t.equal(withoutSecrets(key), ' key-string\n<removed>\n  exit\n!');
});

t.test('withoutSecrets() strikes out a password of type 7 behind words that it does not know', async (t) => {
  t.equal(withoutSecrets(' some new-thing 7 0822455D0A16 vrf X'), ' some new-thing 7 <removed> vrf X');
});

t.test('withoutSecrets() leaves what is no secret, and the lines of a text', async (t) => {
  const kept = [
    'crypto key generate rsa modulus 2048',
    'contact-email-addr ops@example.net',
    'Mar  1 08:06:12.007: %PKI-3-SOCKETSEND: Failed to send out message, the key is in use: the token was lost',
    'crypto pki trustpool import clean url http://www.cisco.com/security/pki/trs/ios.p7b',
    'service password-encryption',
    'Certificate\n  Status: Available\n  Certificate Serial Number (hex): 0A0142800000014523C844B500000002',
    'Mar  1 08:06:12.007: %PKI-3-KEY_CMP_MISMATCH: Key in the certificate and stored key does not match for Trustpoint-A.',
    'license smart url https://smartreceiver.cisco.com/licservice/license',
    '    Username: <empty>\n    Password: <empty>',
    '      Request code: <none>',
    'logging host 192.0.2.60',
    '    Failure reason: The registration token is not valid',
    ' ip rip authentication key-chain RIP',
    'UDI: PID:C9300-48P,SN:FOC0000A1B2',
    '2022-02-27 03:31:32.920 UTC SAEVT_ENDPOINT_USAGE count="0" entitlementTag="regid.2018-06.com.cisco.DNA_NWStack,1.0_e7244e71-3ad5-4608-8bf0-d12f67c80896"',
    '    Failure reason: Data and signature do not match',
    'a\r\nb\nc\r\r\nd',
  ];
  for (const text of kept) t.equal(withoutSecrets(text), text);
});
