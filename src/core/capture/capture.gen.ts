// @ts-nocheck
// Generated automatically by nearley, version 2.20.1
// http://github.com/Hardmath123/nearley
// Bypasses TS6133. Allow declared but unused functions.
// @ts-ignore
function id(d: any[]): any { return d[0]; }
declare var source: any;
declare var tod: any;
declare var month: any;
declare var number: any;
declare var date: any;
declare var name: any;
declare var word: any;
declare var pair: any;
declare var open: any;

import * as read from './shown-postprocess.ts';
import { shownLexer } from './shown-lexer.ts';

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
  Lexer: shownLexer,
  ParserRules: [
    {"name": "shown", "symbols": ["time"], "postprocess": id},
    {"name": "shown", "symbols": ["event"], "postprocess": id},
    {"name": "time$ebnf$1", "symbols": [(shownLexer.has("source") ? {type: "source"} : source)], "postprocess": id},
    {"name": "time$ebnf$1", "symbols": [], "postprocess": () => null},
    {"name": "time$ebnf$2", "symbols": ["zone"], "postprocess": id},
    {"name": "time$ebnf$2", "symbols": [], "postprocess": () => null},
    {"name": "time", "symbols": ["time$ebnf$1", (shownLexer.has("tod") ? {type: "tod"} : tod), "time$ebnf$2", (shownLexer.has("month") ? {type: "month"} : month), (shownLexer.has("number") ? {type: "number"} : number), (shownLexer.has("number") ? {type: "number"} : number)], "postprocess": read.clock},
    {"name": "time$ebnf$3", "symbols": ["zone"], "postprocess": id},
    {"name": "time$ebnf$3", "symbols": [], "postprocess": () => null},
    {"name": "time", "symbols": [(shownLexer.has("month") ? {type: "month"} : month), (shownLexer.has("number") ? {type: "number"} : number), (shownLexer.has("tod") ? {type: "tod"} : tod), (shownLexer.has("number") ? {type: "number"} : number), "time$ebnf$3"], "postprocess": read.stamp},
    {"name": "time$ebnf$4", "symbols": ["zone"], "postprocess": id},
    {"name": "time$ebnf$4", "symbols": [], "postprocess": () => null},
    {"name": "time", "symbols": [(shownLexer.has("month") ? {type: "month"} : month), (shownLexer.has("number") ? {type: "number"} : number), (shownLexer.has("number") ? {type: "number"} : number), (shownLexer.has("tod") ? {type: "tod"} : tod), "time$ebnf$4"], "postprocess": read.yearFirst},
    {"name": "time", "symbols": [(shownLexer.has("source") ? {type: "source"} : source)], "postprocess": read.sourceOnly},
    {"name": "event$ebnf$1", "symbols": ["zone"], "postprocess": id},
    {"name": "event$ebnf$1", "symbols": [], "postprocess": () => null},
    {"name": "event$ebnf$2", "symbols": []},
    {"name": "event$ebnf$2", "symbols": ["event$ebnf$2", "field"], "postprocess": (d) => d[0].concat([d[1]])},
    {"name": "event", "symbols": [(shownLexer.has("date") ? {type: "date"} : date), (shownLexer.has("tod") ? {type: "tod"} : tod), "event$ebnf$1", (shownLexer.has("name") ? {type: "name"} : name), "event$ebnf$2"], "postprocess": read.event},
    {"name": "zone", "symbols": [(shownLexer.has("word") ? {type: "word"} : word)], "postprocess": id},
    {"name": "field", "symbols": [(shownLexer.has("pair") ? {type: "pair"} : pair)], "postprocess": read.pair},
    {"name": "field", "symbols": [(shownLexer.has("open") ? {type: "open"} : open)], "postprocess": read.open},
    {"name": "field", "symbols": [(shownLexer.has("word") ? {type: "word"} : word)], "postprocess": read.nothing},
    {"name": "field", "symbols": [(shownLexer.has("number") ? {type: "number"} : number)], "postprocess": read.nothing}
  ],
  ParserStart: "shown",
};

export default grammar;
