// Grammar of LMP over the filtered tokens (frontend/token_filter.h): context free, no predicates, no
// actions. `docs/GRAMMAR.md` explains it; frontend/ast_builder.cc turns its trees into frontend/ast.h.
// The parser stops at the first mistake; frontend/recovery.cc replaces the stretch around it by one
// ERROR token and the parse starts again, so no rule has to live with holes in its tree.
parser grammar LmpParser;
options { tokenVocab = LmpLexer; }

file : item* EOF ;
replStatements : ( item | stmt )* EOF ;
replExpression : expr EOF ;

item : attr* ( importDecl | configDecl | constDecl | typeDecl | recordDecl | enumDecl
             | toolDecl | corpusDecl | fnDecl | testDecl )
     | ERROR ;
attr : AT ID ( LPAREN args? RPAREN )? ;

// ---- Declarations ----
importDecl : IMPORT ( string AS ID | qname ( AS ID )? ) ;
configDecl : CONFIG mapLit ;
constDecl  : CONST ID ( COLON type )? ASSIGN expr ;
typeDecl   : TYPE ID ASSIGN type ;
recordDecl : RECORD ID ( LPAREN params RPAREN )? LBRACE ( field COMMA? )* RBRACE ;
field      : attr* ID COLON type ( ASSIGN expr )? string? | ERROR ;
enumDecl   : ENUM ID LBRACE ( member COMMA? )+ RBRACE ;
member     : ID ( ASSIGN string )? string? | ERROR ;
toolDecl   : TOOL ID LPAREN params? RPAREN ARROW type ASSIGN expr ;
corpusDecl : CORPUS ID FROM string withArgs? ;
fnDecl     : FN ID LPAREN params? RPAREN ( ARROW type )? block ;
testDecl   : TEST string block ;
params     : param ( COMMA param )* COMMA? ;
param      : ID COLON type ( ASSIGN expr )? string? ;

// ---- Types ----
type     : postType ( PIPE postType )* ;
postType : primType QUESTION? ;
primType : qtype typeArgs? refine? hole? | string ;
qtype    : ID ( DOT ID )? ;
typeArgs : LT type ( COMMA type )* GT ;
refine   : LPAREN refArg ( COMMA refArg )* RPAREN ;
refArg   : ( ID COLON )? expr ;
hole     : IN qname ( LPAREN args? RPAREN )? ;

// ---- Statements: 18 forms ----
block : LBRACE stmt* RBRACE ;
stmt  : attr* ( letStmt | nameStmt | textStmt | roleStmt | genStmt | selectStmt | insertStmt | onStmt
      | ifStmt | forStmt | whileStmt | matchStmt | tryStmt | exitStmt | emitStmt | checkStmt
      | mockStmt )
      | ERROR ;

letStmt    : ( LET | VAR ) ID ( COLON type )? ASSIGN expr ;
nameStmt   : ID ( ASSIGN expr | callTail ) ;            // assignment and call: two of the 18 forms
callTail   : ( DOT ID | LBRACK expr RBRACK )* LPAREN args? RPAREN ;
textStmt   : string ;
roleStmt   : ( SYSTEM | USER | ASSISTANT | OBSERVE ) ( block | genStmt | selectStmt | insertStmt | expr ) ;
genStmt    : GEN ID ( COLON type )? withArgs? ;
selectStmt : SELECT ID FROM expr withArgs? ;
insertStmt : INSERT expr withArgs? ;
onStmt     : ON COPY? qname block ;
ifStmt     : IF expr block ( ELSE ( ifStmt | block ) )? ;
forStmt    : FOR ID IN expr block ;
whileStmt  : WHILE expr? ( LIMIT expr )? block ;        // without a limit: E0320
matchStmt  : MATCH expr LBRACE arm* matchElse? RBRACE ;
matchElse  : ELSE FATARROW ( block | stmt ) COMMA? ;
arm        : pattern ( PIPE pattern )* FATARROW ( block | stmt ) COMMA? | ERROR ;
pattern    : qname ( LPAREN ID RPAREN )? | string | MINUS? INT ;
tryStmt    : TRY ( withArgs block catchPart? | block catchPart ) ;
catchPart  : ELSE ID? block ;
exitStmt   : ( RETURN | YIELD ) expr | BREAK | CONTINUE ;
emitStmt   : EMIT expr ;
checkStmt  : CHECK expr ( COMMA string )? ;
mockStmt   : MOCK qname ASSIGN expr ;
withArgs   : WITH arg ( COMMA arg )* ;
args       : arg ( COMMA arg )* COMMA? ;
arg        : ( ID COLON )? expr ;

// ---- Expressions: one left-recursive rule, highest precedence first ----
expr : expr DOT ID                                                  # fieldExpr
     | expr LPAREN args? RPAREN                                     # callExpr
     | expr LBRACK expr ( COLON expr )? RBRACK                      # indexExpr
     | MINUS expr                                                   # negateExpr
     | expr ( STAR | SLASH | PERCENT ) expr                         # binaryExpr
     | expr ( PLUS | MINUS ) expr                                   # binaryExpr
     | expr RANGE expr                                              # binaryExpr
     | expr ( EQ | NE | LT | LE | GT | GE | NOT? IN ) expr          # binaryExpr
     | NOT expr                                                     # notExpr
     | expr AND expr                                                # binaryExpr
     | expr OR expr                                                 # binaryExpr
     | <assoc=right> expr QUESTION expr COLON expr                  # conditionalExpr
     | TRY expr ELSE expr                                           # tryExpr
     | primary                                                      # primaryExpr
     ;
primary  : string | INT | FLOAT | DURATION | REGEX | ID
         | LPAREN expr RPAREN
         | listLit | mapLit | CONTEXT block | forkExpr ;
listLit  : LBRACK ( expr ( FOR ID IN expr ( IF expr )? | ( COMMA expr )* COMMA? ) )? RBRACK ;
forkExpr : FORK ID IN expr withArgs? block ;
mapLit   : LMAP ( pair COMMA? )* RBRACE ;
pair     : ( ID | string ) COLON expr ;

// ---- Strings ----
string : STR_OPEN sPart* STR_CLOSE | BLOCK_OPEN bPart* BLOCK_CLOSE | RAWSTR | RAWBLOCK ;
sPart  : S_TEXT | S_ESC | S_BADESC | S_INTERP expr RBRACE ;
bPart  : B_TEXT | B_ESC | B_BADESC | B_INTERP expr RBRACE ;

qname  : ID ( DOT ID )* ;
