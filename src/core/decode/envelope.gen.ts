// @ts-nocheck
// Generated automatically by nearley, version 2.20.1
// http://github.com/Hardmath123/nearley
// Bypasses TS6133. Allow declared but unused functions.
// @ts-ignore
function id(d: any[]): any { return d[0]; }
declare var pri: any;
declare var rfc5424: any;
declare var number: any;
declare var stamp: any;
declare var iso: any;
declare var uptime: any;
declare var host: any;
declare var string: any;
declare var sd: any;
declare var repeat: any;
declare var location: any;
declare var process: any;
declare var noise: any;
declare var colon: any;

import * as read from './envelope-postprocess.ts';
import { envelopeLexer } from './envelope-lexer.ts';

interface NearleyToken {
  value: any;
  [key: string]: any;
};

interface NearleyLexer {
  reset: (chunk: string, info: any) => void;
  next: () => NearleyToken | undefined;
  save: () => any;
  formatError: (token: never) => string;
  has: (tokenType: string) => boolean;
};

interface NearleyRule {
  name: string;
  symbols: NearleySymbol[];
  postprocess?: (d: any[], loc?: number, reject?: {}) => any;
};

type NearleySymbol = string | { literal: any } | { test: (token: any) => boolean };

interface Grammar {
  Lexer: NearleyLexer | undefined;
  ParserRules: NearleyRule[];
  ParserStart: string;
};

const grammar: Grammar = {
  Lexer: envelopeLexer,
  ParserRules: [
    {"name": "envelope$ebnf$1", "symbols": []},
    {"name": "envelope$ebnf$1", "symbols": ["envelope$ebnf$1", "element"], "postprocess": (d) => d[0].concat([d[1]])},
    {"name": "envelope", "symbols": ["colons", "envelope$ebnf$1"], "postprocess": read.envelope},
    {"name": "element", "symbols": [(envelopeLexer.has("pri") ? {type: "pri"} : pri), "colons"], "postprocess": read.priority},
    {"name": "element", "symbols": [(envelopeLexer.has("rfc5424") ? {type: "rfc5424"} : rfc5424), "colons"], "postprocess": read.rfc5424},
    {"name": "element", "symbols": [(envelopeLexer.has("number") ? {type: "number"} : number), "colons"], "postprocess": read.number},
    {"name": "element", "symbols": [(envelopeLexer.has("stamp") ? {type: "stamp"} : stamp), "colons"], "postprocess": read.stamp},
    {"name": "element", "symbols": [(envelopeLexer.has("iso") ? {type: "iso"} : iso), "colons"], "postprocess": read.stamp},
    {"name": "element", "symbols": [(envelopeLexer.has("uptime") ? {type: "uptime"} : uptime), "colons"], "postprocess": read.uptime},
    {"name": "element", "symbols": [(envelopeLexer.has("host") ? {type: "host"} : host), "colons"], "postprocess": read.host},
    {"name": "element", "symbols": [(envelopeLexer.has("string") ? {type: "string"} : string), "colons"], "postprocess": read.string},
    {"name": "element", "symbols": [(envelopeLexer.has("sd") ? {type: "sd"} : sd), "colons"], "postprocess": read.skipped},
    {"name": "element", "symbols": [(envelopeLexer.has("repeat") ? {type: "repeat"} : repeat), "colons"], "postprocess": read.skipped},
    {"name": "element", "symbols": [(envelopeLexer.has("location") ? {type: "location"} : location), "colons"], "postprocess": read.skipped},
    {"name": "element", "symbols": [(envelopeLexer.has("process") ? {type: "process"} : process), "colons"], "postprocess": read.skipped},
    {"name": "element", "symbols": [(envelopeLexer.has("noise") ? {type: "noise"} : noise), "colons"], "postprocess": read.skipped},
    {"name": "colons$ebnf$1", "symbols": []},
    {"name": "colons$ebnf$1", "symbols": ["colons$ebnf$1", (envelopeLexer.has("colon") ? {type: "colon"} : colon)], "postprocess": (d) => d[0].concat([d[1]])},
    {"name": "colons", "symbols": ["colons$ebnf$1"], "postprocess": read.colons}
  ],
  ParserStart: "envelope",
};

export default grammar;
