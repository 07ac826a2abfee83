// Tokens of LMP. Strings with `${}` are lexed by modes: `"` enters STR, `"""` enters BLK, `${` goes
// back to the default mode until its `}`. The token filter (frontend/token_filter.h) later turns
// reserved words into ID where they stand as names, and retypes the tokens named in `tokens` below.
lexer grammar LmpLexer;

// Made by the front end, never by the lexer. NL_*: first on a line where they would continue the line
// before; in no rule. LMAP: a `{` that opens a map. ERROR: a stretch of tokens already reported.
tokens { NL_MINUS, NL_LPAREN, NL_LBRACK, LMAP, ERROR }

// ---- Reserved words: 44, each usable as a name ----
IMPORT:'import'; AS:'as'; CONFIG:'config'; CONST:'const'; TYPE:'type'; RECORD:'record'; ENUM:'enum';
TOOL:'tool'; CORPUS:'corpus'; FN:'fn'; TEST:'test'; FROM:'from';
LET:'let'; VAR:'var'; RETURN:'return'; YIELD:'yield'; BREAK:'break'; CONTINUE:'continue'; EMIT:'emit';
IF:'if'; ELSE:'else'; FOR:'for'; IN:'in'; WHILE:'while'; LIMIT:'limit'; MATCH:'match'; FORK:'fork';
TRY:'try'; CHECK:'check'; MOCK:'mock';
GEN:'gen'; SELECT:'select'; WITH:'with'; INSERT:'insert'; ON:'on'; COPY:'copy'; CONTEXT:'context';
SYSTEM:'system'; USER:'user'; ASSISTANT:'assistant'; OBSERVE:'observe';
AND:'and'; OR:'or'; NOT:'not';

// ---- Literals ----
DURATION   : DIGIT+ ('ms'|'s'|'m'|'h');
FLOAT      : DIGIT (DIGIT|'_')* '.' DIGIT+ ([eE][+-]?DIGIT+)?;
INT        : DIGIT (DIGIT|'_')*;
BAD_NUMBER : DIGIT [a-zA-Z0-9_]*;                    // 5min, 1e5, 0x1f: longer than the rules above
REGEX      : 're"' (~["\\\r\n] | '\\' ~[\r\n])* '"';
RAWBLOCK   : 'r"""' .*? '"""';
RAWSTR     : 'r"' ~["\r\n]* '"';
BLOCK_OPEN : '"""' -> pushMode(BLK);
STR_OPEN   : '"'   -> pushMode(STR);
ID         : [a-zA-Z_] [a-zA-Z0-9_]*;

// ---- Punctuation ----
LBRACE:'{' -> pushMode(DEFAULT_MODE);
RBRACE:'}' { if (!modeStack.empty()) popMode(); };   // a stray `}` must not pop an empty stack
LPAREN:'('; RPAREN:')'; LBRACK:'['; RBRACK:']';
ARROW:'->'; FATARROW:'=>'; RANGE:'..'; DOT:'.'; COMMA:','; COLON:':'; AT:'@';
QUESTION:'?'; PIPE:'|';
EQ:'=='; NE:'!='; LE:'<='; GE:'>='; LT:'<'; GT:'>'; ASSIGN:'=';
PLUS:'+'; MINUS:'-'; STAR:'*'; SLASH:'/'; PERCENT:'%';

// ---- Spellings of other languages: in no rule, each reported with its repair ----
ANDAND:'&&'; OROR:'||'; BANG:'!'; SEMI:';'; INCREMENT:'++'; POWER:'**'; WALRUS:':=';
OP_ASSIGN:'+='|'-='|'*='|'/='|'%='; EQ3:'==='; NE3:'!==';
HASH_COMMENT : '#' ~[\r\n]*;
QUOTE_BLOCK  : '\'\'\'' .*? '\'\'\'';
QUOTE_STR    : '\'' (~['\\\r\n] | '\\' ~[\r\n])* '\'';
BACKTICK_STR : '`' ~[`]* '`';
SMART_STR    : [\u201C\u201D\u201E] ~["\u201C\u201D\r\n]* [\u201C\u201D];

COMMENT : '//' ~[\r\n]* -> channel(HIDDEN);          // `///` too: the front end tells them apart
WS      : [ \t\r\n\f]+  -> skip;
BAD     : . ;
fragment DIGIT : [0-9];

mode STR;
S_TEXT    : (~["\\$\r\n])+ | '$';
S_ESC     : '\\' [nrt"\\$0] | '\\u{' [0-9a-fA-F]+ '}';
S_INTERP  : '${' -> pushMode(DEFAULT_MODE);
STR_CLOSE : '"' -> popMode;
S_EOL     : [\r\n] -> popMode;                       // no closing quote on this line
S_BADESC  : '\\' ~[\r\n] | '\\';

mode BLK;
B_TEXT      : (~["\\$])+ | '"' | '$';
B_ESC       : '\\' [nrt"\\$0] | '\\u{' [0-9a-fA-F]+ '}';
B_INTERP    : '${' -> pushMode(DEFAULT_MODE);
BLOCK_CLOSE : '"""' -> popMode;
B_BADESC    : '\\' ~[\r\n] | '\\';
