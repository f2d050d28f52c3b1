// @ts-nocheck
// Generated automatically by nearley, version 2.20.1
// http://github.com/Hardmath123/nearley
// Bypasses TS6133. Allow declared but unused functions.
// @ts-ignore
function id(d: any[]): any { return d[0]; }
declare var relay: any;
declare var number: any;
declare var stamp: any;
declare var name: any;
declare var mark: any;

import * as read from './header-roles.ts';
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
    {"name": "envelope", "symbols": ["envelope$ebnf$1"], "postprocess": read.envelope},
    {"name": "element", "symbols": [(envelopeLexer.has("relay") ? {type: "relay"} : relay)], "postprocess": id},
    {"name": "element", "symbols": [(envelopeLexer.has("number") ? {type: "number"} : number)], "postprocess": id},
    {"name": "element", "symbols": [(envelopeLexer.has("stamp") ? {type: "stamp"} : stamp)], "postprocess": id},
    {"name": "element", "symbols": [(envelopeLexer.has("name") ? {type: "name"} : name)], "postprocess": id},
    {"name": "element", "symbols": [(envelopeLexer.has("mark") ? {type: "mark"} : mark)], "postprocess": id}
  ],
  ParserStart: "envelope",
};

export default grammar;
