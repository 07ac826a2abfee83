
// Generated from LmpParser.g4 by ANTLR 4.7.2

#pragma once


#include "antlr4-runtime.h"


namespace lmp::grammar {


class  LmpParser : public antlr4::Parser {
public:
  enum {
    NL_MINUS = 1, NL_LPAREN = 2, NL_LBRACK = 3, LMAP = 4, ERROR = 5, IMPORT = 6, 
    AS = 7, CONFIG = 8, CONST = 9, TYPE = 10, RECORD = 11, ENUM = 12, TOOL = 13, 
    CORPUS = 14, FN = 15, TEST = 16, FROM = 17, LET = 18, VAR = 19, RETURN = 20, 
    YIELD = 21, BREAK = 22, CONTINUE = 23, EMIT = 24, IF = 25, ELSE = 26, 
    FOR = 27, IN = 28, WHILE = 29, LIMIT = 30, MATCH = 31, FORK = 32, TRY = 33, 
    CHECK = 34, MOCK = 35, GEN = 36, SELECT = 37, WITH = 38, INSERT = 39, 
    ON = 40, COPY = 41, CONTEXT = 42, SYSTEM = 43, USER = 44, ASSISTANT = 45, 
    OBSERVE = 46, AND = 47, OR = 48, NOT = 49, DURATION = 50, FLOAT = 51, 
    INT = 52, BAD_NUMBER = 53, REGEX = 54, RAWBLOCK = 55, RAWSTR = 56, BLOCK_OPEN = 57, 
    STR_OPEN = 58, ID = 59, LBRACE = 60, RBRACE = 61, LPAREN = 62, RPAREN = 63, 
    LBRACK = 64, RBRACK = 65, ARROW = 66, FATARROW = 67, RANGE = 68, DOT = 69, 
    COMMA = 70, COLON = 71, AT = 72, QUESTION = 73, PIPE = 74, EQ = 75, 
    NE = 76, LE = 77, GE = 78, LT = 79, GT = 80, ASSIGN = 81, PLUS = 82, 
    MINUS = 83, STAR = 84, SLASH = 85, PERCENT = 86, ANDAND = 87, OROR = 88, 
    BANG = 89, SEMI = 90, INCREMENT = 91, POWER = 92, WALRUS = 93, OP_ASSIGN = 94, 
    EQ3 = 95, NE3 = 96, HASH_COMMENT = 97, QUOTE_BLOCK = 98, QUOTE_STR = 99, 
    BACKTICK_STR = 100, SMART_STR = 101, COMMENT = 102, WS = 103, BAD = 104, 
    S_TEXT = 105, S_ESC = 106, S_INTERP = 107, STR_CLOSE = 108, S_EOL = 109, 
    S_BADESC = 110, B_TEXT = 111, B_ESC = 112, B_INTERP = 113, BLOCK_CLOSE = 114, 
    B_BADESC = 115
  };

  enum {
    RuleFile = 0, RuleReplStatements = 1, RuleReplExpression = 2, RuleItem = 3, 
    RuleAttr = 4, RuleImportDecl = 5, RuleConfigDecl = 6, RuleConstDecl = 7, 
    RuleTypeDecl = 8, RuleRecordDecl = 9, RuleField = 10, RuleEnumDecl = 11, 
    RuleMember = 12, RuleToolDecl = 13, RuleCorpusDecl = 14, RuleFnDecl = 15, 
    RuleTestDecl = 16, RuleParams = 17, RuleParam = 18, RuleType = 19, RulePostType = 20, 
    RulePrimType = 21, RuleQtype = 22, RuleTypeArgs = 23, RuleRefine = 24, 
    RuleRefArg = 25, RuleHole = 26, RuleBlock = 27, RuleStmt = 28, RuleLetStmt = 29, 
    RuleNameStmt = 30, RuleCallTail = 31, RuleTextStmt = 32, RuleRoleStmt = 33, 
    RuleGenStmt = 34, RuleSelectStmt = 35, RuleInsertStmt = 36, RuleOnStmt = 37, 
    RuleIfStmt = 38, RuleForStmt = 39, RuleWhileStmt = 40, RuleMatchStmt = 41, 
    RuleMatchElse = 42, RuleArm = 43, RulePattern = 44, RuleTryStmt = 45, 
    RuleCatchPart = 46, RuleExitStmt = 47, RuleEmitStmt = 48, RuleCheckStmt = 49, 
    RuleMockStmt = 50, RuleWithArgs = 51, RuleArgs = 52, RuleArg = 53, RuleExpr = 54, 
    RulePrimary = 55, RuleListLit = 56, RuleForkExpr = 57, RuleMapLit = 58, 
    RulePair = 59, RuleString = 60, RuleSPart = 61, RuleBPart = 62, RuleQname = 63
  };

  LmpParser(antlr4::TokenStream *input);
  ~LmpParser();

  virtual std::string getGrammarFileName() const override;
  virtual const antlr4::atn::ATN& getATN() const override { return _atn; };
  virtual const std::vector<std::string>& getTokenNames() const override { return _tokenNames; }; // deprecated: use vocabulary instead.
  virtual const std::vector<std::string>& getRuleNames() const override;
  virtual antlr4::dfa::Vocabulary& getVocabulary() const override;


  class FileContext;
  class ReplStatementsContext;
  class ReplExpressionContext;
  class ItemContext;
  class AttrContext;
  class ImportDeclContext;
  class ConfigDeclContext;
  class ConstDeclContext;
  class TypeDeclContext;
  class RecordDeclContext;
  class FieldContext;
  class EnumDeclContext;
  class MemberContext;
  class ToolDeclContext;
  class CorpusDeclContext;
  class FnDeclContext;
  class TestDeclContext;
  class ParamsContext;
  class ParamContext;
  class TypeContext;
  class PostTypeContext;
  class PrimTypeContext;
  class QtypeContext;
  class TypeArgsContext;
  class RefineContext;
  class RefArgContext;
  class HoleContext;
  class BlockContext;
  class StmtContext;
  class LetStmtContext;
  class NameStmtContext;
  class CallTailContext;
  class TextStmtContext;
  class RoleStmtContext;
  class GenStmtContext;
  class SelectStmtContext;
  class InsertStmtContext;
  class OnStmtContext;
  class IfStmtContext;
  class ForStmtContext;
  class WhileStmtContext;
  class MatchStmtContext;
  class MatchElseContext;
  class ArmContext;
  class PatternContext;
  class TryStmtContext;
  class CatchPartContext;
  class ExitStmtContext;
  class EmitStmtContext;
  class CheckStmtContext;
  class MockStmtContext;
  class WithArgsContext;
  class ArgsContext;
  class ArgContext;
  class ExprContext;
  class PrimaryContext;
  class ListLitContext;
  class ForkExprContext;
  class MapLitContext;
  class PairContext;
  class StringContext;
  class SPartContext;
  class BPartContext;
  class QnameContext; 

  class  FileContext : public antlr4::ParserRuleContext {
  public:
    FileContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *EOF();
    std::vector<ItemContext *> item();
    ItemContext* item(size_t i);

   
  };

  FileContext* file();

  class  ReplStatementsContext : public antlr4::ParserRuleContext {
  public:
    ReplStatementsContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *EOF();
    std::vector<ItemContext *> item();
    ItemContext* item(size_t i);
    std::vector<StmtContext *> stmt();
    StmtContext* stmt(size_t i);

   
  };

  ReplStatementsContext* replStatements();

  class  ReplExpressionContext : public antlr4::ParserRuleContext {
  public:
    ReplExpressionContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    ExprContext *expr();
    antlr4::tree::TerminalNode *EOF();

   
  };

  ReplExpressionContext* replExpression();

  class  ItemContext : public antlr4::ParserRuleContext {
  public:
    ItemContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    ImportDeclContext *importDecl();
    ConfigDeclContext *configDecl();
    ConstDeclContext *constDecl();
    TypeDeclContext *typeDecl();
    RecordDeclContext *recordDecl();
    EnumDeclContext *enumDecl();
    ToolDeclContext *toolDecl();
    CorpusDeclContext *corpusDecl();
    FnDeclContext *fnDecl();
    TestDeclContext *testDecl();
    std::vector<AttrContext *> attr();
    AttrContext* attr(size_t i);
    antlr4::tree::TerminalNode *ERROR();

   
  };

  ItemContext* item();

  class  AttrContext : public antlr4::ParserRuleContext {
  public:
    AttrContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *AT();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *LPAREN();
    antlr4::tree::TerminalNode *RPAREN();
    ArgsContext *args();

   
  };

  AttrContext* attr();

  class  ImportDeclContext : public antlr4::ParserRuleContext {
  public:
    ImportDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *IMPORT();
    StringContext *string();
    antlr4::tree::TerminalNode *AS();
    antlr4::tree::TerminalNode *ID();
    QnameContext *qname();

   
  };

  ImportDeclContext* importDecl();

  class  ConfigDeclContext : public antlr4::ParserRuleContext {
  public:
    ConfigDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *CONFIG();
    MapLitContext *mapLit();

   
  };

  ConfigDeclContext* configDecl();

  class  ConstDeclContext : public antlr4::ParserRuleContext {
  public:
    ConstDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *CONST();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *ASSIGN();
    ExprContext *expr();
    antlr4::tree::TerminalNode *COLON();
    TypeContext *type();

   
  };

  ConstDeclContext* constDecl();

  class  TypeDeclContext : public antlr4::ParserRuleContext {
  public:
    TypeDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *TYPE();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *ASSIGN();
    TypeContext *type();

   
  };

  TypeDeclContext* typeDecl();

  class  RecordDeclContext : public antlr4::ParserRuleContext {
  public:
    RecordDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *RECORD();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *LBRACE();
    antlr4::tree::TerminalNode *RBRACE();
    antlr4::tree::TerminalNode *LPAREN();
    ParamsContext *params();
    antlr4::tree::TerminalNode *RPAREN();
    std::vector<FieldContext *> field();
    FieldContext* field(size_t i);
    std::vector<antlr4::tree::TerminalNode *> COMMA();
    antlr4::tree::TerminalNode* COMMA(size_t i);

   
  };

  RecordDeclContext* recordDecl();

  class  FieldContext : public antlr4::ParserRuleContext {
  public:
    FieldContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *COLON();
    TypeContext *type();
    std::vector<AttrContext *> attr();
    AttrContext* attr(size_t i);
    antlr4::tree::TerminalNode *ASSIGN();
    ExprContext *expr();
    StringContext *string();
    antlr4::tree::TerminalNode *ERROR();

   
  };

  FieldContext* field();

  class  EnumDeclContext : public antlr4::ParserRuleContext {
  public:
    EnumDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *ENUM();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *LBRACE();
    antlr4::tree::TerminalNode *RBRACE();
    std::vector<MemberContext *> member();
    MemberContext* member(size_t i);
    std::vector<antlr4::tree::TerminalNode *> COMMA();
    antlr4::tree::TerminalNode* COMMA(size_t i);

   
  };

  EnumDeclContext* enumDecl();

  class  MemberContext : public antlr4::ParserRuleContext {
  public:
    MemberContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *ASSIGN();
    std::vector<StringContext *> string();
    StringContext* string(size_t i);
    antlr4::tree::TerminalNode *ERROR();

   
  };

  MemberContext* member();

  class  ToolDeclContext : public antlr4::ParserRuleContext {
  public:
    ToolDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *TOOL();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *LPAREN();
    antlr4::tree::TerminalNode *RPAREN();
    antlr4::tree::TerminalNode *ARROW();
    TypeContext *type();
    antlr4::tree::TerminalNode *ASSIGN();
    ExprContext *expr();
    ParamsContext *params();

   
  };

  ToolDeclContext* toolDecl();

  class  CorpusDeclContext : public antlr4::ParserRuleContext {
  public:
    CorpusDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *CORPUS();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *FROM();
    StringContext *string();
    WithArgsContext *withArgs();

   
  };

  CorpusDeclContext* corpusDecl();

  class  FnDeclContext : public antlr4::ParserRuleContext {
  public:
    FnDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *FN();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *LPAREN();
    antlr4::tree::TerminalNode *RPAREN();
    BlockContext *block();
    ParamsContext *params();
    antlr4::tree::TerminalNode *ARROW();
    TypeContext *type();

   
  };

  FnDeclContext* fnDecl();

  class  TestDeclContext : public antlr4::ParserRuleContext {
  public:
    TestDeclContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *TEST();
    StringContext *string();
    BlockContext *block();

   
  };

  TestDeclContext* testDecl();

  class  ParamsContext : public antlr4::ParserRuleContext {
  public:
    ParamsContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    std::vector<ParamContext *> param();
    ParamContext* param(size_t i);
    std::vector<antlr4::tree::TerminalNode *> COMMA();
    antlr4::tree::TerminalNode* COMMA(size_t i);

   
  };

  ParamsContext* params();

  class  ParamContext : public antlr4::ParserRuleContext {
  public:
    ParamContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *COLON();
    TypeContext *type();
    antlr4::tree::TerminalNode *ASSIGN();
    ExprContext *expr();
    StringContext *string();

   
  };

  ParamContext* param();

  class  TypeContext : public antlr4::ParserRuleContext {
  public:
    TypeContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    std::vector<PostTypeContext *> postType();
    PostTypeContext* postType(size_t i);
    std::vector<antlr4::tree::TerminalNode *> PIPE();
    antlr4::tree::TerminalNode* PIPE(size_t i);

   
  };

  TypeContext* type();

  class  PostTypeContext : public antlr4::ParserRuleContext {
  public:
    PostTypeContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    PrimTypeContext *primType();
    antlr4::tree::TerminalNode *QUESTION();

   
  };

  PostTypeContext* postType();

  class  PrimTypeContext : public antlr4::ParserRuleContext {
  public:
    PrimTypeContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    QtypeContext *qtype();
    TypeArgsContext *typeArgs();
    RefineContext *refine();
    HoleContext *hole();
    StringContext *string();

   
  };

  PrimTypeContext* primType();

  class  QtypeContext : public antlr4::ParserRuleContext {
  public:
    QtypeContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    std::vector<antlr4::tree::TerminalNode *> ID();
    antlr4::tree::TerminalNode* ID(size_t i);
    antlr4::tree::TerminalNode *DOT();

   
  };

  QtypeContext* qtype();

  class  TypeArgsContext : public antlr4::ParserRuleContext {
  public:
    TypeArgsContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *LT();
    std::vector<TypeContext *> type();
    TypeContext* type(size_t i);
    antlr4::tree::TerminalNode *GT();
    std::vector<antlr4::tree::TerminalNode *> COMMA();
    antlr4::tree::TerminalNode* COMMA(size_t i);

   
  };

  TypeArgsContext* typeArgs();

  class  RefineContext : public antlr4::ParserRuleContext {
  public:
    RefineContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *LPAREN();
    std::vector<RefArgContext *> refArg();
    RefArgContext* refArg(size_t i);
    antlr4::tree::TerminalNode *RPAREN();
    std::vector<antlr4::tree::TerminalNode *> COMMA();
    antlr4::tree::TerminalNode* COMMA(size_t i);

   
  };

  RefineContext* refine();

  class  RefArgContext : public antlr4::ParserRuleContext {
  public:
    RefArgContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    ExprContext *expr();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *COLON();

   
  };

  RefArgContext* refArg();

  class  HoleContext : public antlr4::ParserRuleContext {
  public:
    HoleContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *IN();
    QnameContext *qname();
    antlr4::tree::TerminalNode *LPAREN();
    antlr4::tree::TerminalNode *RPAREN();
    ArgsContext *args();

   
  };

  HoleContext* hole();

  class  BlockContext : public antlr4::ParserRuleContext {
  public:
    BlockContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *LBRACE();
    antlr4::tree::TerminalNode *RBRACE();
    std::vector<StmtContext *> stmt();
    StmtContext* stmt(size_t i);

   
  };

  BlockContext* block();

  class  StmtContext : public antlr4::ParserRuleContext {
  public:
    StmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    LetStmtContext *letStmt();
    NameStmtContext *nameStmt();
    TextStmtContext *textStmt();
    RoleStmtContext *roleStmt();
    GenStmtContext *genStmt();
    SelectStmtContext *selectStmt();
    InsertStmtContext *insertStmt();
    OnStmtContext *onStmt();
    IfStmtContext *ifStmt();
    ForStmtContext *forStmt();
    WhileStmtContext *whileStmt();
    MatchStmtContext *matchStmt();
    TryStmtContext *tryStmt();
    ExitStmtContext *exitStmt();
    EmitStmtContext *emitStmt();
    CheckStmtContext *checkStmt();
    MockStmtContext *mockStmt();
    std::vector<AttrContext *> attr();
    AttrContext* attr(size_t i);
    antlr4::tree::TerminalNode *ERROR();

   
  };

  StmtContext* stmt();

  class  LetStmtContext : public antlr4::ParserRuleContext {
  public:
    LetStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *ASSIGN();
    ExprContext *expr();
    antlr4::tree::TerminalNode *LET();
    antlr4::tree::TerminalNode *VAR();
    antlr4::tree::TerminalNode *COLON();
    TypeContext *type();

   
  };

  LetStmtContext* letStmt();

  class  NameStmtContext : public antlr4::ParserRuleContext {
  public:
    NameStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *ASSIGN();
    ExprContext *expr();
    CallTailContext *callTail();

   
  };

  NameStmtContext* nameStmt();

  class  CallTailContext : public antlr4::ParserRuleContext {
  public:
    CallTailContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *LPAREN();
    antlr4::tree::TerminalNode *RPAREN();
    std::vector<antlr4::tree::TerminalNode *> DOT();
    antlr4::tree::TerminalNode* DOT(size_t i);
    std::vector<antlr4::tree::TerminalNode *> ID();
    antlr4::tree::TerminalNode* ID(size_t i);
    std::vector<antlr4::tree::TerminalNode *> LBRACK();
    antlr4::tree::TerminalNode* LBRACK(size_t i);
    std::vector<ExprContext *> expr();
    ExprContext* expr(size_t i);
    std::vector<antlr4::tree::TerminalNode *> RBRACK();
    antlr4::tree::TerminalNode* RBRACK(size_t i);
    ArgsContext *args();

   
  };

  CallTailContext* callTail();

  class  TextStmtContext : public antlr4::ParserRuleContext {
  public:
    TextStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    StringContext *string();

   
  };

  TextStmtContext* textStmt();

  class  RoleStmtContext : public antlr4::ParserRuleContext {
  public:
    RoleStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *SYSTEM();
    antlr4::tree::TerminalNode *USER();
    antlr4::tree::TerminalNode *ASSISTANT();
    antlr4::tree::TerminalNode *OBSERVE();
    BlockContext *block();
    GenStmtContext *genStmt();
    SelectStmtContext *selectStmt();
    InsertStmtContext *insertStmt();
    ExprContext *expr();

   
  };

  RoleStmtContext* roleStmt();

  class  GenStmtContext : public antlr4::ParserRuleContext {
  public:
    GenStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *GEN();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *COLON();
    TypeContext *type();
    WithArgsContext *withArgs();

   
  };

  GenStmtContext* genStmt();

  class  SelectStmtContext : public antlr4::ParserRuleContext {
  public:
    SelectStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *SELECT();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *FROM();
    ExprContext *expr();
    WithArgsContext *withArgs();

   
  };

  SelectStmtContext* selectStmt();

  class  InsertStmtContext : public antlr4::ParserRuleContext {
  public:
    InsertStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *INSERT();
    ExprContext *expr();
    WithArgsContext *withArgs();

   
  };

  InsertStmtContext* insertStmt();

  class  OnStmtContext : public antlr4::ParserRuleContext {
  public:
    OnStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *ON();
    QnameContext *qname();
    BlockContext *block();
    antlr4::tree::TerminalNode *COPY();

   
  };

  OnStmtContext* onStmt();

  class  IfStmtContext : public antlr4::ParserRuleContext {
  public:
    IfStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *IF();
    ExprContext *expr();
    std::vector<BlockContext *> block();
    BlockContext* block(size_t i);
    antlr4::tree::TerminalNode *ELSE();
    IfStmtContext *ifStmt();

   
  };

  IfStmtContext* ifStmt();

  class  ForStmtContext : public antlr4::ParserRuleContext {
  public:
    ForStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *FOR();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *IN();
    ExprContext *expr();
    BlockContext *block();

   
  };

  ForStmtContext* forStmt();

  class  WhileStmtContext : public antlr4::ParserRuleContext {
  public:
    WhileStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *WHILE();
    BlockContext *block();
    std::vector<ExprContext *> expr();
    ExprContext* expr(size_t i);
    antlr4::tree::TerminalNode *LIMIT();

   
  };

  WhileStmtContext* whileStmt();

  class  MatchStmtContext : public antlr4::ParserRuleContext {
  public:
    MatchStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *MATCH();
    ExprContext *expr();
    antlr4::tree::TerminalNode *LBRACE();
    antlr4::tree::TerminalNode *RBRACE();
    std::vector<ArmContext *> arm();
    ArmContext* arm(size_t i);
    MatchElseContext *matchElse();

   
  };

  MatchStmtContext* matchStmt();

  class  MatchElseContext : public antlr4::ParserRuleContext {
  public:
    MatchElseContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *ELSE();
    antlr4::tree::TerminalNode *FATARROW();
    BlockContext *block();
    StmtContext *stmt();
    antlr4::tree::TerminalNode *COMMA();

   
  };

  MatchElseContext* matchElse();

  class  ArmContext : public antlr4::ParserRuleContext {
  public:
    ArmContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    std::vector<PatternContext *> pattern();
    PatternContext* pattern(size_t i);
    antlr4::tree::TerminalNode *FATARROW();
    BlockContext *block();
    StmtContext *stmt();
    std::vector<antlr4::tree::TerminalNode *> PIPE();
    antlr4::tree::TerminalNode* PIPE(size_t i);
    antlr4::tree::TerminalNode *COMMA();
    antlr4::tree::TerminalNode *ERROR();

   
  };

  ArmContext* arm();

  class  PatternContext : public antlr4::ParserRuleContext {
  public:
    PatternContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    QnameContext *qname();
    antlr4::tree::TerminalNode *LPAREN();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *RPAREN();
    StringContext *string();
    antlr4::tree::TerminalNode *INT();
    antlr4::tree::TerminalNode *MINUS();

   
  };

  PatternContext* pattern();

  class  TryStmtContext : public antlr4::ParserRuleContext {
  public:
    TryStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *TRY();
    WithArgsContext *withArgs();
    BlockContext *block();
    CatchPartContext *catchPart();

   
  };

  TryStmtContext* tryStmt();

  class  CatchPartContext : public antlr4::ParserRuleContext {
  public:
    CatchPartContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *ELSE();
    BlockContext *block();
    antlr4::tree::TerminalNode *ID();

   
  };

  CatchPartContext* catchPart();

  class  ExitStmtContext : public antlr4::ParserRuleContext {
  public:
    ExitStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    ExprContext *expr();
    antlr4::tree::TerminalNode *RETURN();
    antlr4::tree::TerminalNode *YIELD();
    antlr4::tree::TerminalNode *BREAK();
    antlr4::tree::TerminalNode *CONTINUE();

   
  };

  ExitStmtContext* exitStmt();

  class  EmitStmtContext : public antlr4::ParserRuleContext {
  public:
    EmitStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *EMIT();
    ExprContext *expr();

   
  };

  EmitStmtContext* emitStmt();

  class  CheckStmtContext : public antlr4::ParserRuleContext {
  public:
    CheckStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *CHECK();
    ExprContext *expr();
    antlr4::tree::TerminalNode *COMMA();
    StringContext *string();

   
  };

  CheckStmtContext* checkStmt();

  class  MockStmtContext : public antlr4::ParserRuleContext {
  public:
    MockStmtContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *MOCK();
    QnameContext *qname();
    antlr4::tree::TerminalNode *ASSIGN();
    ExprContext *expr();

   
  };

  MockStmtContext* mockStmt();

  class  WithArgsContext : public antlr4::ParserRuleContext {
  public:
    WithArgsContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *WITH();
    std::vector<ArgContext *> arg();
    ArgContext* arg(size_t i);
    std::vector<antlr4::tree::TerminalNode *> COMMA();
    antlr4::tree::TerminalNode* COMMA(size_t i);

   
  };

  WithArgsContext* withArgs();

  class  ArgsContext : public antlr4::ParserRuleContext {
  public:
    ArgsContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    std::vector<ArgContext *> arg();
    ArgContext* arg(size_t i);
    std::vector<antlr4::tree::TerminalNode *> COMMA();
    antlr4::tree::TerminalNode* COMMA(size_t i);

   
  };

  ArgsContext* args();

  class  ArgContext : public antlr4::ParserRuleContext {
  public:
    ArgContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    ExprContext *expr();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *COLON();

   
  };

  ArgContext* arg();

  class  ExprContext : public antlr4::ParserRuleContext {
  public:
    ExprContext(antlr4::ParserRuleContext *parent, size_t invokingState);
   
    ExprContext() = default;
    void copyFrom(ExprContext *context);
    using antlr4::ParserRuleContext::copyFrom;

    virtual size_t getRuleIndex() const override;

   
  };

  class  IndexExprContext : public ExprContext {
  public:
    IndexExprContext(ExprContext *ctx);

    std::vector<ExprContext *> expr();
    ExprContext* expr(size_t i);
    antlr4::tree::TerminalNode *LBRACK();
    antlr4::tree::TerminalNode *RBRACK();
    antlr4::tree::TerminalNode *COLON();
  };

  class  NegateExprContext : public ExprContext {
  public:
    NegateExprContext(ExprContext *ctx);

    antlr4::tree::TerminalNode *MINUS();
    ExprContext *expr();
  };

  class  NotExprContext : public ExprContext {
  public:
    NotExprContext(ExprContext *ctx);

    antlr4::tree::TerminalNode *NOT();
    ExprContext *expr();
  };

  class  PrimaryExprContext : public ExprContext {
  public:
    PrimaryExprContext(ExprContext *ctx);

    PrimaryContext *primary();
  };

  class  TryExprContext : public ExprContext {
  public:
    TryExprContext(ExprContext *ctx);

    antlr4::tree::TerminalNode *TRY();
    std::vector<ExprContext *> expr();
    ExprContext* expr(size_t i);
    antlr4::tree::TerminalNode *ELSE();
  };

  class  BinaryExprContext : public ExprContext {
  public:
    BinaryExprContext(ExprContext *ctx);

    std::vector<ExprContext *> expr();
    ExprContext* expr(size_t i);
    antlr4::tree::TerminalNode *STAR();
    antlr4::tree::TerminalNode *SLASH();
    antlr4::tree::TerminalNode *PERCENT();
    antlr4::tree::TerminalNode *PLUS();
    antlr4::tree::TerminalNode *MINUS();
    antlr4::tree::TerminalNode *RANGE();
    antlr4::tree::TerminalNode *EQ();
    antlr4::tree::TerminalNode *NE();
    antlr4::tree::TerminalNode *LT();
    antlr4::tree::TerminalNode *LE();
    antlr4::tree::TerminalNode *GT();
    antlr4::tree::TerminalNode *GE();
    antlr4::tree::TerminalNode *IN();
    antlr4::tree::TerminalNode *NOT();
    antlr4::tree::TerminalNode *AND();
    antlr4::tree::TerminalNode *OR();
  };

  class  CallExprContext : public ExprContext {
  public:
    CallExprContext(ExprContext *ctx);

    ExprContext *expr();
    antlr4::tree::TerminalNode *LPAREN();
    antlr4::tree::TerminalNode *RPAREN();
    ArgsContext *args();
  };

  class  FieldExprContext : public ExprContext {
  public:
    FieldExprContext(ExprContext *ctx);

    ExprContext *expr();
    antlr4::tree::TerminalNode *DOT();
    antlr4::tree::TerminalNode *ID();
  };

  class  ConditionalExprContext : public ExprContext {
  public:
    ConditionalExprContext(ExprContext *ctx);

    std::vector<ExprContext *> expr();
    ExprContext* expr(size_t i);
    antlr4::tree::TerminalNode *QUESTION();
    antlr4::tree::TerminalNode *COLON();
  };

  ExprContext* expr();
  ExprContext* expr(int precedence);
  class  PrimaryContext : public antlr4::ParserRuleContext {
  public:
    PrimaryContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    StringContext *string();
    antlr4::tree::TerminalNode *INT();
    antlr4::tree::TerminalNode *FLOAT();
    antlr4::tree::TerminalNode *DURATION();
    antlr4::tree::TerminalNode *REGEX();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *LPAREN();
    ExprContext *expr();
    antlr4::tree::TerminalNode *RPAREN();
    ListLitContext *listLit();
    MapLitContext *mapLit();
    antlr4::tree::TerminalNode *CONTEXT();
    BlockContext *block();
    ForkExprContext *forkExpr();

   
  };

  PrimaryContext* primary();

  class  ListLitContext : public antlr4::ParserRuleContext {
  public:
    ListLitContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *LBRACK();
    antlr4::tree::TerminalNode *RBRACK();
    std::vector<ExprContext *> expr();
    ExprContext* expr(size_t i);
    antlr4::tree::TerminalNode *FOR();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *IN();
    antlr4::tree::TerminalNode *IF();
    std::vector<antlr4::tree::TerminalNode *> COMMA();
    antlr4::tree::TerminalNode* COMMA(size_t i);

   
  };

  ListLitContext* listLit();

  class  ForkExprContext : public antlr4::ParserRuleContext {
  public:
    ForkExprContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *FORK();
    antlr4::tree::TerminalNode *ID();
    antlr4::tree::TerminalNode *IN();
    ExprContext *expr();
    BlockContext *block();
    WithArgsContext *withArgs();

   
  };

  ForkExprContext* forkExpr();

  class  MapLitContext : public antlr4::ParserRuleContext {
  public:
    MapLitContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *LMAP();
    antlr4::tree::TerminalNode *RBRACE();
    std::vector<PairContext *> pair();
    PairContext* pair(size_t i);
    std::vector<antlr4::tree::TerminalNode *> COMMA();
    antlr4::tree::TerminalNode* COMMA(size_t i);

   
  };

  MapLitContext* mapLit();

  class  PairContext : public antlr4::ParserRuleContext {
  public:
    PairContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *COLON();
    ExprContext *expr();
    antlr4::tree::TerminalNode *ID();
    StringContext *string();

   
  };

  PairContext* pair();

  class  StringContext : public antlr4::ParserRuleContext {
  public:
    StringContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *STR_OPEN();
    antlr4::tree::TerminalNode *STR_CLOSE();
    std::vector<SPartContext *> sPart();
    SPartContext* sPart(size_t i);
    antlr4::tree::TerminalNode *BLOCK_OPEN();
    antlr4::tree::TerminalNode *BLOCK_CLOSE();
    std::vector<BPartContext *> bPart();
    BPartContext* bPart(size_t i);
    antlr4::tree::TerminalNode *RAWSTR();
    antlr4::tree::TerminalNode *RAWBLOCK();

   
  };

  StringContext* string();

  class  SPartContext : public antlr4::ParserRuleContext {
  public:
    SPartContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *S_TEXT();
    antlr4::tree::TerminalNode *S_ESC();
    antlr4::tree::TerminalNode *S_BADESC();
    antlr4::tree::TerminalNode *S_INTERP();
    ExprContext *expr();
    antlr4::tree::TerminalNode *RBRACE();

   
  };

  SPartContext* sPart();

  class  BPartContext : public antlr4::ParserRuleContext {
  public:
    BPartContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    antlr4::tree::TerminalNode *B_TEXT();
    antlr4::tree::TerminalNode *B_ESC();
    antlr4::tree::TerminalNode *B_BADESC();
    antlr4::tree::TerminalNode *B_INTERP();
    ExprContext *expr();
    antlr4::tree::TerminalNode *RBRACE();

   
  };

  BPartContext* bPart();

  class  QnameContext : public antlr4::ParserRuleContext {
  public:
    QnameContext(antlr4::ParserRuleContext *parent, size_t invokingState);
    virtual size_t getRuleIndex() const override;
    std::vector<antlr4::tree::TerminalNode *> ID();
    antlr4::tree::TerminalNode* ID(size_t i);
    std::vector<antlr4::tree::TerminalNode *> DOT();
    antlr4::tree::TerminalNode* DOT(size_t i);

   
  };

  QnameContext* qname();


  virtual bool sempred(antlr4::RuleContext *_localctx, size_t ruleIndex, size_t predicateIndex) override;
  bool exprSempred(ExprContext *_localctx, size_t predicateIndex);

private:
  static std::vector<antlr4::dfa::DFA> _decisionToDFA;
  static antlr4::atn::PredictionContextCache _sharedContextCache;
  static std::vector<std::string> _ruleNames;
  static std::vector<std::string> _tokenNames;

  static std::vector<std::string> _literalNames;
  static std::vector<std::string> _symbolicNames;
  static antlr4::dfa::Vocabulary _vocabulary;
  static antlr4::atn::ATN _atn;
  static std::vector<uint16_t> _serializedATN;


  struct Initializer {
    Initializer();
  };
  static Initializer _init;
};

}  // namespace lmp::grammar
