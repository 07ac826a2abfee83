
// Generated from LmpParser.g4 by ANTLR 4.7.2



#include "LmpParser.h"


using namespace antlrcpp;
using namespace lmp::grammar;
using namespace antlr4;

LmpParser::LmpParser(TokenStream *input) : Parser(input) {
  _interpreter = new atn::ParserATNSimulator(this, _atn, _decisionToDFA, _sharedContextCache);
}

LmpParser::~LmpParser() {
  delete _interpreter;
}

std::string LmpParser::getGrammarFileName() const {
  return "LmpParser.g4";
}

const std::vector<std::string>& LmpParser::getRuleNames() const {
  return _ruleNames;
}

dfa::Vocabulary& LmpParser::getVocabulary() const {
  return _vocabulary;
}


//----------------- FileContext ------------------------------------------------------------------

LmpParser::FileContext::FileContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::FileContext::EOF() {
  return getToken(LmpParser::EOF, 0);
}

std::vector<LmpParser::ItemContext *> LmpParser::FileContext::item() {
  return getRuleContexts<LmpParser::ItemContext>();
}

LmpParser::ItemContext* LmpParser::FileContext::item(size_t i) {
  return getRuleContext<LmpParser::ItemContext>(i);
}


size_t LmpParser::FileContext::getRuleIndex() const {
  return LmpParser::RuleFile;
}


LmpParser::FileContext* LmpParser::file() {
  FileContext *_localctx = _tracker.createInstance<FileContext>(_ctx, getState());
  enterRule(_localctx, 0, LmpParser::RuleFile);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(131);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while ((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::ERROR)
      | (1ULL << LmpParser::IMPORT)
      | (1ULL << LmpParser::CONFIG)
      | (1ULL << LmpParser::CONST)
      | (1ULL << LmpParser::TYPE)
      | (1ULL << LmpParser::RECORD)
      | (1ULL << LmpParser::ENUM)
      | (1ULL << LmpParser::TOOL)
      | (1ULL << LmpParser::CORPUS)
      | (1ULL << LmpParser::FN)
      | (1ULL << LmpParser::TEST))) != 0) || _la == LmpParser::AT) {
      setState(128);
      item();
      setState(133);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
    setState(134);
    match(LmpParser::EOF);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ReplStatementsContext ------------------------------------------------------------------

LmpParser::ReplStatementsContext::ReplStatementsContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::ReplStatementsContext::EOF() {
  return getToken(LmpParser::EOF, 0);
}

std::vector<LmpParser::ItemContext *> LmpParser::ReplStatementsContext::item() {
  return getRuleContexts<LmpParser::ItemContext>();
}

LmpParser::ItemContext* LmpParser::ReplStatementsContext::item(size_t i) {
  return getRuleContext<LmpParser::ItemContext>(i);
}

std::vector<LmpParser::StmtContext *> LmpParser::ReplStatementsContext::stmt() {
  return getRuleContexts<LmpParser::StmtContext>();
}

LmpParser::StmtContext* LmpParser::ReplStatementsContext::stmt(size_t i) {
  return getRuleContext<LmpParser::StmtContext>(i);
}


size_t LmpParser::ReplStatementsContext::getRuleIndex() const {
  return LmpParser::RuleReplStatements;
}


LmpParser::ReplStatementsContext* LmpParser::replStatements() {
  ReplStatementsContext *_localctx = _tracker.createInstance<ReplStatementsContext>(_ctx, getState());
  enterRule(_localctx, 2, LmpParser::RuleReplStatements);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(140);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while ((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::ERROR)
      | (1ULL << LmpParser::IMPORT)
      | (1ULL << LmpParser::CONFIG)
      | (1ULL << LmpParser::CONST)
      | (1ULL << LmpParser::TYPE)
      | (1ULL << LmpParser::RECORD)
      | (1ULL << LmpParser::ENUM)
      | (1ULL << LmpParser::TOOL)
      | (1ULL << LmpParser::CORPUS)
      | (1ULL << LmpParser::FN)
      | (1ULL << LmpParser::TEST)
      | (1ULL << LmpParser::LET)
      | (1ULL << LmpParser::VAR)
      | (1ULL << LmpParser::RETURN)
      | (1ULL << LmpParser::YIELD)
      | (1ULL << LmpParser::BREAK)
      | (1ULL << LmpParser::CONTINUE)
      | (1ULL << LmpParser::EMIT)
      | (1ULL << LmpParser::IF)
      | (1ULL << LmpParser::FOR)
      | (1ULL << LmpParser::WHILE)
      | (1ULL << LmpParser::MATCH)
      | (1ULL << LmpParser::TRY)
      | (1ULL << LmpParser::CHECK)
      | (1ULL << LmpParser::MOCK)
      | (1ULL << LmpParser::GEN)
      | (1ULL << LmpParser::SELECT)
      | (1ULL << LmpParser::INSERT)
      | (1ULL << LmpParser::ON)
      | (1ULL << LmpParser::SYSTEM)
      | (1ULL << LmpParser::USER)
      | (1ULL << LmpParser::ASSISTANT)
      | (1ULL << LmpParser::OBSERVE)
      | (1ULL << LmpParser::RAWBLOCK)
      | (1ULL << LmpParser::RAWSTR)
      | (1ULL << LmpParser::BLOCK_OPEN)
      | (1ULL << LmpParser::STR_OPEN)
      | (1ULL << LmpParser::ID))) != 0) || _la == LmpParser::AT) {
      setState(138);
      _errHandler->sync(this);
      switch (getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 1, _ctx)) {
      case 1: {
        setState(136);
        item();
        break;
      }

      case 2: {
        setState(137);
        stmt();
        break;
      }

      }
      setState(142);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
    setState(143);
    match(LmpParser::EOF);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ReplExpressionContext ------------------------------------------------------------------

LmpParser::ReplExpressionContext::ReplExpressionContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::ExprContext* LmpParser::ReplExpressionContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::ReplExpressionContext::EOF() {
  return getToken(LmpParser::EOF, 0);
}


size_t LmpParser::ReplExpressionContext::getRuleIndex() const {
  return LmpParser::RuleReplExpression;
}


LmpParser::ReplExpressionContext* LmpParser::replExpression() {
  ReplExpressionContext *_localctx = _tracker.createInstance<ReplExpressionContext>(_ctx, getState());
  enterRule(_localctx, 4, LmpParser::RuleReplExpression);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(145);
    expr(0);
    setState(146);
    match(LmpParser::EOF);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ItemContext ------------------------------------------------------------------

LmpParser::ItemContext::ItemContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::ImportDeclContext* LmpParser::ItemContext::importDecl() {
  return getRuleContext<LmpParser::ImportDeclContext>(0);
}

LmpParser::ConfigDeclContext* LmpParser::ItemContext::configDecl() {
  return getRuleContext<LmpParser::ConfigDeclContext>(0);
}

LmpParser::ConstDeclContext* LmpParser::ItemContext::constDecl() {
  return getRuleContext<LmpParser::ConstDeclContext>(0);
}

LmpParser::TypeDeclContext* LmpParser::ItemContext::typeDecl() {
  return getRuleContext<LmpParser::TypeDeclContext>(0);
}

LmpParser::RecordDeclContext* LmpParser::ItemContext::recordDecl() {
  return getRuleContext<LmpParser::RecordDeclContext>(0);
}

LmpParser::EnumDeclContext* LmpParser::ItemContext::enumDecl() {
  return getRuleContext<LmpParser::EnumDeclContext>(0);
}

LmpParser::ToolDeclContext* LmpParser::ItemContext::toolDecl() {
  return getRuleContext<LmpParser::ToolDeclContext>(0);
}

LmpParser::CorpusDeclContext* LmpParser::ItemContext::corpusDecl() {
  return getRuleContext<LmpParser::CorpusDeclContext>(0);
}

LmpParser::FnDeclContext* LmpParser::ItemContext::fnDecl() {
  return getRuleContext<LmpParser::FnDeclContext>(0);
}

LmpParser::TestDeclContext* LmpParser::ItemContext::testDecl() {
  return getRuleContext<LmpParser::TestDeclContext>(0);
}

std::vector<LmpParser::AttrContext *> LmpParser::ItemContext::attr() {
  return getRuleContexts<LmpParser::AttrContext>();
}

LmpParser::AttrContext* LmpParser::ItemContext::attr(size_t i) {
  return getRuleContext<LmpParser::AttrContext>(i);
}

tree::TerminalNode* LmpParser::ItemContext::ERROR() {
  return getToken(LmpParser::ERROR, 0);
}


size_t LmpParser::ItemContext::getRuleIndex() const {
  return LmpParser::RuleItem;
}


LmpParser::ItemContext* LmpParser::item() {
  ItemContext *_localctx = _tracker.createInstance<ItemContext>(_ctx, getState());
  enterRule(_localctx, 6, LmpParser::RuleItem);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(167);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::IMPORT:
      case LmpParser::CONFIG:
      case LmpParser::CONST:
      case LmpParser::TYPE:
      case LmpParser::RECORD:
      case LmpParser::ENUM:
      case LmpParser::TOOL:
      case LmpParser::CORPUS:
      case LmpParser::FN:
      case LmpParser::TEST:
      case LmpParser::AT: {
        enterOuterAlt(_localctx, 1);
        setState(151);
        _errHandler->sync(this);
        _la = _input->LA(1);
        while (_la == LmpParser::AT) {
          setState(148);
          attr();
          setState(153);
          _errHandler->sync(this);
          _la = _input->LA(1);
        }
        setState(164);
        _errHandler->sync(this);
        switch (_input->LA(1)) {
          case LmpParser::IMPORT: {
            setState(154);
            importDecl();
            break;
          }

          case LmpParser::CONFIG: {
            setState(155);
            configDecl();
            break;
          }

          case LmpParser::CONST: {
            setState(156);
            constDecl();
            break;
          }

          case LmpParser::TYPE: {
            setState(157);
            typeDecl();
            break;
          }

          case LmpParser::RECORD: {
            setState(158);
            recordDecl();
            break;
          }

          case LmpParser::ENUM: {
            setState(159);
            enumDecl();
            break;
          }

          case LmpParser::TOOL: {
            setState(160);
            toolDecl();
            break;
          }

          case LmpParser::CORPUS: {
            setState(161);
            corpusDecl();
            break;
          }

          case LmpParser::FN: {
            setState(162);
            fnDecl();
            break;
          }

          case LmpParser::TEST: {
            setState(163);
            testDecl();
            break;
          }

        default:
          throw NoViableAltException(this);
        }
        break;
      }

      case LmpParser::ERROR: {
        enterOuterAlt(_localctx, 2);
        setState(166);
        match(LmpParser::ERROR);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- AttrContext ------------------------------------------------------------------

LmpParser::AttrContext::AttrContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::AttrContext::AT() {
  return getToken(LmpParser::AT, 0);
}

tree::TerminalNode* LmpParser::AttrContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::AttrContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

tree::TerminalNode* LmpParser::AttrContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

LmpParser::ArgsContext* LmpParser::AttrContext::args() {
  return getRuleContext<LmpParser::ArgsContext>(0);
}


size_t LmpParser::AttrContext::getRuleIndex() const {
  return LmpParser::RuleAttr;
}


LmpParser::AttrContext* LmpParser::attr() {
  AttrContext *_localctx = _tracker.createInstance<AttrContext>(_ctx, getState());
  enterRule(_localctx, 8, LmpParser::RuleAttr);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(169);
    match(LmpParser::AT);
    setState(170);
    match(LmpParser::ID);
    setState(176);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::LPAREN) {
      setState(171);
      match(LmpParser::LPAREN);
      setState(173);
      _errHandler->sync(this);

      _la = _input->LA(1);
      if ((((_la & ~ 0x3fULL) == 0) &&
        ((1ULL << _la) & ((1ULL << LmpParser::LMAP)
        | (1ULL << LmpParser::FORK)
        | (1ULL << LmpParser::TRY)
        | (1ULL << LmpParser::CONTEXT)
        | (1ULL << LmpParser::NOT)
        | (1ULL << LmpParser::DURATION)
        | (1ULL << LmpParser::FLOAT)
        | (1ULL << LmpParser::INT)
        | (1ULL << LmpParser::REGEX)
        | (1ULL << LmpParser::RAWBLOCK)
        | (1ULL << LmpParser::RAWSTR)
        | (1ULL << LmpParser::BLOCK_OPEN)
        | (1ULL << LmpParser::STR_OPEN)
        | (1ULL << LmpParser::ID)
        | (1ULL << LmpParser::LPAREN))) != 0) || _la == LmpParser::LBRACK

      || _la == LmpParser::MINUS) {
        setState(172);
        args();
      }
      setState(175);
      match(LmpParser::RPAREN);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ImportDeclContext ------------------------------------------------------------------

LmpParser::ImportDeclContext::ImportDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::ImportDeclContext::IMPORT() {
  return getToken(LmpParser::IMPORT, 0);
}

LmpParser::StringContext* LmpParser::ImportDeclContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}

tree::TerminalNode* LmpParser::ImportDeclContext::AS() {
  return getToken(LmpParser::AS, 0);
}

tree::TerminalNode* LmpParser::ImportDeclContext::ID() {
  return getToken(LmpParser::ID, 0);
}

LmpParser::QnameContext* LmpParser::ImportDeclContext::qname() {
  return getRuleContext<LmpParser::QnameContext>(0);
}


size_t LmpParser::ImportDeclContext::getRuleIndex() const {
  return LmpParser::RuleImportDecl;
}


LmpParser::ImportDeclContext* LmpParser::importDecl() {
  ImportDeclContext *_localctx = _tracker.createInstance<ImportDeclContext>(_ctx, getState());
  enterRule(_localctx, 10, LmpParser::RuleImportDecl);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(178);
    match(LmpParser::IMPORT);
    setState(188);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN: {
        setState(179);
        string();
        setState(180);
        match(LmpParser::AS);
        setState(181);
        match(LmpParser::ID);
        break;
      }

      case LmpParser::ID: {
        setState(183);
        qname();
        setState(186);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if (_la == LmpParser::AS) {
          setState(184);
          match(LmpParser::AS);
          setState(185);
          match(LmpParser::ID);
        }
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ConfigDeclContext ------------------------------------------------------------------

LmpParser::ConfigDeclContext::ConfigDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::ConfigDeclContext::CONFIG() {
  return getToken(LmpParser::CONFIG, 0);
}

LmpParser::MapLitContext* LmpParser::ConfigDeclContext::mapLit() {
  return getRuleContext<LmpParser::MapLitContext>(0);
}


size_t LmpParser::ConfigDeclContext::getRuleIndex() const {
  return LmpParser::RuleConfigDecl;
}


LmpParser::ConfigDeclContext* LmpParser::configDecl() {
  ConfigDeclContext *_localctx = _tracker.createInstance<ConfigDeclContext>(_ctx, getState());
  enterRule(_localctx, 12, LmpParser::RuleConfigDecl);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(190);
    match(LmpParser::CONFIG);
    setState(191);
    mapLit();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ConstDeclContext ------------------------------------------------------------------

LmpParser::ConstDeclContext::ConstDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::ConstDeclContext::CONST() {
  return getToken(LmpParser::CONST, 0);
}

tree::TerminalNode* LmpParser::ConstDeclContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::ConstDeclContext::ASSIGN() {
  return getToken(LmpParser::ASSIGN, 0);
}

LmpParser::ExprContext* LmpParser::ConstDeclContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::ConstDeclContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}

LmpParser::TypeContext* LmpParser::ConstDeclContext::type() {
  return getRuleContext<LmpParser::TypeContext>(0);
}


size_t LmpParser::ConstDeclContext::getRuleIndex() const {
  return LmpParser::RuleConstDecl;
}


LmpParser::ConstDeclContext* LmpParser::constDecl() {
  ConstDeclContext *_localctx = _tracker.createInstance<ConstDeclContext>(_ctx, getState());
  enterRule(_localctx, 14, LmpParser::RuleConstDecl);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(193);
    match(LmpParser::CONST);
    setState(194);
    match(LmpParser::ID);
    setState(197);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::COLON) {
      setState(195);
      match(LmpParser::COLON);
      setState(196);
      type();
    }
    setState(199);
    match(LmpParser::ASSIGN);
    setState(200);
    expr(0);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- TypeDeclContext ------------------------------------------------------------------

LmpParser::TypeDeclContext::TypeDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::TypeDeclContext::TYPE() {
  return getToken(LmpParser::TYPE, 0);
}

tree::TerminalNode* LmpParser::TypeDeclContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::TypeDeclContext::ASSIGN() {
  return getToken(LmpParser::ASSIGN, 0);
}

LmpParser::TypeContext* LmpParser::TypeDeclContext::type() {
  return getRuleContext<LmpParser::TypeContext>(0);
}


size_t LmpParser::TypeDeclContext::getRuleIndex() const {
  return LmpParser::RuleTypeDecl;
}


LmpParser::TypeDeclContext* LmpParser::typeDecl() {
  TypeDeclContext *_localctx = _tracker.createInstance<TypeDeclContext>(_ctx, getState());
  enterRule(_localctx, 16, LmpParser::RuleTypeDecl);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(202);
    match(LmpParser::TYPE);
    setState(203);
    match(LmpParser::ID);
    setState(204);
    match(LmpParser::ASSIGN);
    setState(205);
    type();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- RecordDeclContext ------------------------------------------------------------------

LmpParser::RecordDeclContext::RecordDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::RecordDeclContext::RECORD() {
  return getToken(LmpParser::RECORD, 0);
}

tree::TerminalNode* LmpParser::RecordDeclContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::RecordDeclContext::LBRACE() {
  return getToken(LmpParser::LBRACE, 0);
}

tree::TerminalNode* LmpParser::RecordDeclContext::RBRACE() {
  return getToken(LmpParser::RBRACE, 0);
}

tree::TerminalNode* LmpParser::RecordDeclContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

LmpParser::ParamsContext* LmpParser::RecordDeclContext::params() {
  return getRuleContext<LmpParser::ParamsContext>(0);
}

tree::TerminalNode* LmpParser::RecordDeclContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

std::vector<LmpParser::FieldContext *> LmpParser::RecordDeclContext::field() {
  return getRuleContexts<LmpParser::FieldContext>();
}

LmpParser::FieldContext* LmpParser::RecordDeclContext::field(size_t i) {
  return getRuleContext<LmpParser::FieldContext>(i);
}

std::vector<tree::TerminalNode *> LmpParser::RecordDeclContext::COMMA() {
  return getTokens(LmpParser::COMMA);
}

tree::TerminalNode* LmpParser::RecordDeclContext::COMMA(size_t i) {
  return getToken(LmpParser::COMMA, i);
}


size_t LmpParser::RecordDeclContext::getRuleIndex() const {
  return LmpParser::RuleRecordDecl;
}


LmpParser::RecordDeclContext* LmpParser::recordDecl() {
  RecordDeclContext *_localctx = _tracker.createInstance<RecordDeclContext>(_ctx, getState());
  enterRule(_localctx, 18, LmpParser::RuleRecordDecl);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(207);
    match(LmpParser::RECORD);
    setState(208);
    match(LmpParser::ID);
    setState(213);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::LPAREN) {
      setState(209);
      match(LmpParser::LPAREN);
      setState(210);
      params();
      setState(211);
      match(LmpParser::RPAREN);
    }
    setState(215);
    match(LmpParser::LBRACE);
    setState(222);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while (_la == LmpParser::ERROR

    || _la == LmpParser::ID || _la == LmpParser::AT) {
      setState(216);
      field();
      setState(218);
      _errHandler->sync(this);

      _la = _input->LA(1);
      if (_la == LmpParser::COMMA) {
        setState(217);
        match(LmpParser::COMMA);
      }
      setState(224);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
    setState(225);
    match(LmpParser::RBRACE);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- FieldContext ------------------------------------------------------------------

LmpParser::FieldContext::FieldContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::FieldContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::FieldContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}

LmpParser::TypeContext* LmpParser::FieldContext::type() {
  return getRuleContext<LmpParser::TypeContext>(0);
}

std::vector<LmpParser::AttrContext *> LmpParser::FieldContext::attr() {
  return getRuleContexts<LmpParser::AttrContext>();
}

LmpParser::AttrContext* LmpParser::FieldContext::attr(size_t i) {
  return getRuleContext<LmpParser::AttrContext>(i);
}

tree::TerminalNode* LmpParser::FieldContext::ASSIGN() {
  return getToken(LmpParser::ASSIGN, 0);
}

LmpParser::ExprContext* LmpParser::FieldContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::StringContext* LmpParser::FieldContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}

tree::TerminalNode* LmpParser::FieldContext::ERROR() {
  return getToken(LmpParser::ERROR, 0);
}


size_t LmpParser::FieldContext::getRuleIndex() const {
  return LmpParser::RuleField;
}


LmpParser::FieldContext* LmpParser::field() {
  FieldContext *_localctx = _tracker.createInstance<FieldContext>(_ctx, getState());
  enterRule(_localctx, 20, LmpParser::RuleField);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(244);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::ID:
      case LmpParser::AT: {
        enterOuterAlt(_localctx, 1);
        setState(230);
        _errHandler->sync(this);
        _la = _input->LA(1);
        while (_la == LmpParser::AT) {
          setState(227);
          attr();
          setState(232);
          _errHandler->sync(this);
          _la = _input->LA(1);
        }
        setState(233);
        match(LmpParser::ID);
        setState(234);
        match(LmpParser::COLON);
        setState(235);
        type();
        setState(238);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if (_la == LmpParser::ASSIGN) {
          setState(236);
          match(LmpParser::ASSIGN);
          setState(237);
          expr(0);
        }
        setState(241);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if ((((_la & ~ 0x3fULL) == 0) &&
          ((1ULL << _la) & ((1ULL << LmpParser::RAWBLOCK)
          | (1ULL << LmpParser::RAWSTR)
          | (1ULL << LmpParser::BLOCK_OPEN)
          | (1ULL << LmpParser::STR_OPEN))) != 0)) {
          setState(240);
          string();
        }
        break;
      }

      case LmpParser::ERROR: {
        enterOuterAlt(_localctx, 2);
        setState(243);
        match(LmpParser::ERROR);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- EnumDeclContext ------------------------------------------------------------------

LmpParser::EnumDeclContext::EnumDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::EnumDeclContext::ENUM() {
  return getToken(LmpParser::ENUM, 0);
}

tree::TerminalNode* LmpParser::EnumDeclContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::EnumDeclContext::LBRACE() {
  return getToken(LmpParser::LBRACE, 0);
}

tree::TerminalNode* LmpParser::EnumDeclContext::RBRACE() {
  return getToken(LmpParser::RBRACE, 0);
}

std::vector<LmpParser::MemberContext *> LmpParser::EnumDeclContext::member() {
  return getRuleContexts<LmpParser::MemberContext>();
}

LmpParser::MemberContext* LmpParser::EnumDeclContext::member(size_t i) {
  return getRuleContext<LmpParser::MemberContext>(i);
}

std::vector<tree::TerminalNode *> LmpParser::EnumDeclContext::COMMA() {
  return getTokens(LmpParser::COMMA);
}

tree::TerminalNode* LmpParser::EnumDeclContext::COMMA(size_t i) {
  return getToken(LmpParser::COMMA, i);
}


size_t LmpParser::EnumDeclContext::getRuleIndex() const {
  return LmpParser::RuleEnumDecl;
}


LmpParser::EnumDeclContext* LmpParser::enumDecl() {
  EnumDeclContext *_localctx = _tracker.createInstance<EnumDeclContext>(_ctx, getState());
  enterRule(_localctx, 22, LmpParser::RuleEnumDecl);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(246);
    match(LmpParser::ENUM);
    setState(247);
    match(LmpParser::ID);
    setState(248);
    match(LmpParser::LBRACE);
    setState(253); 
    _errHandler->sync(this);
    _la = _input->LA(1);
    do {
      setState(249);
      member();
      setState(251);
      _errHandler->sync(this);

      _la = _input->LA(1);
      if (_la == LmpParser::COMMA) {
        setState(250);
        match(LmpParser::COMMA);
      }
      setState(255); 
      _errHandler->sync(this);
      _la = _input->LA(1);
    } while (_la == LmpParser::ERROR

    || _la == LmpParser::ID);
    setState(257);
    match(LmpParser::RBRACE);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- MemberContext ------------------------------------------------------------------

LmpParser::MemberContext::MemberContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::MemberContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::MemberContext::ASSIGN() {
  return getToken(LmpParser::ASSIGN, 0);
}

std::vector<LmpParser::StringContext *> LmpParser::MemberContext::string() {
  return getRuleContexts<LmpParser::StringContext>();
}

LmpParser::StringContext* LmpParser::MemberContext::string(size_t i) {
  return getRuleContext<LmpParser::StringContext>(i);
}

tree::TerminalNode* LmpParser::MemberContext::ERROR() {
  return getToken(LmpParser::ERROR, 0);
}


size_t LmpParser::MemberContext::getRuleIndex() const {
  return LmpParser::RuleMember;
}


LmpParser::MemberContext* LmpParser::member() {
  MemberContext *_localctx = _tracker.createInstance<MemberContext>(_ctx, getState());
  enterRule(_localctx, 24, LmpParser::RuleMember);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(268);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::ID: {
        enterOuterAlt(_localctx, 1);
        setState(259);
        match(LmpParser::ID);
        setState(262);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if (_la == LmpParser::ASSIGN) {
          setState(260);
          match(LmpParser::ASSIGN);
          setState(261);
          string();
        }
        setState(265);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if ((((_la & ~ 0x3fULL) == 0) &&
          ((1ULL << _la) & ((1ULL << LmpParser::RAWBLOCK)
          | (1ULL << LmpParser::RAWSTR)
          | (1ULL << LmpParser::BLOCK_OPEN)
          | (1ULL << LmpParser::STR_OPEN))) != 0)) {
          setState(264);
          string();
        }
        break;
      }

      case LmpParser::ERROR: {
        enterOuterAlt(_localctx, 2);
        setState(267);
        match(LmpParser::ERROR);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ToolDeclContext ------------------------------------------------------------------

LmpParser::ToolDeclContext::ToolDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::ToolDeclContext::TOOL() {
  return getToken(LmpParser::TOOL, 0);
}

tree::TerminalNode* LmpParser::ToolDeclContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::ToolDeclContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

tree::TerminalNode* LmpParser::ToolDeclContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

tree::TerminalNode* LmpParser::ToolDeclContext::ARROW() {
  return getToken(LmpParser::ARROW, 0);
}

LmpParser::TypeContext* LmpParser::ToolDeclContext::type() {
  return getRuleContext<LmpParser::TypeContext>(0);
}

tree::TerminalNode* LmpParser::ToolDeclContext::ASSIGN() {
  return getToken(LmpParser::ASSIGN, 0);
}

LmpParser::ExprContext* LmpParser::ToolDeclContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::ParamsContext* LmpParser::ToolDeclContext::params() {
  return getRuleContext<LmpParser::ParamsContext>(0);
}


size_t LmpParser::ToolDeclContext::getRuleIndex() const {
  return LmpParser::RuleToolDecl;
}


LmpParser::ToolDeclContext* LmpParser::toolDecl() {
  ToolDeclContext *_localctx = _tracker.createInstance<ToolDeclContext>(_ctx, getState());
  enterRule(_localctx, 26, LmpParser::RuleToolDecl);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(270);
    match(LmpParser::TOOL);
    setState(271);
    match(LmpParser::ID);
    setState(272);
    match(LmpParser::LPAREN);
    setState(274);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::ID) {
      setState(273);
      params();
    }
    setState(276);
    match(LmpParser::RPAREN);
    setState(277);
    match(LmpParser::ARROW);
    setState(278);
    type();
    setState(279);
    match(LmpParser::ASSIGN);
    setState(280);
    expr(0);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- CorpusDeclContext ------------------------------------------------------------------

LmpParser::CorpusDeclContext::CorpusDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::CorpusDeclContext::CORPUS() {
  return getToken(LmpParser::CORPUS, 0);
}

tree::TerminalNode* LmpParser::CorpusDeclContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::CorpusDeclContext::FROM() {
  return getToken(LmpParser::FROM, 0);
}

LmpParser::StringContext* LmpParser::CorpusDeclContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}

LmpParser::WithArgsContext* LmpParser::CorpusDeclContext::withArgs() {
  return getRuleContext<LmpParser::WithArgsContext>(0);
}


size_t LmpParser::CorpusDeclContext::getRuleIndex() const {
  return LmpParser::RuleCorpusDecl;
}


LmpParser::CorpusDeclContext* LmpParser::corpusDecl() {
  CorpusDeclContext *_localctx = _tracker.createInstance<CorpusDeclContext>(_ctx, getState());
  enterRule(_localctx, 28, LmpParser::RuleCorpusDecl);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(282);
    match(LmpParser::CORPUS);
    setState(283);
    match(LmpParser::ID);
    setState(284);
    match(LmpParser::FROM);
    setState(285);
    string();
    setState(287);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::WITH) {
      setState(286);
      withArgs();
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- FnDeclContext ------------------------------------------------------------------

LmpParser::FnDeclContext::FnDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::FnDeclContext::FN() {
  return getToken(LmpParser::FN, 0);
}

tree::TerminalNode* LmpParser::FnDeclContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::FnDeclContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

tree::TerminalNode* LmpParser::FnDeclContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

LmpParser::BlockContext* LmpParser::FnDeclContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

LmpParser::ParamsContext* LmpParser::FnDeclContext::params() {
  return getRuleContext<LmpParser::ParamsContext>(0);
}

tree::TerminalNode* LmpParser::FnDeclContext::ARROW() {
  return getToken(LmpParser::ARROW, 0);
}

LmpParser::TypeContext* LmpParser::FnDeclContext::type() {
  return getRuleContext<LmpParser::TypeContext>(0);
}


size_t LmpParser::FnDeclContext::getRuleIndex() const {
  return LmpParser::RuleFnDecl;
}


LmpParser::FnDeclContext* LmpParser::fnDecl() {
  FnDeclContext *_localctx = _tracker.createInstance<FnDeclContext>(_ctx, getState());
  enterRule(_localctx, 30, LmpParser::RuleFnDecl);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(289);
    match(LmpParser::FN);
    setState(290);
    match(LmpParser::ID);
    setState(291);
    match(LmpParser::LPAREN);
    setState(293);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::ID) {
      setState(292);
      params();
    }
    setState(295);
    match(LmpParser::RPAREN);
    setState(298);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::ARROW) {
      setState(296);
      match(LmpParser::ARROW);
      setState(297);
      type();
    }
    setState(300);
    block();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- TestDeclContext ------------------------------------------------------------------

LmpParser::TestDeclContext::TestDeclContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::TestDeclContext::TEST() {
  return getToken(LmpParser::TEST, 0);
}

LmpParser::StringContext* LmpParser::TestDeclContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}

LmpParser::BlockContext* LmpParser::TestDeclContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}


size_t LmpParser::TestDeclContext::getRuleIndex() const {
  return LmpParser::RuleTestDecl;
}


LmpParser::TestDeclContext* LmpParser::testDecl() {
  TestDeclContext *_localctx = _tracker.createInstance<TestDeclContext>(_ctx, getState());
  enterRule(_localctx, 32, LmpParser::RuleTestDecl);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(302);
    match(LmpParser::TEST);
    setState(303);
    string();
    setState(304);
    block();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ParamsContext ------------------------------------------------------------------

LmpParser::ParamsContext::ParamsContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

std::vector<LmpParser::ParamContext *> LmpParser::ParamsContext::param() {
  return getRuleContexts<LmpParser::ParamContext>();
}

LmpParser::ParamContext* LmpParser::ParamsContext::param(size_t i) {
  return getRuleContext<LmpParser::ParamContext>(i);
}

std::vector<tree::TerminalNode *> LmpParser::ParamsContext::COMMA() {
  return getTokens(LmpParser::COMMA);
}

tree::TerminalNode* LmpParser::ParamsContext::COMMA(size_t i) {
  return getToken(LmpParser::COMMA, i);
}


size_t LmpParser::ParamsContext::getRuleIndex() const {
  return LmpParser::RuleParams;
}


LmpParser::ParamsContext* LmpParser::params() {
  ParamsContext *_localctx = _tracker.createInstance<ParamsContext>(_ctx, getState());
  enterRule(_localctx, 34, LmpParser::RuleParams);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    size_t alt;
    enterOuterAlt(_localctx, 1);
    setState(306);
    param();
    setState(311);
    _errHandler->sync(this);
    alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 27, _ctx);
    while (alt != 2 && alt != atn::ATN::INVALID_ALT_NUMBER) {
      if (alt == 1) {
        setState(307);
        match(LmpParser::COMMA);
        setState(308);
        param(); 
      }
      setState(313);
      _errHandler->sync(this);
      alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 27, _ctx);
    }
    setState(315);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::COMMA) {
      setState(314);
      match(LmpParser::COMMA);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ParamContext ------------------------------------------------------------------

LmpParser::ParamContext::ParamContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::ParamContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::ParamContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}

LmpParser::TypeContext* LmpParser::ParamContext::type() {
  return getRuleContext<LmpParser::TypeContext>(0);
}

tree::TerminalNode* LmpParser::ParamContext::ASSIGN() {
  return getToken(LmpParser::ASSIGN, 0);
}

LmpParser::ExprContext* LmpParser::ParamContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::StringContext* LmpParser::ParamContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}


size_t LmpParser::ParamContext::getRuleIndex() const {
  return LmpParser::RuleParam;
}


LmpParser::ParamContext* LmpParser::param() {
  ParamContext *_localctx = _tracker.createInstance<ParamContext>(_ctx, getState());
  enterRule(_localctx, 36, LmpParser::RuleParam);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(317);
    match(LmpParser::ID);
    setState(318);
    match(LmpParser::COLON);
    setState(319);
    type();
    setState(322);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::ASSIGN) {
      setState(320);
      match(LmpParser::ASSIGN);
      setState(321);
      expr(0);
    }
    setState(325);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if ((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::RAWBLOCK)
      | (1ULL << LmpParser::RAWSTR)
      | (1ULL << LmpParser::BLOCK_OPEN)
      | (1ULL << LmpParser::STR_OPEN))) != 0)) {
      setState(324);
      string();
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- TypeContext ------------------------------------------------------------------

LmpParser::TypeContext::TypeContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

std::vector<LmpParser::PostTypeContext *> LmpParser::TypeContext::postType() {
  return getRuleContexts<LmpParser::PostTypeContext>();
}

LmpParser::PostTypeContext* LmpParser::TypeContext::postType(size_t i) {
  return getRuleContext<LmpParser::PostTypeContext>(i);
}

std::vector<tree::TerminalNode *> LmpParser::TypeContext::PIPE() {
  return getTokens(LmpParser::PIPE);
}

tree::TerminalNode* LmpParser::TypeContext::PIPE(size_t i) {
  return getToken(LmpParser::PIPE, i);
}


size_t LmpParser::TypeContext::getRuleIndex() const {
  return LmpParser::RuleType;
}


LmpParser::TypeContext* LmpParser::type() {
  TypeContext *_localctx = _tracker.createInstance<TypeContext>(_ctx, getState());
  enterRule(_localctx, 38, LmpParser::RuleType);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(327);
    postType();
    setState(332);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while (_la == LmpParser::PIPE) {
      setState(328);
      match(LmpParser::PIPE);
      setState(329);
      postType();
      setState(334);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- PostTypeContext ------------------------------------------------------------------

LmpParser::PostTypeContext::PostTypeContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::PrimTypeContext* LmpParser::PostTypeContext::primType() {
  return getRuleContext<LmpParser::PrimTypeContext>(0);
}

tree::TerminalNode* LmpParser::PostTypeContext::QUESTION() {
  return getToken(LmpParser::QUESTION, 0);
}


size_t LmpParser::PostTypeContext::getRuleIndex() const {
  return LmpParser::RulePostType;
}


LmpParser::PostTypeContext* LmpParser::postType() {
  PostTypeContext *_localctx = _tracker.createInstance<PostTypeContext>(_ctx, getState());
  enterRule(_localctx, 40, LmpParser::RulePostType);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(335);
    primType();
    setState(337);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::QUESTION) {
      setState(336);
      match(LmpParser::QUESTION);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- PrimTypeContext ------------------------------------------------------------------

LmpParser::PrimTypeContext::PrimTypeContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::QtypeContext* LmpParser::PrimTypeContext::qtype() {
  return getRuleContext<LmpParser::QtypeContext>(0);
}

LmpParser::TypeArgsContext* LmpParser::PrimTypeContext::typeArgs() {
  return getRuleContext<LmpParser::TypeArgsContext>(0);
}

LmpParser::RefineContext* LmpParser::PrimTypeContext::refine() {
  return getRuleContext<LmpParser::RefineContext>(0);
}

LmpParser::HoleContext* LmpParser::PrimTypeContext::hole() {
  return getRuleContext<LmpParser::HoleContext>(0);
}

LmpParser::StringContext* LmpParser::PrimTypeContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}


size_t LmpParser::PrimTypeContext::getRuleIndex() const {
  return LmpParser::RulePrimType;
}


LmpParser::PrimTypeContext* LmpParser::primType() {
  PrimTypeContext *_localctx = _tracker.createInstance<PrimTypeContext>(_ctx, getState());
  enterRule(_localctx, 42, LmpParser::RulePrimType);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(350);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::ID: {
        enterOuterAlt(_localctx, 1);
        setState(339);
        qtype();
        setState(341);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if (_la == LmpParser::LT) {
          setState(340);
          typeArgs();
        }
        setState(344);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if (_la == LmpParser::LPAREN) {
          setState(343);
          refine();
        }
        setState(347);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if (_la == LmpParser::IN) {
          setState(346);
          hole();
        }
        break;
      }

      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN: {
        enterOuterAlt(_localctx, 2);
        setState(349);
        string();
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- QtypeContext ------------------------------------------------------------------

LmpParser::QtypeContext::QtypeContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

std::vector<tree::TerminalNode *> LmpParser::QtypeContext::ID() {
  return getTokens(LmpParser::ID);
}

tree::TerminalNode* LmpParser::QtypeContext::ID(size_t i) {
  return getToken(LmpParser::ID, i);
}

tree::TerminalNode* LmpParser::QtypeContext::DOT() {
  return getToken(LmpParser::DOT, 0);
}


size_t LmpParser::QtypeContext::getRuleIndex() const {
  return LmpParser::RuleQtype;
}


LmpParser::QtypeContext* LmpParser::qtype() {
  QtypeContext *_localctx = _tracker.createInstance<QtypeContext>(_ctx, getState());
  enterRule(_localctx, 44, LmpParser::RuleQtype);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(352);
    match(LmpParser::ID);
    setState(355);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::DOT) {
      setState(353);
      match(LmpParser::DOT);
      setState(354);
      match(LmpParser::ID);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- TypeArgsContext ------------------------------------------------------------------

LmpParser::TypeArgsContext::TypeArgsContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::TypeArgsContext::LT() {
  return getToken(LmpParser::LT, 0);
}

std::vector<LmpParser::TypeContext *> LmpParser::TypeArgsContext::type() {
  return getRuleContexts<LmpParser::TypeContext>();
}

LmpParser::TypeContext* LmpParser::TypeArgsContext::type(size_t i) {
  return getRuleContext<LmpParser::TypeContext>(i);
}

tree::TerminalNode* LmpParser::TypeArgsContext::GT() {
  return getToken(LmpParser::GT, 0);
}

std::vector<tree::TerminalNode *> LmpParser::TypeArgsContext::COMMA() {
  return getTokens(LmpParser::COMMA);
}

tree::TerminalNode* LmpParser::TypeArgsContext::COMMA(size_t i) {
  return getToken(LmpParser::COMMA, i);
}


size_t LmpParser::TypeArgsContext::getRuleIndex() const {
  return LmpParser::RuleTypeArgs;
}


LmpParser::TypeArgsContext* LmpParser::typeArgs() {
  TypeArgsContext *_localctx = _tracker.createInstance<TypeArgsContext>(_ctx, getState());
  enterRule(_localctx, 46, LmpParser::RuleTypeArgs);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(357);
    match(LmpParser::LT);
    setState(358);
    type();
    setState(363);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while (_la == LmpParser::COMMA) {
      setState(359);
      match(LmpParser::COMMA);
      setState(360);
      type();
      setState(365);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
    setState(366);
    match(LmpParser::GT);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- RefineContext ------------------------------------------------------------------

LmpParser::RefineContext::RefineContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::RefineContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

std::vector<LmpParser::RefArgContext *> LmpParser::RefineContext::refArg() {
  return getRuleContexts<LmpParser::RefArgContext>();
}

LmpParser::RefArgContext* LmpParser::RefineContext::refArg(size_t i) {
  return getRuleContext<LmpParser::RefArgContext>(i);
}

tree::TerminalNode* LmpParser::RefineContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

std::vector<tree::TerminalNode *> LmpParser::RefineContext::COMMA() {
  return getTokens(LmpParser::COMMA);
}

tree::TerminalNode* LmpParser::RefineContext::COMMA(size_t i) {
  return getToken(LmpParser::COMMA, i);
}


size_t LmpParser::RefineContext::getRuleIndex() const {
  return LmpParser::RuleRefine;
}


LmpParser::RefineContext* LmpParser::refine() {
  RefineContext *_localctx = _tracker.createInstance<RefineContext>(_ctx, getState());
  enterRule(_localctx, 48, LmpParser::RuleRefine);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(368);
    match(LmpParser::LPAREN);
    setState(369);
    refArg();
    setState(374);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while (_la == LmpParser::COMMA) {
      setState(370);
      match(LmpParser::COMMA);
      setState(371);
      refArg();
      setState(376);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
    setState(377);
    match(LmpParser::RPAREN);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- RefArgContext ------------------------------------------------------------------

LmpParser::RefArgContext::RefArgContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::ExprContext* LmpParser::RefArgContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::RefArgContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::RefArgContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}


size_t LmpParser::RefArgContext::getRuleIndex() const {
  return LmpParser::RuleRefArg;
}


LmpParser::RefArgContext* LmpParser::refArg() {
  RefArgContext *_localctx = _tracker.createInstance<RefArgContext>(_ctx, getState());
  enterRule(_localctx, 50, LmpParser::RuleRefArg);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(381);
    _errHandler->sync(this);

    switch (getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 40, _ctx)) {
    case 1: {
      setState(379);
      match(LmpParser::ID);
      setState(380);
      match(LmpParser::COLON);
      break;
    }

    }
    setState(383);
    expr(0);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- HoleContext ------------------------------------------------------------------

LmpParser::HoleContext::HoleContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::HoleContext::IN() {
  return getToken(LmpParser::IN, 0);
}

LmpParser::QnameContext* LmpParser::HoleContext::qname() {
  return getRuleContext<LmpParser::QnameContext>(0);
}

tree::TerminalNode* LmpParser::HoleContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

tree::TerminalNode* LmpParser::HoleContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

LmpParser::ArgsContext* LmpParser::HoleContext::args() {
  return getRuleContext<LmpParser::ArgsContext>(0);
}


size_t LmpParser::HoleContext::getRuleIndex() const {
  return LmpParser::RuleHole;
}


LmpParser::HoleContext* LmpParser::hole() {
  HoleContext *_localctx = _tracker.createInstance<HoleContext>(_ctx, getState());
  enterRule(_localctx, 52, LmpParser::RuleHole);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(385);
    match(LmpParser::IN);
    setState(386);
    qname();
    setState(392);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::LPAREN) {
      setState(387);
      match(LmpParser::LPAREN);
      setState(389);
      _errHandler->sync(this);

      _la = _input->LA(1);
      if ((((_la & ~ 0x3fULL) == 0) &&
        ((1ULL << _la) & ((1ULL << LmpParser::LMAP)
        | (1ULL << LmpParser::FORK)
        | (1ULL << LmpParser::TRY)
        | (1ULL << LmpParser::CONTEXT)
        | (1ULL << LmpParser::NOT)
        | (1ULL << LmpParser::DURATION)
        | (1ULL << LmpParser::FLOAT)
        | (1ULL << LmpParser::INT)
        | (1ULL << LmpParser::REGEX)
        | (1ULL << LmpParser::RAWBLOCK)
        | (1ULL << LmpParser::RAWSTR)
        | (1ULL << LmpParser::BLOCK_OPEN)
        | (1ULL << LmpParser::STR_OPEN)
        | (1ULL << LmpParser::ID)
        | (1ULL << LmpParser::LPAREN))) != 0) || _la == LmpParser::LBRACK

      || _la == LmpParser::MINUS) {
        setState(388);
        args();
      }
      setState(391);
      match(LmpParser::RPAREN);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- BlockContext ------------------------------------------------------------------

LmpParser::BlockContext::BlockContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::BlockContext::LBRACE() {
  return getToken(LmpParser::LBRACE, 0);
}

tree::TerminalNode* LmpParser::BlockContext::RBRACE() {
  return getToken(LmpParser::RBRACE, 0);
}

std::vector<LmpParser::StmtContext *> LmpParser::BlockContext::stmt() {
  return getRuleContexts<LmpParser::StmtContext>();
}

LmpParser::StmtContext* LmpParser::BlockContext::stmt(size_t i) {
  return getRuleContext<LmpParser::StmtContext>(i);
}


size_t LmpParser::BlockContext::getRuleIndex() const {
  return LmpParser::RuleBlock;
}


LmpParser::BlockContext* LmpParser::block() {
  BlockContext *_localctx = _tracker.createInstance<BlockContext>(_ctx, getState());
  enterRule(_localctx, 54, LmpParser::RuleBlock);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(394);
    match(LmpParser::LBRACE);
    setState(398);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while ((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::ERROR)
      | (1ULL << LmpParser::LET)
      | (1ULL << LmpParser::VAR)
      | (1ULL << LmpParser::RETURN)
      | (1ULL << LmpParser::YIELD)
      | (1ULL << LmpParser::BREAK)
      | (1ULL << LmpParser::CONTINUE)
      | (1ULL << LmpParser::EMIT)
      | (1ULL << LmpParser::IF)
      | (1ULL << LmpParser::FOR)
      | (1ULL << LmpParser::WHILE)
      | (1ULL << LmpParser::MATCH)
      | (1ULL << LmpParser::TRY)
      | (1ULL << LmpParser::CHECK)
      | (1ULL << LmpParser::MOCK)
      | (1ULL << LmpParser::GEN)
      | (1ULL << LmpParser::SELECT)
      | (1ULL << LmpParser::INSERT)
      | (1ULL << LmpParser::ON)
      | (1ULL << LmpParser::SYSTEM)
      | (1ULL << LmpParser::USER)
      | (1ULL << LmpParser::ASSISTANT)
      | (1ULL << LmpParser::OBSERVE)
      | (1ULL << LmpParser::RAWBLOCK)
      | (1ULL << LmpParser::RAWSTR)
      | (1ULL << LmpParser::BLOCK_OPEN)
      | (1ULL << LmpParser::STR_OPEN)
      | (1ULL << LmpParser::ID))) != 0) || _la == LmpParser::AT) {
      setState(395);
      stmt();
      setState(400);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
    setState(401);
    match(LmpParser::RBRACE);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- StmtContext ------------------------------------------------------------------

LmpParser::StmtContext::StmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::LetStmtContext* LmpParser::StmtContext::letStmt() {
  return getRuleContext<LmpParser::LetStmtContext>(0);
}

LmpParser::NameStmtContext* LmpParser::StmtContext::nameStmt() {
  return getRuleContext<LmpParser::NameStmtContext>(0);
}

LmpParser::TextStmtContext* LmpParser::StmtContext::textStmt() {
  return getRuleContext<LmpParser::TextStmtContext>(0);
}

LmpParser::RoleStmtContext* LmpParser::StmtContext::roleStmt() {
  return getRuleContext<LmpParser::RoleStmtContext>(0);
}

LmpParser::GenStmtContext* LmpParser::StmtContext::genStmt() {
  return getRuleContext<LmpParser::GenStmtContext>(0);
}

LmpParser::SelectStmtContext* LmpParser::StmtContext::selectStmt() {
  return getRuleContext<LmpParser::SelectStmtContext>(0);
}

LmpParser::InsertStmtContext* LmpParser::StmtContext::insertStmt() {
  return getRuleContext<LmpParser::InsertStmtContext>(0);
}

LmpParser::OnStmtContext* LmpParser::StmtContext::onStmt() {
  return getRuleContext<LmpParser::OnStmtContext>(0);
}

LmpParser::IfStmtContext* LmpParser::StmtContext::ifStmt() {
  return getRuleContext<LmpParser::IfStmtContext>(0);
}

LmpParser::ForStmtContext* LmpParser::StmtContext::forStmt() {
  return getRuleContext<LmpParser::ForStmtContext>(0);
}

LmpParser::WhileStmtContext* LmpParser::StmtContext::whileStmt() {
  return getRuleContext<LmpParser::WhileStmtContext>(0);
}

LmpParser::MatchStmtContext* LmpParser::StmtContext::matchStmt() {
  return getRuleContext<LmpParser::MatchStmtContext>(0);
}

LmpParser::TryStmtContext* LmpParser::StmtContext::tryStmt() {
  return getRuleContext<LmpParser::TryStmtContext>(0);
}

LmpParser::ExitStmtContext* LmpParser::StmtContext::exitStmt() {
  return getRuleContext<LmpParser::ExitStmtContext>(0);
}

LmpParser::EmitStmtContext* LmpParser::StmtContext::emitStmt() {
  return getRuleContext<LmpParser::EmitStmtContext>(0);
}

LmpParser::CheckStmtContext* LmpParser::StmtContext::checkStmt() {
  return getRuleContext<LmpParser::CheckStmtContext>(0);
}

LmpParser::MockStmtContext* LmpParser::StmtContext::mockStmt() {
  return getRuleContext<LmpParser::MockStmtContext>(0);
}

std::vector<LmpParser::AttrContext *> LmpParser::StmtContext::attr() {
  return getRuleContexts<LmpParser::AttrContext>();
}

LmpParser::AttrContext* LmpParser::StmtContext::attr(size_t i) {
  return getRuleContext<LmpParser::AttrContext>(i);
}

tree::TerminalNode* LmpParser::StmtContext::ERROR() {
  return getToken(LmpParser::ERROR, 0);
}


size_t LmpParser::StmtContext::getRuleIndex() const {
  return LmpParser::RuleStmt;
}


LmpParser::StmtContext* LmpParser::stmt() {
  StmtContext *_localctx = _tracker.createInstance<StmtContext>(_ctx, getState());
  enterRule(_localctx, 56, LmpParser::RuleStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(429);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::LET:
      case LmpParser::VAR:
      case LmpParser::RETURN:
      case LmpParser::YIELD:
      case LmpParser::BREAK:
      case LmpParser::CONTINUE:
      case LmpParser::EMIT:
      case LmpParser::IF:
      case LmpParser::FOR:
      case LmpParser::WHILE:
      case LmpParser::MATCH:
      case LmpParser::TRY:
      case LmpParser::CHECK:
      case LmpParser::MOCK:
      case LmpParser::GEN:
      case LmpParser::SELECT:
      case LmpParser::INSERT:
      case LmpParser::ON:
      case LmpParser::SYSTEM:
      case LmpParser::USER:
      case LmpParser::ASSISTANT:
      case LmpParser::OBSERVE:
      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN:
      case LmpParser::ID:
      case LmpParser::AT: {
        enterOuterAlt(_localctx, 1);
        setState(406);
        _errHandler->sync(this);
        _la = _input->LA(1);
        while (_la == LmpParser::AT) {
          setState(403);
          attr();
          setState(408);
          _errHandler->sync(this);
          _la = _input->LA(1);
        }
        setState(426);
        _errHandler->sync(this);
        switch (_input->LA(1)) {
          case LmpParser::LET:
          case LmpParser::VAR: {
            setState(409);
            letStmt();
            break;
          }

          case LmpParser::ID: {
            setState(410);
            nameStmt();
            break;
          }

          case LmpParser::RAWBLOCK:
          case LmpParser::RAWSTR:
          case LmpParser::BLOCK_OPEN:
          case LmpParser::STR_OPEN: {
            setState(411);
            textStmt();
            break;
          }

          case LmpParser::SYSTEM:
          case LmpParser::USER:
          case LmpParser::ASSISTANT:
          case LmpParser::OBSERVE: {
            setState(412);
            roleStmt();
            break;
          }

          case LmpParser::GEN: {
            setState(413);
            genStmt();
            break;
          }

          case LmpParser::SELECT: {
            setState(414);
            selectStmt();
            break;
          }

          case LmpParser::INSERT: {
            setState(415);
            insertStmt();
            break;
          }

          case LmpParser::ON: {
            setState(416);
            onStmt();
            break;
          }

          case LmpParser::IF: {
            setState(417);
            ifStmt();
            break;
          }

          case LmpParser::FOR: {
            setState(418);
            forStmt();
            break;
          }

          case LmpParser::WHILE: {
            setState(419);
            whileStmt();
            break;
          }

          case LmpParser::MATCH: {
            setState(420);
            matchStmt();
            break;
          }

          case LmpParser::TRY: {
            setState(421);
            tryStmt();
            break;
          }

          case LmpParser::RETURN:
          case LmpParser::YIELD:
          case LmpParser::BREAK:
          case LmpParser::CONTINUE: {
            setState(422);
            exitStmt();
            break;
          }

          case LmpParser::EMIT: {
            setState(423);
            emitStmt();
            break;
          }

          case LmpParser::CHECK: {
            setState(424);
            checkStmt();
            break;
          }

          case LmpParser::MOCK: {
            setState(425);
            mockStmt();
            break;
          }

        default:
          throw NoViableAltException(this);
        }
        break;
      }

      case LmpParser::ERROR: {
        enterOuterAlt(_localctx, 2);
        setState(428);
        match(LmpParser::ERROR);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- LetStmtContext ------------------------------------------------------------------

LmpParser::LetStmtContext::LetStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::LetStmtContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::LetStmtContext::ASSIGN() {
  return getToken(LmpParser::ASSIGN, 0);
}

LmpParser::ExprContext* LmpParser::LetStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::LetStmtContext::LET() {
  return getToken(LmpParser::LET, 0);
}

tree::TerminalNode* LmpParser::LetStmtContext::VAR() {
  return getToken(LmpParser::VAR, 0);
}

tree::TerminalNode* LmpParser::LetStmtContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}

LmpParser::TypeContext* LmpParser::LetStmtContext::type() {
  return getRuleContext<LmpParser::TypeContext>(0);
}


size_t LmpParser::LetStmtContext::getRuleIndex() const {
  return LmpParser::RuleLetStmt;
}


LmpParser::LetStmtContext* LmpParser::letStmt() {
  LetStmtContext *_localctx = _tracker.createInstance<LetStmtContext>(_ctx, getState());
  enterRule(_localctx, 58, LmpParser::RuleLetStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(431);
    _la = _input->LA(1);
    if (!(_la == LmpParser::LET

    || _la == LmpParser::VAR)) {
    _errHandler->recoverInline(this);
    }
    else {
      _errHandler->reportMatch(this);
      consume();
    }
    setState(432);
    match(LmpParser::ID);
    setState(435);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::COLON) {
      setState(433);
      match(LmpParser::COLON);
      setState(434);
      type();
    }
    setState(437);
    match(LmpParser::ASSIGN);
    setState(438);
    expr(0);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- NameStmtContext ------------------------------------------------------------------

LmpParser::NameStmtContext::NameStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::NameStmtContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::NameStmtContext::ASSIGN() {
  return getToken(LmpParser::ASSIGN, 0);
}

LmpParser::ExprContext* LmpParser::NameStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::CallTailContext* LmpParser::NameStmtContext::callTail() {
  return getRuleContext<LmpParser::CallTailContext>(0);
}


size_t LmpParser::NameStmtContext::getRuleIndex() const {
  return LmpParser::RuleNameStmt;
}


LmpParser::NameStmtContext* LmpParser::nameStmt() {
  NameStmtContext *_localctx = _tracker.createInstance<NameStmtContext>(_ctx, getState());
  enterRule(_localctx, 60, LmpParser::RuleNameStmt);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(440);
    match(LmpParser::ID);
    setState(444);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::ASSIGN: {
        setState(441);
        match(LmpParser::ASSIGN);
        setState(442);
        expr(0);
        break;
      }

      case LmpParser::LPAREN:
      case LmpParser::LBRACK:
      case LmpParser::DOT: {
        setState(443);
        callTail();
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- CallTailContext ------------------------------------------------------------------

LmpParser::CallTailContext::CallTailContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::CallTailContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

tree::TerminalNode* LmpParser::CallTailContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

std::vector<tree::TerminalNode *> LmpParser::CallTailContext::DOT() {
  return getTokens(LmpParser::DOT);
}

tree::TerminalNode* LmpParser::CallTailContext::DOT(size_t i) {
  return getToken(LmpParser::DOT, i);
}

std::vector<tree::TerminalNode *> LmpParser::CallTailContext::ID() {
  return getTokens(LmpParser::ID);
}

tree::TerminalNode* LmpParser::CallTailContext::ID(size_t i) {
  return getToken(LmpParser::ID, i);
}

std::vector<tree::TerminalNode *> LmpParser::CallTailContext::LBRACK() {
  return getTokens(LmpParser::LBRACK);
}

tree::TerminalNode* LmpParser::CallTailContext::LBRACK(size_t i) {
  return getToken(LmpParser::LBRACK, i);
}

std::vector<LmpParser::ExprContext *> LmpParser::CallTailContext::expr() {
  return getRuleContexts<LmpParser::ExprContext>();
}

LmpParser::ExprContext* LmpParser::CallTailContext::expr(size_t i) {
  return getRuleContext<LmpParser::ExprContext>(i);
}

std::vector<tree::TerminalNode *> LmpParser::CallTailContext::RBRACK() {
  return getTokens(LmpParser::RBRACK);
}

tree::TerminalNode* LmpParser::CallTailContext::RBRACK(size_t i) {
  return getToken(LmpParser::RBRACK, i);
}

LmpParser::ArgsContext* LmpParser::CallTailContext::args() {
  return getRuleContext<LmpParser::ArgsContext>(0);
}


size_t LmpParser::CallTailContext::getRuleIndex() const {
  return LmpParser::RuleCallTail;
}


LmpParser::CallTailContext* LmpParser::callTail() {
  CallTailContext *_localctx = _tracker.createInstance<CallTailContext>(_ctx, getState());
  enterRule(_localctx, 62, LmpParser::RuleCallTail);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(454);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while (_la == LmpParser::LBRACK

    || _la == LmpParser::DOT) {
      setState(452);
      _errHandler->sync(this);
      switch (_input->LA(1)) {
        case LmpParser::DOT: {
          setState(446);
          match(LmpParser::DOT);
          setState(447);
          match(LmpParser::ID);
          break;
        }

        case LmpParser::LBRACK: {
          setState(448);
          match(LmpParser::LBRACK);
          setState(449);
          expr(0);
          setState(450);
          match(LmpParser::RBRACK);
          break;
        }

      default:
        throw NoViableAltException(this);
      }
      setState(456);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
    setState(457);
    match(LmpParser::LPAREN);
    setState(459);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if ((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::LMAP)
      | (1ULL << LmpParser::FORK)
      | (1ULL << LmpParser::TRY)
      | (1ULL << LmpParser::CONTEXT)
      | (1ULL << LmpParser::NOT)
      | (1ULL << LmpParser::DURATION)
      | (1ULL << LmpParser::FLOAT)
      | (1ULL << LmpParser::INT)
      | (1ULL << LmpParser::REGEX)
      | (1ULL << LmpParser::RAWBLOCK)
      | (1ULL << LmpParser::RAWSTR)
      | (1ULL << LmpParser::BLOCK_OPEN)
      | (1ULL << LmpParser::STR_OPEN)
      | (1ULL << LmpParser::ID)
      | (1ULL << LmpParser::LPAREN))) != 0) || _la == LmpParser::LBRACK

    || _la == LmpParser::MINUS) {
      setState(458);
      args();
    }
    setState(461);
    match(LmpParser::RPAREN);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- TextStmtContext ------------------------------------------------------------------

LmpParser::TextStmtContext::TextStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::StringContext* LmpParser::TextStmtContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}


size_t LmpParser::TextStmtContext::getRuleIndex() const {
  return LmpParser::RuleTextStmt;
}


LmpParser::TextStmtContext* LmpParser::textStmt() {
  TextStmtContext *_localctx = _tracker.createInstance<TextStmtContext>(_ctx, getState());
  enterRule(_localctx, 64, LmpParser::RuleTextStmt);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(463);
    string();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- RoleStmtContext ------------------------------------------------------------------

LmpParser::RoleStmtContext::RoleStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::RoleStmtContext::SYSTEM() {
  return getToken(LmpParser::SYSTEM, 0);
}

tree::TerminalNode* LmpParser::RoleStmtContext::USER() {
  return getToken(LmpParser::USER, 0);
}

tree::TerminalNode* LmpParser::RoleStmtContext::ASSISTANT() {
  return getToken(LmpParser::ASSISTANT, 0);
}

tree::TerminalNode* LmpParser::RoleStmtContext::OBSERVE() {
  return getToken(LmpParser::OBSERVE, 0);
}

LmpParser::BlockContext* LmpParser::RoleStmtContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

LmpParser::GenStmtContext* LmpParser::RoleStmtContext::genStmt() {
  return getRuleContext<LmpParser::GenStmtContext>(0);
}

LmpParser::SelectStmtContext* LmpParser::RoleStmtContext::selectStmt() {
  return getRuleContext<LmpParser::SelectStmtContext>(0);
}

LmpParser::InsertStmtContext* LmpParser::RoleStmtContext::insertStmt() {
  return getRuleContext<LmpParser::InsertStmtContext>(0);
}

LmpParser::ExprContext* LmpParser::RoleStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}


size_t LmpParser::RoleStmtContext::getRuleIndex() const {
  return LmpParser::RuleRoleStmt;
}


LmpParser::RoleStmtContext* LmpParser::roleStmt() {
  RoleStmtContext *_localctx = _tracker.createInstance<RoleStmtContext>(_ctx, getState());
  enterRule(_localctx, 66, LmpParser::RuleRoleStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(465);
    _la = _input->LA(1);
    if (!((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::SYSTEM)
      | (1ULL << LmpParser::USER)
      | (1ULL << LmpParser::ASSISTANT)
      | (1ULL << LmpParser::OBSERVE))) != 0))) {
    _errHandler->recoverInline(this);
    }
    else {
      _errHandler->reportMatch(this);
      consume();
    }
    setState(471);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::LBRACE: {
        setState(466);
        block();
        break;
      }

      case LmpParser::GEN: {
        setState(467);
        genStmt();
        break;
      }

      case LmpParser::SELECT: {
        setState(468);
        selectStmt();
        break;
      }

      case LmpParser::INSERT: {
        setState(469);
        insertStmt();
        break;
      }

      case LmpParser::LMAP:
      case LmpParser::FORK:
      case LmpParser::TRY:
      case LmpParser::CONTEXT:
      case LmpParser::NOT:
      case LmpParser::DURATION:
      case LmpParser::FLOAT:
      case LmpParser::INT:
      case LmpParser::REGEX:
      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN:
      case LmpParser::ID:
      case LmpParser::LPAREN:
      case LmpParser::LBRACK:
      case LmpParser::MINUS: {
        setState(470);
        expr(0);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- GenStmtContext ------------------------------------------------------------------

LmpParser::GenStmtContext::GenStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::GenStmtContext::GEN() {
  return getToken(LmpParser::GEN, 0);
}

tree::TerminalNode* LmpParser::GenStmtContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::GenStmtContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}

LmpParser::TypeContext* LmpParser::GenStmtContext::type() {
  return getRuleContext<LmpParser::TypeContext>(0);
}

LmpParser::WithArgsContext* LmpParser::GenStmtContext::withArgs() {
  return getRuleContext<LmpParser::WithArgsContext>(0);
}


size_t LmpParser::GenStmtContext::getRuleIndex() const {
  return LmpParser::RuleGenStmt;
}


LmpParser::GenStmtContext* LmpParser::genStmt() {
  GenStmtContext *_localctx = _tracker.createInstance<GenStmtContext>(_ctx, getState());
  enterRule(_localctx, 68, LmpParser::RuleGenStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(473);
    match(LmpParser::GEN);
    setState(474);
    match(LmpParser::ID);
    setState(477);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::COLON) {
      setState(475);
      match(LmpParser::COLON);
      setState(476);
      type();
    }
    setState(480);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::WITH) {
      setState(479);
      withArgs();
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- SelectStmtContext ------------------------------------------------------------------

LmpParser::SelectStmtContext::SelectStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::SelectStmtContext::SELECT() {
  return getToken(LmpParser::SELECT, 0);
}

tree::TerminalNode* LmpParser::SelectStmtContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::SelectStmtContext::FROM() {
  return getToken(LmpParser::FROM, 0);
}

LmpParser::ExprContext* LmpParser::SelectStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::WithArgsContext* LmpParser::SelectStmtContext::withArgs() {
  return getRuleContext<LmpParser::WithArgsContext>(0);
}


size_t LmpParser::SelectStmtContext::getRuleIndex() const {
  return LmpParser::RuleSelectStmt;
}


LmpParser::SelectStmtContext* LmpParser::selectStmt() {
  SelectStmtContext *_localctx = _tracker.createInstance<SelectStmtContext>(_ctx, getState());
  enterRule(_localctx, 70, LmpParser::RuleSelectStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(482);
    match(LmpParser::SELECT);
    setState(483);
    match(LmpParser::ID);
    setState(484);
    match(LmpParser::FROM);
    setState(485);
    expr(0);
    setState(487);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::WITH) {
      setState(486);
      withArgs();
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- InsertStmtContext ------------------------------------------------------------------

LmpParser::InsertStmtContext::InsertStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::InsertStmtContext::INSERT() {
  return getToken(LmpParser::INSERT, 0);
}

LmpParser::ExprContext* LmpParser::InsertStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::WithArgsContext* LmpParser::InsertStmtContext::withArgs() {
  return getRuleContext<LmpParser::WithArgsContext>(0);
}


size_t LmpParser::InsertStmtContext::getRuleIndex() const {
  return LmpParser::RuleInsertStmt;
}


LmpParser::InsertStmtContext* LmpParser::insertStmt() {
  InsertStmtContext *_localctx = _tracker.createInstance<InsertStmtContext>(_ctx, getState());
  enterRule(_localctx, 72, LmpParser::RuleInsertStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(489);
    match(LmpParser::INSERT);
    setState(490);
    expr(0);
    setState(492);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::WITH) {
      setState(491);
      withArgs();
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- OnStmtContext ------------------------------------------------------------------

LmpParser::OnStmtContext::OnStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::OnStmtContext::ON() {
  return getToken(LmpParser::ON, 0);
}

LmpParser::QnameContext* LmpParser::OnStmtContext::qname() {
  return getRuleContext<LmpParser::QnameContext>(0);
}

LmpParser::BlockContext* LmpParser::OnStmtContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

tree::TerminalNode* LmpParser::OnStmtContext::COPY() {
  return getToken(LmpParser::COPY, 0);
}


size_t LmpParser::OnStmtContext::getRuleIndex() const {
  return LmpParser::RuleOnStmt;
}


LmpParser::OnStmtContext* LmpParser::onStmt() {
  OnStmtContext *_localctx = _tracker.createInstance<OnStmtContext>(_ctx, getState());
  enterRule(_localctx, 74, LmpParser::RuleOnStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(494);
    match(LmpParser::ON);
    setState(496);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::COPY) {
      setState(495);
      match(LmpParser::COPY);
    }
    setState(498);
    qname();
    setState(499);
    block();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- IfStmtContext ------------------------------------------------------------------

LmpParser::IfStmtContext::IfStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::IfStmtContext::IF() {
  return getToken(LmpParser::IF, 0);
}

LmpParser::ExprContext* LmpParser::IfStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

std::vector<LmpParser::BlockContext *> LmpParser::IfStmtContext::block() {
  return getRuleContexts<LmpParser::BlockContext>();
}

LmpParser::BlockContext* LmpParser::IfStmtContext::block(size_t i) {
  return getRuleContext<LmpParser::BlockContext>(i);
}

tree::TerminalNode* LmpParser::IfStmtContext::ELSE() {
  return getToken(LmpParser::ELSE, 0);
}

LmpParser::IfStmtContext* LmpParser::IfStmtContext::ifStmt() {
  return getRuleContext<LmpParser::IfStmtContext>(0);
}


size_t LmpParser::IfStmtContext::getRuleIndex() const {
  return LmpParser::RuleIfStmt;
}


LmpParser::IfStmtContext* LmpParser::ifStmt() {
  IfStmtContext *_localctx = _tracker.createInstance<IfStmtContext>(_ctx, getState());
  enterRule(_localctx, 76, LmpParser::RuleIfStmt);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(501);
    match(LmpParser::IF);
    setState(502);
    expr(0);
    setState(503);
    block();
    setState(509);
    _errHandler->sync(this);

    switch (getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 59, _ctx)) {
    case 1: {
      setState(504);
      match(LmpParser::ELSE);
      setState(507);
      _errHandler->sync(this);
      switch (_input->LA(1)) {
        case LmpParser::IF: {
          setState(505);
          ifStmt();
          break;
        }

        case LmpParser::LBRACE: {
          setState(506);
          block();
          break;
        }

      default:
        throw NoViableAltException(this);
      }
      break;
    }

    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ForStmtContext ------------------------------------------------------------------

LmpParser::ForStmtContext::ForStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::ForStmtContext::FOR() {
  return getToken(LmpParser::FOR, 0);
}

tree::TerminalNode* LmpParser::ForStmtContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::ForStmtContext::IN() {
  return getToken(LmpParser::IN, 0);
}

LmpParser::ExprContext* LmpParser::ForStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::BlockContext* LmpParser::ForStmtContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}


size_t LmpParser::ForStmtContext::getRuleIndex() const {
  return LmpParser::RuleForStmt;
}


LmpParser::ForStmtContext* LmpParser::forStmt() {
  ForStmtContext *_localctx = _tracker.createInstance<ForStmtContext>(_ctx, getState());
  enterRule(_localctx, 78, LmpParser::RuleForStmt);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(511);
    match(LmpParser::FOR);
    setState(512);
    match(LmpParser::ID);
    setState(513);
    match(LmpParser::IN);
    setState(514);
    expr(0);
    setState(515);
    block();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- WhileStmtContext ------------------------------------------------------------------

LmpParser::WhileStmtContext::WhileStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::WhileStmtContext::WHILE() {
  return getToken(LmpParser::WHILE, 0);
}

LmpParser::BlockContext* LmpParser::WhileStmtContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

std::vector<LmpParser::ExprContext *> LmpParser::WhileStmtContext::expr() {
  return getRuleContexts<LmpParser::ExprContext>();
}

LmpParser::ExprContext* LmpParser::WhileStmtContext::expr(size_t i) {
  return getRuleContext<LmpParser::ExprContext>(i);
}

tree::TerminalNode* LmpParser::WhileStmtContext::LIMIT() {
  return getToken(LmpParser::LIMIT, 0);
}


size_t LmpParser::WhileStmtContext::getRuleIndex() const {
  return LmpParser::RuleWhileStmt;
}


LmpParser::WhileStmtContext* LmpParser::whileStmt() {
  WhileStmtContext *_localctx = _tracker.createInstance<WhileStmtContext>(_ctx, getState());
  enterRule(_localctx, 80, LmpParser::RuleWhileStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(517);
    match(LmpParser::WHILE);
    setState(519);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if ((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::LMAP)
      | (1ULL << LmpParser::FORK)
      | (1ULL << LmpParser::TRY)
      | (1ULL << LmpParser::CONTEXT)
      | (1ULL << LmpParser::NOT)
      | (1ULL << LmpParser::DURATION)
      | (1ULL << LmpParser::FLOAT)
      | (1ULL << LmpParser::INT)
      | (1ULL << LmpParser::REGEX)
      | (1ULL << LmpParser::RAWBLOCK)
      | (1ULL << LmpParser::RAWSTR)
      | (1ULL << LmpParser::BLOCK_OPEN)
      | (1ULL << LmpParser::STR_OPEN)
      | (1ULL << LmpParser::ID)
      | (1ULL << LmpParser::LPAREN))) != 0) || _la == LmpParser::LBRACK

    || _la == LmpParser::MINUS) {
      setState(518);
      expr(0);
    }
    setState(523);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::LIMIT) {
      setState(521);
      match(LmpParser::LIMIT);
      setState(522);
      expr(0);
    }
    setState(525);
    block();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- MatchStmtContext ------------------------------------------------------------------

LmpParser::MatchStmtContext::MatchStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::MatchStmtContext::MATCH() {
  return getToken(LmpParser::MATCH, 0);
}

LmpParser::ExprContext* LmpParser::MatchStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::MatchStmtContext::LBRACE() {
  return getToken(LmpParser::LBRACE, 0);
}

tree::TerminalNode* LmpParser::MatchStmtContext::RBRACE() {
  return getToken(LmpParser::RBRACE, 0);
}

std::vector<LmpParser::ArmContext *> LmpParser::MatchStmtContext::arm() {
  return getRuleContexts<LmpParser::ArmContext>();
}

LmpParser::ArmContext* LmpParser::MatchStmtContext::arm(size_t i) {
  return getRuleContext<LmpParser::ArmContext>(i);
}

LmpParser::MatchElseContext* LmpParser::MatchStmtContext::matchElse() {
  return getRuleContext<LmpParser::MatchElseContext>(0);
}


size_t LmpParser::MatchStmtContext::getRuleIndex() const {
  return LmpParser::RuleMatchStmt;
}


LmpParser::MatchStmtContext* LmpParser::matchStmt() {
  MatchStmtContext *_localctx = _tracker.createInstance<MatchStmtContext>(_ctx, getState());
  enterRule(_localctx, 82, LmpParser::RuleMatchStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(527);
    match(LmpParser::MATCH);
    setState(528);
    expr(0);
    setState(529);
    match(LmpParser::LBRACE);
    setState(533);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while ((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::ERROR)
      | (1ULL << LmpParser::INT)
      | (1ULL << LmpParser::RAWBLOCK)
      | (1ULL << LmpParser::RAWSTR)
      | (1ULL << LmpParser::BLOCK_OPEN)
      | (1ULL << LmpParser::STR_OPEN)
      | (1ULL << LmpParser::ID))) != 0) || _la == LmpParser::MINUS) {
      setState(530);
      arm();
      setState(535);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
    setState(537);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::ELSE) {
      setState(536);
      matchElse();
    }
    setState(539);
    match(LmpParser::RBRACE);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- MatchElseContext ------------------------------------------------------------------

LmpParser::MatchElseContext::MatchElseContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::MatchElseContext::ELSE() {
  return getToken(LmpParser::ELSE, 0);
}

tree::TerminalNode* LmpParser::MatchElseContext::FATARROW() {
  return getToken(LmpParser::FATARROW, 0);
}

LmpParser::BlockContext* LmpParser::MatchElseContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

LmpParser::StmtContext* LmpParser::MatchElseContext::stmt() {
  return getRuleContext<LmpParser::StmtContext>(0);
}

tree::TerminalNode* LmpParser::MatchElseContext::COMMA() {
  return getToken(LmpParser::COMMA, 0);
}


size_t LmpParser::MatchElseContext::getRuleIndex() const {
  return LmpParser::RuleMatchElse;
}


LmpParser::MatchElseContext* LmpParser::matchElse() {
  MatchElseContext *_localctx = _tracker.createInstance<MatchElseContext>(_ctx, getState());
  enterRule(_localctx, 84, LmpParser::RuleMatchElse);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(541);
    match(LmpParser::ELSE);
    setState(542);
    match(LmpParser::FATARROW);
    setState(545);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::LBRACE: {
        setState(543);
        block();
        break;
      }

      case LmpParser::ERROR:
      case LmpParser::LET:
      case LmpParser::VAR:
      case LmpParser::RETURN:
      case LmpParser::YIELD:
      case LmpParser::BREAK:
      case LmpParser::CONTINUE:
      case LmpParser::EMIT:
      case LmpParser::IF:
      case LmpParser::FOR:
      case LmpParser::WHILE:
      case LmpParser::MATCH:
      case LmpParser::TRY:
      case LmpParser::CHECK:
      case LmpParser::MOCK:
      case LmpParser::GEN:
      case LmpParser::SELECT:
      case LmpParser::INSERT:
      case LmpParser::ON:
      case LmpParser::SYSTEM:
      case LmpParser::USER:
      case LmpParser::ASSISTANT:
      case LmpParser::OBSERVE:
      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN:
      case LmpParser::ID:
      case LmpParser::AT: {
        setState(544);
        stmt();
        break;
      }

    default:
      throw NoViableAltException(this);
    }
    setState(548);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::COMMA) {
      setState(547);
      match(LmpParser::COMMA);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ArmContext ------------------------------------------------------------------

LmpParser::ArmContext::ArmContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

std::vector<LmpParser::PatternContext *> LmpParser::ArmContext::pattern() {
  return getRuleContexts<LmpParser::PatternContext>();
}

LmpParser::PatternContext* LmpParser::ArmContext::pattern(size_t i) {
  return getRuleContext<LmpParser::PatternContext>(i);
}

tree::TerminalNode* LmpParser::ArmContext::FATARROW() {
  return getToken(LmpParser::FATARROW, 0);
}

LmpParser::BlockContext* LmpParser::ArmContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

LmpParser::StmtContext* LmpParser::ArmContext::stmt() {
  return getRuleContext<LmpParser::StmtContext>(0);
}

std::vector<tree::TerminalNode *> LmpParser::ArmContext::PIPE() {
  return getTokens(LmpParser::PIPE);
}

tree::TerminalNode* LmpParser::ArmContext::PIPE(size_t i) {
  return getToken(LmpParser::PIPE, i);
}

tree::TerminalNode* LmpParser::ArmContext::COMMA() {
  return getToken(LmpParser::COMMA, 0);
}

tree::TerminalNode* LmpParser::ArmContext::ERROR() {
  return getToken(LmpParser::ERROR, 0);
}


size_t LmpParser::ArmContext::getRuleIndex() const {
  return LmpParser::RuleArm;
}


LmpParser::ArmContext* LmpParser::arm() {
  ArmContext *_localctx = _tracker.createInstance<ArmContext>(_ctx, getState());
  enterRule(_localctx, 86, LmpParser::RuleArm);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(567);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::INT:
      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN:
      case LmpParser::ID:
      case LmpParser::MINUS: {
        enterOuterAlt(_localctx, 1);
        setState(550);
        pattern();
        setState(555);
        _errHandler->sync(this);
        _la = _input->LA(1);
        while (_la == LmpParser::PIPE) {
          setState(551);
          match(LmpParser::PIPE);
          setState(552);
          pattern();
          setState(557);
          _errHandler->sync(this);
          _la = _input->LA(1);
        }
        setState(558);
        match(LmpParser::FATARROW);
        setState(561);
        _errHandler->sync(this);
        switch (_input->LA(1)) {
          case LmpParser::LBRACE: {
            setState(559);
            block();
            break;
          }

          case LmpParser::ERROR:
          case LmpParser::LET:
          case LmpParser::VAR:
          case LmpParser::RETURN:
          case LmpParser::YIELD:
          case LmpParser::BREAK:
          case LmpParser::CONTINUE:
          case LmpParser::EMIT:
          case LmpParser::IF:
          case LmpParser::FOR:
          case LmpParser::WHILE:
          case LmpParser::MATCH:
          case LmpParser::TRY:
          case LmpParser::CHECK:
          case LmpParser::MOCK:
          case LmpParser::GEN:
          case LmpParser::SELECT:
          case LmpParser::INSERT:
          case LmpParser::ON:
          case LmpParser::SYSTEM:
          case LmpParser::USER:
          case LmpParser::ASSISTANT:
          case LmpParser::OBSERVE:
          case LmpParser::RAWBLOCK:
          case LmpParser::RAWSTR:
          case LmpParser::BLOCK_OPEN:
          case LmpParser::STR_OPEN:
          case LmpParser::ID:
          case LmpParser::AT: {
            setState(560);
            stmt();
            break;
          }

        default:
          throw NoViableAltException(this);
        }
        setState(564);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if (_la == LmpParser::COMMA) {
          setState(563);
          match(LmpParser::COMMA);
        }
        break;
      }

      case LmpParser::ERROR: {
        enterOuterAlt(_localctx, 2);
        setState(566);
        match(LmpParser::ERROR);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- PatternContext ------------------------------------------------------------------

LmpParser::PatternContext::PatternContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::QnameContext* LmpParser::PatternContext::qname() {
  return getRuleContext<LmpParser::QnameContext>(0);
}

tree::TerminalNode* LmpParser::PatternContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

tree::TerminalNode* LmpParser::PatternContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::PatternContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

LmpParser::StringContext* LmpParser::PatternContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}

tree::TerminalNode* LmpParser::PatternContext::INT() {
  return getToken(LmpParser::INT, 0);
}

tree::TerminalNode* LmpParser::PatternContext::MINUS() {
  return getToken(LmpParser::MINUS, 0);
}


size_t LmpParser::PatternContext::getRuleIndex() const {
  return LmpParser::RulePattern;
}


LmpParser::PatternContext* LmpParser::pattern() {
  PatternContext *_localctx = _tracker.createInstance<PatternContext>(_ctx, getState());
  enterRule(_localctx, 88, LmpParser::RulePattern);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(580);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::ID: {
        enterOuterAlt(_localctx, 1);
        setState(569);
        qname();
        setState(573);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if (_la == LmpParser::LPAREN) {
          setState(570);
          match(LmpParser::LPAREN);
          setState(571);
          match(LmpParser::ID);
          setState(572);
          match(LmpParser::RPAREN);
        }
        break;
      }

      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN: {
        enterOuterAlt(_localctx, 2);
        setState(575);
        string();
        break;
      }

      case LmpParser::INT:
      case LmpParser::MINUS: {
        enterOuterAlt(_localctx, 3);
        setState(577);
        _errHandler->sync(this);

        _la = _input->LA(1);
        if (_la == LmpParser::MINUS) {
          setState(576);
          match(LmpParser::MINUS);
        }
        setState(579);
        match(LmpParser::INT);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- TryStmtContext ------------------------------------------------------------------

LmpParser::TryStmtContext::TryStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::TryStmtContext::TRY() {
  return getToken(LmpParser::TRY, 0);
}

LmpParser::WithArgsContext* LmpParser::TryStmtContext::withArgs() {
  return getRuleContext<LmpParser::WithArgsContext>(0);
}

LmpParser::BlockContext* LmpParser::TryStmtContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

LmpParser::CatchPartContext* LmpParser::TryStmtContext::catchPart() {
  return getRuleContext<LmpParser::CatchPartContext>(0);
}


size_t LmpParser::TryStmtContext::getRuleIndex() const {
  return LmpParser::RuleTryStmt;
}


LmpParser::TryStmtContext* LmpParser::tryStmt() {
  TryStmtContext *_localctx = _tracker.createInstance<TryStmtContext>(_ctx, getState());
  enterRule(_localctx, 90, LmpParser::RuleTryStmt);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(582);
    match(LmpParser::TRY);
    setState(591);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::WITH: {
        setState(583);
        withArgs();
        setState(584);
        block();
        setState(586);
        _errHandler->sync(this);

        switch (getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 73, _ctx)) {
        case 1: {
          setState(585);
          catchPart();
          break;
        }

        }
        break;
      }

      case LmpParser::LBRACE: {
        setState(588);
        block();
        setState(589);
        catchPart();
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- CatchPartContext ------------------------------------------------------------------

LmpParser::CatchPartContext::CatchPartContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::CatchPartContext::ELSE() {
  return getToken(LmpParser::ELSE, 0);
}

LmpParser::BlockContext* LmpParser::CatchPartContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

tree::TerminalNode* LmpParser::CatchPartContext::ID() {
  return getToken(LmpParser::ID, 0);
}


size_t LmpParser::CatchPartContext::getRuleIndex() const {
  return LmpParser::RuleCatchPart;
}


LmpParser::CatchPartContext* LmpParser::catchPart() {
  CatchPartContext *_localctx = _tracker.createInstance<CatchPartContext>(_ctx, getState());
  enterRule(_localctx, 92, LmpParser::RuleCatchPart);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(593);
    match(LmpParser::ELSE);
    setState(595);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::ID) {
      setState(594);
      match(LmpParser::ID);
    }
    setState(597);
    block();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ExitStmtContext ------------------------------------------------------------------

LmpParser::ExitStmtContext::ExitStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::ExprContext* LmpParser::ExitStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::ExitStmtContext::RETURN() {
  return getToken(LmpParser::RETURN, 0);
}

tree::TerminalNode* LmpParser::ExitStmtContext::YIELD() {
  return getToken(LmpParser::YIELD, 0);
}

tree::TerminalNode* LmpParser::ExitStmtContext::BREAK() {
  return getToken(LmpParser::BREAK, 0);
}

tree::TerminalNode* LmpParser::ExitStmtContext::CONTINUE() {
  return getToken(LmpParser::CONTINUE, 0);
}


size_t LmpParser::ExitStmtContext::getRuleIndex() const {
  return LmpParser::RuleExitStmt;
}


LmpParser::ExitStmtContext* LmpParser::exitStmt() {
  ExitStmtContext *_localctx = _tracker.createInstance<ExitStmtContext>(_ctx, getState());
  enterRule(_localctx, 94, LmpParser::RuleExitStmt);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(603);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::RETURN:
      case LmpParser::YIELD: {
        enterOuterAlt(_localctx, 1);
        setState(599);
        _la = _input->LA(1);
        if (!(_la == LmpParser::RETURN

        || _la == LmpParser::YIELD)) {
        _errHandler->recoverInline(this);
        }
        else {
          _errHandler->reportMatch(this);
          consume();
        }
        setState(600);
        expr(0);
        break;
      }

      case LmpParser::BREAK: {
        enterOuterAlt(_localctx, 2);
        setState(601);
        match(LmpParser::BREAK);
        break;
      }

      case LmpParser::CONTINUE: {
        enterOuterAlt(_localctx, 3);
        setState(602);
        match(LmpParser::CONTINUE);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- EmitStmtContext ------------------------------------------------------------------

LmpParser::EmitStmtContext::EmitStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::EmitStmtContext::EMIT() {
  return getToken(LmpParser::EMIT, 0);
}

LmpParser::ExprContext* LmpParser::EmitStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}


size_t LmpParser::EmitStmtContext::getRuleIndex() const {
  return LmpParser::RuleEmitStmt;
}


LmpParser::EmitStmtContext* LmpParser::emitStmt() {
  EmitStmtContext *_localctx = _tracker.createInstance<EmitStmtContext>(_ctx, getState());
  enterRule(_localctx, 96, LmpParser::RuleEmitStmt);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(605);
    match(LmpParser::EMIT);
    setState(606);
    expr(0);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- CheckStmtContext ------------------------------------------------------------------

LmpParser::CheckStmtContext::CheckStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::CheckStmtContext::CHECK() {
  return getToken(LmpParser::CHECK, 0);
}

LmpParser::ExprContext* LmpParser::CheckStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::CheckStmtContext::COMMA() {
  return getToken(LmpParser::COMMA, 0);
}

LmpParser::StringContext* LmpParser::CheckStmtContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}


size_t LmpParser::CheckStmtContext::getRuleIndex() const {
  return LmpParser::RuleCheckStmt;
}


LmpParser::CheckStmtContext* LmpParser::checkStmt() {
  CheckStmtContext *_localctx = _tracker.createInstance<CheckStmtContext>(_ctx, getState());
  enterRule(_localctx, 98, LmpParser::RuleCheckStmt);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(608);
    match(LmpParser::CHECK);
    setState(609);
    expr(0);
    setState(612);
    _errHandler->sync(this);

    switch (getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 77, _ctx)) {
    case 1: {
      setState(610);
      match(LmpParser::COMMA);
      setState(611);
      string();
      break;
    }

    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- MockStmtContext ------------------------------------------------------------------

LmpParser::MockStmtContext::MockStmtContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::MockStmtContext::MOCK() {
  return getToken(LmpParser::MOCK, 0);
}

LmpParser::QnameContext* LmpParser::MockStmtContext::qname() {
  return getRuleContext<LmpParser::QnameContext>(0);
}

tree::TerminalNode* LmpParser::MockStmtContext::ASSIGN() {
  return getToken(LmpParser::ASSIGN, 0);
}

LmpParser::ExprContext* LmpParser::MockStmtContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}


size_t LmpParser::MockStmtContext::getRuleIndex() const {
  return LmpParser::RuleMockStmt;
}


LmpParser::MockStmtContext* LmpParser::mockStmt() {
  MockStmtContext *_localctx = _tracker.createInstance<MockStmtContext>(_ctx, getState());
  enterRule(_localctx, 100, LmpParser::RuleMockStmt);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(614);
    match(LmpParser::MOCK);
    setState(615);
    qname();
    setState(616);
    match(LmpParser::ASSIGN);
    setState(617);
    expr(0);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- WithArgsContext ------------------------------------------------------------------

LmpParser::WithArgsContext::WithArgsContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::WithArgsContext::WITH() {
  return getToken(LmpParser::WITH, 0);
}

std::vector<LmpParser::ArgContext *> LmpParser::WithArgsContext::arg() {
  return getRuleContexts<LmpParser::ArgContext>();
}

LmpParser::ArgContext* LmpParser::WithArgsContext::arg(size_t i) {
  return getRuleContext<LmpParser::ArgContext>(i);
}

std::vector<tree::TerminalNode *> LmpParser::WithArgsContext::COMMA() {
  return getTokens(LmpParser::COMMA);
}

tree::TerminalNode* LmpParser::WithArgsContext::COMMA(size_t i) {
  return getToken(LmpParser::COMMA, i);
}


size_t LmpParser::WithArgsContext::getRuleIndex() const {
  return LmpParser::RuleWithArgs;
}


LmpParser::WithArgsContext* LmpParser::withArgs() {
  WithArgsContext *_localctx = _tracker.createInstance<WithArgsContext>(_ctx, getState());
  enterRule(_localctx, 102, LmpParser::RuleWithArgs);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    size_t alt;
    enterOuterAlt(_localctx, 1);
    setState(619);
    match(LmpParser::WITH);
    setState(620);
    arg();
    setState(625);
    _errHandler->sync(this);
    alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 78, _ctx);
    while (alt != 2 && alt != atn::ATN::INVALID_ALT_NUMBER) {
      if (alt == 1) {
        setState(621);
        match(LmpParser::COMMA);
        setState(622);
        arg(); 
      }
      setState(627);
      _errHandler->sync(this);
      alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 78, _ctx);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ArgsContext ------------------------------------------------------------------

LmpParser::ArgsContext::ArgsContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

std::vector<LmpParser::ArgContext *> LmpParser::ArgsContext::arg() {
  return getRuleContexts<LmpParser::ArgContext>();
}

LmpParser::ArgContext* LmpParser::ArgsContext::arg(size_t i) {
  return getRuleContext<LmpParser::ArgContext>(i);
}

std::vector<tree::TerminalNode *> LmpParser::ArgsContext::COMMA() {
  return getTokens(LmpParser::COMMA);
}

tree::TerminalNode* LmpParser::ArgsContext::COMMA(size_t i) {
  return getToken(LmpParser::COMMA, i);
}


size_t LmpParser::ArgsContext::getRuleIndex() const {
  return LmpParser::RuleArgs;
}


LmpParser::ArgsContext* LmpParser::args() {
  ArgsContext *_localctx = _tracker.createInstance<ArgsContext>(_ctx, getState());
  enterRule(_localctx, 104, LmpParser::RuleArgs);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    size_t alt;
    enterOuterAlt(_localctx, 1);
    setState(628);
    arg();
    setState(633);
    _errHandler->sync(this);
    alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 79, _ctx);
    while (alt != 2 && alt != atn::ATN::INVALID_ALT_NUMBER) {
      if (alt == 1) {
        setState(629);
        match(LmpParser::COMMA);
        setState(630);
        arg(); 
      }
      setState(635);
      _errHandler->sync(this);
      alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 79, _ctx);
    }
    setState(637);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::COMMA) {
      setState(636);
      match(LmpParser::COMMA);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ArgContext ------------------------------------------------------------------

LmpParser::ArgContext::ArgContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::ExprContext* LmpParser::ArgContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::ArgContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::ArgContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}


size_t LmpParser::ArgContext::getRuleIndex() const {
  return LmpParser::RuleArg;
}


LmpParser::ArgContext* LmpParser::arg() {
  ArgContext *_localctx = _tracker.createInstance<ArgContext>(_ctx, getState());
  enterRule(_localctx, 106, LmpParser::RuleArg);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(641);
    _errHandler->sync(this);

    switch (getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 81, _ctx)) {
    case 1: {
      setState(639);
      match(LmpParser::ID);
      setState(640);
      match(LmpParser::COLON);
      break;
    }

    }
    setState(643);
    expr(0);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ExprContext ------------------------------------------------------------------

LmpParser::ExprContext::ExprContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}


size_t LmpParser::ExprContext::getRuleIndex() const {
  return LmpParser::RuleExpr;
}

void LmpParser::ExprContext::copyFrom(ExprContext *ctx) {
  ParserRuleContext::copyFrom(ctx);
}

//----------------- IndexExprContext ------------------------------------------------------------------

std::vector<LmpParser::ExprContext *> LmpParser::IndexExprContext::expr() {
  return getRuleContexts<LmpParser::ExprContext>();
}

LmpParser::ExprContext* LmpParser::IndexExprContext::expr(size_t i) {
  return getRuleContext<LmpParser::ExprContext>(i);
}

tree::TerminalNode* LmpParser::IndexExprContext::LBRACK() {
  return getToken(LmpParser::LBRACK, 0);
}

tree::TerminalNode* LmpParser::IndexExprContext::RBRACK() {
  return getToken(LmpParser::RBRACK, 0);
}

tree::TerminalNode* LmpParser::IndexExprContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}

LmpParser::IndexExprContext::IndexExprContext(ExprContext *ctx) { copyFrom(ctx); }


//----------------- NegateExprContext ------------------------------------------------------------------

tree::TerminalNode* LmpParser::NegateExprContext::MINUS() {
  return getToken(LmpParser::MINUS, 0);
}

LmpParser::ExprContext* LmpParser::NegateExprContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::NegateExprContext::NegateExprContext(ExprContext *ctx) { copyFrom(ctx); }


//----------------- NotExprContext ------------------------------------------------------------------

tree::TerminalNode* LmpParser::NotExprContext::NOT() {
  return getToken(LmpParser::NOT, 0);
}

LmpParser::ExprContext* LmpParser::NotExprContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::NotExprContext::NotExprContext(ExprContext *ctx) { copyFrom(ctx); }


//----------------- PrimaryExprContext ------------------------------------------------------------------

LmpParser::PrimaryContext* LmpParser::PrimaryExprContext::primary() {
  return getRuleContext<LmpParser::PrimaryContext>(0);
}

LmpParser::PrimaryExprContext::PrimaryExprContext(ExprContext *ctx) { copyFrom(ctx); }


//----------------- TryExprContext ------------------------------------------------------------------

tree::TerminalNode* LmpParser::TryExprContext::TRY() {
  return getToken(LmpParser::TRY, 0);
}

std::vector<LmpParser::ExprContext *> LmpParser::TryExprContext::expr() {
  return getRuleContexts<LmpParser::ExprContext>();
}

LmpParser::ExprContext* LmpParser::TryExprContext::expr(size_t i) {
  return getRuleContext<LmpParser::ExprContext>(i);
}

tree::TerminalNode* LmpParser::TryExprContext::ELSE() {
  return getToken(LmpParser::ELSE, 0);
}

LmpParser::TryExprContext::TryExprContext(ExprContext *ctx) { copyFrom(ctx); }


//----------------- BinaryExprContext ------------------------------------------------------------------

std::vector<LmpParser::ExprContext *> LmpParser::BinaryExprContext::expr() {
  return getRuleContexts<LmpParser::ExprContext>();
}

LmpParser::ExprContext* LmpParser::BinaryExprContext::expr(size_t i) {
  return getRuleContext<LmpParser::ExprContext>(i);
}

tree::TerminalNode* LmpParser::BinaryExprContext::STAR() {
  return getToken(LmpParser::STAR, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::SLASH() {
  return getToken(LmpParser::SLASH, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::PERCENT() {
  return getToken(LmpParser::PERCENT, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::PLUS() {
  return getToken(LmpParser::PLUS, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::MINUS() {
  return getToken(LmpParser::MINUS, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::RANGE() {
  return getToken(LmpParser::RANGE, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::EQ() {
  return getToken(LmpParser::EQ, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::NE() {
  return getToken(LmpParser::NE, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::LT() {
  return getToken(LmpParser::LT, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::LE() {
  return getToken(LmpParser::LE, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::GT() {
  return getToken(LmpParser::GT, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::GE() {
  return getToken(LmpParser::GE, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::IN() {
  return getToken(LmpParser::IN, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::NOT() {
  return getToken(LmpParser::NOT, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::AND() {
  return getToken(LmpParser::AND, 0);
}

tree::TerminalNode* LmpParser::BinaryExprContext::OR() {
  return getToken(LmpParser::OR, 0);
}

LmpParser::BinaryExprContext::BinaryExprContext(ExprContext *ctx) { copyFrom(ctx); }


//----------------- CallExprContext ------------------------------------------------------------------

LmpParser::ExprContext* LmpParser::CallExprContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::CallExprContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

tree::TerminalNode* LmpParser::CallExprContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

LmpParser::ArgsContext* LmpParser::CallExprContext::args() {
  return getRuleContext<LmpParser::ArgsContext>(0);
}

LmpParser::CallExprContext::CallExprContext(ExprContext *ctx) { copyFrom(ctx); }


//----------------- FieldExprContext ------------------------------------------------------------------

LmpParser::ExprContext* LmpParser::FieldExprContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::FieldExprContext::DOT() {
  return getToken(LmpParser::DOT, 0);
}

tree::TerminalNode* LmpParser::FieldExprContext::ID() {
  return getToken(LmpParser::ID, 0);
}

LmpParser::FieldExprContext::FieldExprContext(ExprContext *ctx) { copyFrom(ctx); }


//----------------- ConditionalExprContext ------------------------------------------------------------------

std::vector<LmpParser::ExprContext *> LmpParser::ConditionalExprContext::expr() {
  return getRuleContexts<LmpParser::ExprContext>();
}

LmpParser::ExprContext* LmpParser::ConditionalExprContext::expr(size_t i) {
  return getRuleContext<LmpParser::ExprContext>(i);
}

tree::TerminalNode* LmpParser::ConditionalExprContext::QUESTION() {
  return getToken(LmpParser::QUESTION, 0);
}

tree::TerminalNode* LmpParser::ConditionalExprContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}

LmpParser::ConditionalExprContext::ConditionalExprContext(ExprContext *ctx) { copyFrom(ctx); }



LmpParser::ExprContext* LmpParser::expr() {
   return expr(0);
}

LmpParser::ExprContext* LmpParser::expr(int precedence) {
  ParserRuleContext *parentContext = _ctx;
  size_t parentState = getState();
  LmpParser::ExprContext *_localctx = _tracker.createInstance<ExprContext>(_ctx, parentState);
  LmpParser::ExprContext *previousContext = _localctx;
  (void)previousContext; // Silence compiler, in case the context is not used by generated code.
  size_t startState = 108;
  enterRecursionRule(_localctx, 108, LmpParser::RuleExpr, precedence);

    size_t _la = 0;

  auto onExit = finally([=] {
    unrollRecursionContexts(parentContext);
  });
  try {
    size_t alt;
    enterOuterAlt(_localctx, 1);
    setState(656);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::MINUS: {
        _localctx = _tracker.createInstance<NegateExprContext>(_localctx);
        _ctx = _localctx;
        previousContext = _localctx;

        setState(646);
        match(LmpParser::MINUS);
        setState(647);
        expr(11);
        break;
      }

      case LmpParser::NOT: {
        _localctx = _tracker.createInstance<NotExprContext>(_localctx);
        _ctx = _localctx;
        previousContext = _localctx;
        setState(648);
        match(LmpParser::NOT);
        setState(649);
        expr(6);
        break;
      }

      case LmpParser::TRY: {
        _localctx = _tracker.createInstance<TryExprContext>(_localctx);
        _ctx = _localctx;
        previousContext = _localctx;
        setState(650);
        match(LmpParser::TRY);
        setState(651);
        expr(0);
        setState(652);
        match(LmpParser::ELSE);
        setState(653);
        expr(2);
        break;
      }

      case LmpParser::LMAP:
      case LmpParser::FORK:
      case LmpParser::CONTEXT:
      case LmpParser::DURATION:
      case LmpParser::FLOAT:
      case LmpParser::INT:
      case LmpParser::REGEX:
      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN:
      case LmpParser::ID:
      case LmpParser::LPAREN:
      case LmpParser::LBRACK: {
        _localctx = _tracker.createInstance<PrimaryExprContext>(_localctx);
        _ctx = _localctx;
        previousContext = _localctx;
        setState(655);
        primary();
        break;
      }

    default:
      throw NoViableAltException(this);
    }
    _ctx->stop = _input->LT(-1);
    setState(713);
    _errHandler->sync(this);
    alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 88, _ctx);
    while (alt != 2 && alt != atn::ATN::INVALID_ALT_NUMBER) {
      if (alt == 1) {
        if (!_parseListeners.empty())
          triggerExitRuleEvent();
        previousContext = _localctx;
        setState(711);
        _errHandler->sync(this);
        switch (getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 87, _ctx)) {
        case 1: {
          auto newContext = _tracker.createInstance<BinaryExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(658);

          if (!(precpred(_ctx, 10))) throw FailedPredicateException(this, "precpred(_ctx, 10)");
          setState(659);
          _la = _input->LA(1);
          if (!(((((_la - 84) & ~ 0x3fULL) == 0) &&
            ((1ULL << (_la - 84)) & ((1ULL << (LmpParser::STAR - 84))
            | (1ULL << (LmpParser::SLASH - 84))
            | (1ULL << (LmpParser::PERCENT - 84)))) != 0))) {
          _errHandler->recoverInline(this);
          }
          else {
            _errHandler->reportMatch(this);
            consume();
          }
          setState(660);
          expr(11);
          break;
        }

        case 2: {
          auto newContext = _tracker.createInstance<BinaryExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(661);

          if (!(precpred(_ctx, 9))) throw FailedPredicateException(this, "precpred(_ctx, 9)");
          setState(662);
          _la = _input->LA(1);
          if (!(_la == LmpParser::PLUS

          || _la == LmpParser::MINUS)) {
          _errHandler->recoverInline(this);
          }
          else {
            _errHandler->reportMatch(this);
            consume();
          }
          setState(663);
          expr(10);
          break;
        }

        case 3: {
          auto newContext = _tracker.createInstance<BinaryExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(664);

          if (!(precpred(_ctx, 8))) throw FailedPredicateException(this, "precpred(_ctx, 8)");
          setState(665);
          match(LmpParser::RANGE);
          setState(666);
          expr(9);
          break;
        }

        case 4: {
          auto newContext = _tracker.createInstance<BinaryExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(667);

          if (!(precpred(_ctx, 7))) throw FailedPredicateException(this, "precpred(_ctx, 7)");
          setState(678);
          _errHandler->sync(this);
          switch (_input->LA(1)) {
            case LmpParser::EQ: {
              setState(668);
              match(LmpParser::EQ);
              break;
            }

            case LmpParser::NE: {
              setState(669);
              match(LmpParser::NE);
              break;
            }

            case LmpParser::LT: {
              setState(670);
              match(LmpParser::LT);
              break;
            }

            case LmpParser::LE: {
              setState(671);
              match(LmpParser::LE);
              break;
            }

            case LmpParser::GT: {
              setState(672);
              match(LmpParser::GT);
              break;
            }

            case LmpParser::GE: {
              setState(673);
              match(LmpParser::GE);
              break;
            }

            case LmpParser::IN:
            case LmpParser::NOT: {
              setState(675);
              _errHandler->sync(this);

              _la = _input->LA(1);
              if (_la == LmpParser::NOT) {
                setState(674);
                match(LmpParser::NOT);
              }
              setState(677);
              match(LmpParser::IN);
              break;
            }

          default:
            throw NoViableAltException(this);
          }
          setState(680);
          expr(8);
          break;
        }

        case 5: {
          auto newContext = _tracker.createInstance<BinaryExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(681);

          if (!(precpred(_ctx, 5))) throw FailedPredicateException(this, "precpred(_ctx, 5)");
          setState(682);
          match(LmpParser::AND);
          setState(683);
          expr(6);
          break;
        }

        case 6: {
          auto newContext = _tracker.createInstance<BinaryExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(684);

          if (!(precpred(_ctx, 4))) throw FailedPredicateException(this, "precpred(_ctx, 4)");
          setState(685);
          match(LmpParser::OR);
          setState(686);
          expr(5);
          break;
        }

        case 7: {
          auto newContext = _tracker.createInstance<ConditionalExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(687);

          if (!(precpred(_ctx, 3))) throw FailedPredicateException(this, "precpred(_ctx, 3)");
          setState(688);
          match(LmpParser::QUESTION);
          setState(689);
          expr(0);
          setState(690);
          match(LmpParser::COLON);
          setState(691);
          expr(3);
          break;
        }

        case 8: {
          auto newContext = _tracker.createInstance<FieldExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(693);

          if (!(precpred(_ctx, 14))) throw FailedPredicateException(this, "precpred(_ctx, 14)");
          setState(694);
          match(LmpParser::DOT);
          setState(695);
          match(LmpParser::ID);
          break;
        }

        case 9: {
          auto newContext = _tracker.createInstance<CallExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(696);

          if (!(precpred(_ctx, 13))) throw FailedPredicateException(this, "precpred(_ctx, 13)");
          setState(697);
          match(LmpParser::LPAREN);
          setState(699);
          _errHandler->sync(this);

          _la = _input->LA(1);
          if ((((_la & ~ 0x3fULL) == 0) &&
            ((1ULL << _la) & ((1ULL << LmpParser::LMAP)
            | (1ULL << LmpParser::FORK)
            | (1ULL << LmpParser::TRY)
            | (1ULL << LmpParser::CONTEXT)
            | (1ULL << LmpParser::NOT)
            | (1ULL << LmpParser::DURATION)
            | (1ULL << LmpParser::FLOAT)
            | (1ULL << LmpParser::INT)
            | (1ULL << LmpParser::REGEX)
            | (1ULL << LmpParser::RAWBLOCK)
            | (1ULL << LmpParser::RAWSTR)
            | (1ULL << LmpParser::BLOCK_OPEN)
            | (1ULL << LmpParser::STR_OPEN)
            | (1ULL << LmpParser::ID)
            | (1ULL << LmpParser::LPAREN))) != 0) || _la == LmpParser::LBRACK

          || _la == LmpParser::MINUS) {
            setState(698);
            args();
          }
          setState(701);
          match(LmpParser::RPAREN);
          break;
        }

        case 10: {
          auto newContext = _tracker.createInstance<IndexExprContext>(_tracker.createInstance<ExprContext>(parentContext, parentState));
          _localctx = newContext;
          pushNewRecursionContext(newContext, startState, RuleExpr);
          setState(702);

          if (!(precpred(_ctx, 12))) throw FailedPredicateException(this, "precpred(_ctx, 12)");
          setState(703);
          match(LmpParser::LBRACK);
          setState(704);
          expr(0);
          setState(707);
          _errHandler->sync(this);

          _la = _input->LA(1);
          if (_la == LmpParser::COLON) {
            setState(705);
            match(LmpParser::COLON);
            setState(706);
            expr(0);
          }
          setState(709);
          match(LmpParser::RBRACK);
          break;
        }

        } 
      }
      setState(715);
      _errHandler->sync(this);
      alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 88, _ctx);
    }
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }
  return _localctx;
}

//----------------- PrimaryContext ------------------------------------------------------------------

LmpParser::PrimaryContext::PrimaryContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

LmpParser::StringContext* LmpParser::PrimaryContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}

tree::TerminalNode* LmpParser::PrimaryContext::INT() {
  return getToken(LmpParser::INT, 0);
}

tree::TerminalNode* LmpParser::PrimaryContext::FLOAT() {
  return getToken(LmpParser::FLOAT, 0);
}

tree::TerminalNode* LmpParser::PrimaryContext::DURATION() {
  return getToken(LmpParser::DURATION, 0);
}

tree::TerminalNode* LmpParser::PrimaryContext::REGEX() {
  return getToken(LmpParser::REGEX, 0);
}

tree::TerminalNode* LmpParser::PrimaryContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::PrimaryContext::LPAREN() {
  return getToken(LmpParser::LPAREN, 0);
}

LmpParser::ExprContext* LmpParser::PrimaryContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::PrimaryContext::RPAREN() {
  return getToken(LmpParser::RPAREN, 0);
}

LmpParser::ListLitContext* LmpParser::PrimaryContext::listLit() {
  return getRuleContext<LmpParser::ListLitContext>(0);
}

LmpParser::MapLitContext* LmpParser::PrimaryContext::mapLit() {
  return getRuleContext<LmpParser::MapLitContext>(0);
}

tree::TerminalNode* LmpParser::PrimaryContext::CONTEXT() {
  return getToken(LmpParser::CONTEXT, 0);
}

LmpParser::BlockContext* LmpParser::PrimaryContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

LmpParser::ForkExprContext* LmpParser::PrimaryContext::forkExpr() {
  return getRuleContext<LmpParser::ForkExprContext>(0);
}


size_t LmpParser::PrimaryContext::getRuleIndex() const {
  return LmpParser::RulePrimary;
}


LmpParser::PrimaryContext* LmpParser::primary() {
  PrimaryContext *_localctx = _tracker.createInstance<PrimaryContext>(_ctx, getState());
  enterRule(_localctx, 110, LmpParser::RulePrimary);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(731);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN: {
        enterOuterAlt(_localctx, 1);
        setState(716);
        string();
        break;
      }

      case LmpParser::INT: {
        enterOuterAlt(_localctx, 2);
        setState(717);
        match(LmpParser::INT);
        break;
      }

      case LmpParser::FLOAT: {
        enterOuterAlt(_localctx, 3);
        setState(718);
        match(LmpParser::FLOAT);
        break;
      }

      case LmpParser::DURATION: {
        enterOuterAlt(_localctx, 4);
        setState(719);
        match(LmpParser::DURATION);
        break;
      }

      case LmpParser::REGEX: {
        enterOuterAlt(_localctx, 5);
        setState(720);
        match(LmpParser::REGEX);
        break;
      }

      case LmpParser::ID: {
        enterOuterAlt(_localctx, 6);
        setState(721);
        match(LmpParser::ID);
        break;
      }

      case LmpParser::LPAREN: {
        enterOuterAlt(_localctx, 7);
        setState(722);
        match(LmpParser::LPAREN);
        setState(723);
        expr(0);
        setState(724);
        match(LmpParser::RPAREN);
        break;
      }

      case LmpParser::LBRACK: {
        enterOuterAlt(_localctx, 8);
        setState(726);
        listLit();
        break;
      }

      case LmpParser::LMAP: {
        enterOuterAlt(_localctx, 9);
        setState(727);
        mapLit();
        break;
      }

      case LmpParser::CONTEXT: {
        enterOuterAlt(_localctx, 10);
        setState(728);
        match(LmpParser::CONTEXT);
        setState(729);
        block();
        break;
      }

      case LmpParser::FORK: {
        enterOuterAlt(_localctx, 11);
        setState(730);
        forkExpr();
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ListLitContext ------------------------------------------------------------------

LmpParser::ListLitContext::ListLitContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::ListLitContext::LBRACK() {
  return getToken(LmpParser::LBRACK, 0);
}

tree::TerminalNode* LmpParser::ListLitContext::RBRACK() {
  return getToken(LmpParser::RBRACK, 0);
}

std::vector<LmpParser::ExprContext *> LmpParser::ListLitContext::expr() {
  return getRuleContexts<LmpParser::ExprContext>();
}

LmpParser::ExprContext* LmpParser::ListLitContext::expr(size_t i) {
  return getRuleContext<LmpParser::ExprContext>(i);
}

tree::TerminalNode* LmpParser::ListLitContext::FOR() {
  return getToken(LmpParser::FOR, 0);
}

tree::TerminalNode* LmpParser::ListLitContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::ListLitContext::IN() {
  return getToken(LmpParser::IN, 0);
}

tree::TerminalNode* LmpParser::ListLitContext::IF() {
  return getToken(LmpParser::IF, 0);
}

std::vector<tree::TerminalNode *> LmpParser::ListLitContext::COMMA() {
  return getTokens(LmpParser::COMMA);
}

tree::TerminalNode* LmpParser::ListLitContext::COMMA(size_t i) {
  return getToken(LmpParser::COMMA, i);
}


size_t LmpParser::ListLitContext::getRuleIndex() const {
  return LmpParser::RuleListLit;
}


LmpParser::ListLitContext* LmpParser::listLit() {
  ListLitContext *_localctx = _tracker.createInstance<ListLitContext>(_ctx, getState());
  enterRule(_localctx, 112, LmpParser::RuleListLit);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    size_t alt;
    enterOuterAlt(_localctx, 1);
    setState(733);
    match(LmpParser::LBRACK);
    setState(755);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if ((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::LMAP)
      | (1ULL << LmpParser::FORK)
      | (1ULL << LmpParser::TRY)
      | (1ULL << LmpParser::CONTEXT)
      | (1ULL << LmpParser::NOT)
      | (1ULL << LmpParser::DURATION)
      | (1ULL << LmpParser::FLOAT)
      | (1ULL << LmpParser::INT)
      | (1ULL << LmpParser::REGEX)
      | (1ULL << LmpParser::RAWBLOCK)
      | (1ULL << LmpParser::RAWSTR)
      | (1ULL << LmpParser::BLOCK_OPEN)
      | (1ULL << LmpParser::STR_OPEN)
      | (1ULL << LmpParser::ID)
      | (1ULL << LmpParser::LPAREN))) != 0) || _la == LmpParser::LBRACK

    || _la == LmpParser::MINUS) {
      setState(734);
      expr(0);
      setState(753);
      _errHandler->sync(this);
      switch (_input->LA(1)) {
        case LmpParser::FOR: {
          setState(735);
          match(LmpParser::FOR);
          setState(736);
          match(LmpParser::ID);
          setState(737);
          match(LmpParser::IN);
          setState(738);
          expr(0);
          setState(741);
          _errHandler->sync(this);

          _la = _input->LA(1);
          if (_la == LmpParser::IF) {
            setState(739);
            match(LmpParser::IF);
            setState(740);
            expr(0);
          }
          break;
        }

        case LmpParser::RBRACK:
        case LmpParser::COMMA: {
          setState(747);
          _errHandler->sync(this);
          alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 91, _ctx);
          while (alt != 2 && alt != atn::ATN::INVALID_ALT_NUMBER) {
            if (alt == 1) {
              setState(743);
              match(LmpParser::COMMA);
              setState(744);
              expr(0); 
            }
            setState(749);
            _errHandler->sync(this);
            alt = getInterpreter<atn::ParserATNSimulator>()->adaptivePredict(_input, 91, _ctx);
          }
          setState(751);
          _errHandler->sync(this);

          _la = _input->LA(1);
          if (_la == LmpParser::COMMA) {
            setState(750);
            match(LmpParser::COMMA);
          }
          break;
        }

      default:
        throw NoViableAltException(this);
      }
    }
    setState(757);
    match(LmpParser::RBRACK);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- ForkExprContext ------------------------------------------------------------------

LmpParser::ForkExprContext::ForkExprContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::ForkExprContext::FORK() {
  return getToken(LmpParser::FORK, 0);
}

tree::TerminalNode* LmpParser::ForkExprContext::ID() {
  return getToken(LmpParser::ID, 0);
}

tree::TerminalNode* LmpParser::ForkExprContext::IN() {
  return getToken(LmpParser::IN, 0);
}

LmpParser::ExprContext* LmpParser::ForkExprContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

LmpParser::BlockContext* LmpParser::ForkExprContext::block() {
  return getRuleContext<LmpParser::BlockContext>(0);
}

LmpParser::WithArgsContext* LmpParser::ForkExprContext::withArgs() {
  return getRuleContext<LmpParser::WithArgsContext>(0);
}


size_t LmpParser::ForkExprContext::getRuleIndex() const {
  return LmpParser::RuleForkExpr;
}


LmpParser::ForkExprContext* LmpParser::forkExpr() {
  ForkExprContext *_localctx = _tracker.createInstance<ForkExprContext>(_ctx, getState());
  enterRule(_localctx, 114, LmpParser::RuleForkExpr);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(759);
    match(LmpParser::FORK);
    setState(760);
    match(LmpParser::ID);
    setState(761);
    match(LmpParser::IN);
    setState(762);
    expr(0);
    setState(764);
    _errHandler->sync(this);

    _la = _input->LA(1);
    if (_la == LmpParser::WITH) {
      setState(763);
      withArgs();
    }
    setState(766);
    block();
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- MapLitContext ------------------------------------------------------------------

LmpParser::MapLitContext::MapLitContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::MapLitContext::LMAP() {
  return getToken(LmpParser::LMAP, 0);
}

tree::TerminalNode* LmpParser::MapLitContext::RBRACE() {
  return getToken(LmpParser::RBRACE, 0);
}

std::vector<LmpParser::PairContext *> LmpParser::MapLitContext::pair() {
  return getRuleContexts<LmpParser::PairContext>();
}

LmpParser::PairContext* LmpParser::MapLitContext::pair(size_t i) {
  return getRuleContext<LmpParser::PairContext>(i);
}

std::vector<tree::TerminalNode *> LmpParser::MapLitContext::COMMA() {
  return getTokens(LmpParser::COMMA);
}

tree::TerminalNode* LmpParser::MapLitContext::COMMA(size_t i) {
  return getToken(LmpParser::COMMA, i);
}


size_t LmpParser::MapLitContext::getRuleIndex() const {
  return LmpParser::RuleMapLit;
}


LmpParser::MapLitContext* LmpParser::mapLit() {
  MapLitContext *_localctx = _tracker.createInstance<MapLitContext>(_ctx, getState());
  enterRule(_localctx, 116, LmpParser::RuleMapLit);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(768);
    match(LmpParser::LMAP);
    setState(775);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while ((((_la & ~ 0x3fULL) == 0) &&
      ((1ULL << _la) & ((1ULL << LmpParser::RAWBLOCK)
      | (1ULL << LmpParser::RAWSTR)
      | (1ULL << LmpParser::BLOCK_OPEN)
      | (1ULL << LmpParser::STR_OPEN)
      | (1ULL << LmpParser::ID))) != 0)) {
      setState(769);
      pair();
      setState(771);
      _errHandler->sync(this);

      _la = _input->LA(1);
      if (_la == LmpParser::COMMA) {
        setState(770);
        match(LmpParser::COMMA);
      }
      setState(777);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
    setState(778);
    match(LmpParser::RBRACE);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- PairContext ------------------------------------------------------------------

LmpParser::PairContext::PairContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::PairContext::COLON() {
  return getToken(LmpParser::COLON, 0);
}

LmpParser::ExprContext* LmpParser::PairContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::PairContext::ID() {
  return getToken(LmpParser::ID, 0);
}

LmpParser::StringContext* LmpParser::PairContext::string() {
  return getRuleContext<LmpParser::StringContext>(0);
}


size_t LmpParser::PairContext::getRuleIndex() const {
  return LmpParser::RulePair;
}


LmpParser::PairContext* LmpParser::pair() {
  PairContext *_localctx = _tracker.createInstance<PairContext>(_ctx, getState());
  enterRule(_localctx, 118, LmpParser::RulePair);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(782);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::ID: {
        setState(780);
        match(LmpParser::ID);
        break;
      }

      case LmpParser::RAWBLOCK:
      case LmpParser::RAWSTR:
      case LmpParser::BLOCK_OPEN:
      case LmpParser::STR_OPEN: {
        setState(781);
        string();
        break;
      }

    default:
      throw NoViableAltException(this);
    }
    setState(784);
    match(LmpParser::COLON);
    setState(785);
    expr(0);
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- StringContext ------------------------------------------------------------------

LmpParser::StringContext::StringContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::StringContext::STR_OPEN() {
  return getToken(LmpParser::STR_OPEN, 0);
}

tree::TerminalNode* LmpParser::StringContext::STR_CLOSE() {
  return getToken(LmpParser::STR_CLOSE, 0);
}

std::vector<LmpParser::SPartContext *> LmpParser::StringContext::sPart() {
  return getRuleContexts<LmpParser::SPartContext>();
}

LmpParser::SPartContext* LmpParser::StringContext::sPart(size_t i) {
  return getRuleContext<LmpParser::SPartContext>(i);
}

tree::TerminalNode* LmpParser::StringContext::BLOCK_OPEN() {
  return getToken(LmpParser::BLOCK_OPEN, 0);
}

tree::TerminalNode* LmpParser::StringContext::BLOCK_CLOSE() {
  return getToken(LmpParser::BLOCK_CLOSE, 0);
}

std::vector<LmpParser::BPartContext *> LmpParser::StringContext::bPart() {
  return getRuleContexts<LmpParser::BPartContext>();
}

LmpParser::BPartContext* LmpParser::StringContext::bPart(size_t i) {
  return getRuleContext<LmpParser::BPartContext>(i);
}

tree::TerminalNode* LmpParser::StringContext::RAWSTR() {
  return getToken(LmpParser::RAWSTR, 0);
}

tree::TerminalNode* LmpParser::StringContext::RAWBLOCK() {
  return getToken(LmpParser::RAWBLOCK, 0);
}


size_t LmpParser::StringContext::getRuleIndex() const {
  return LmpParser::RuleString;
}


LmpParser::StringContext* LmpParser::string() {
  StringContext *_localctx = _tracker.createInstance<StringContext>(_ctx, getState());
  enterRule(_localctx, 120, LmpParser::RuleString);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(805);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::STR_OPEN: {
        enterOuterAlt(_localctx, 1);
        setState(787);
        match(LmpParser::STR_OPEN);
        setState(791);
        _errHandler->sync(this);
        _la = _input->LA(1);
        while (((((_la - 105) & ~ 0x3fULL) == 0) &&
          ((1ULL << (_la - 105)) & ((1ULL << (LmpParser::S_TEXT - 105))
          | (1ULL << (LmpParser::S_ESC - 105))
          | (1ULL << (LmpParser::S_INTERP - 105))
          | (1ULL << (LmpParser::S_BADESC - 105)))) != 0)) {
          setState(788);
          sPart();
          setState(793);
          _errHandler->sync(this);
          _la = _input->LA(1);
        }
        setState(794);
        match(LmpParser::STR_CLOSE);
        break;
      }

      case LmpParser::BLOCK_OPEN: {
        enterOuterAlt(_localctx, 2);
        setState(795);
        match(LmpParser::BLOCK_OPEN);
        setState(799);
        _errHandler->sync(this);
        _la = _input->LA(1);
        while (((((_la - 111) & ~ 0x3fULL) == 0) &&
          ((1ULL << (_la - 111)) & ((1ULL << (LmpParser::B_TEXT - 111))
          | (1ULL << (LmpParser::B_ESC - 111))
          | (1ULL << (LmpParser::B_INTERP - 111))
          | (1ULL << (LmpParser::B_BADESC - 111)))) != 0)) {
          setState(796);
          bPart();
          setState(801);
          _errHandler->sync(this);
          _la = _input->LA(1);
        }
        setState(802);
        match(LmpParser::BLOCK_CLOSE);
        break;
      }

      case LmpParser::RAWSTR: {
        enterOuterAlt(_localctx, 3);
        setState(803);
        match(LmpParser::RAWSTR);
        break;
      }

      case LmpParser::RAWBLOCK: {
        enterOuterAlt(_localctx, 4);
        setState(804);
        match(LmpParser::RAWBLOCK);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- SPartContext ------------------------------------------------------------------

LmpParser::SPartContext::SPartContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::SPartContext::S_TEXT() {
  return getToken(LmpParser::S_TEXT, 0);
}

tree::TerminalNode* LmpParser::SPartContext::S_ESC() {
  return getToken(LmpParser::S_ESC, 0);
}

tree::TerminalNode* LmpParser::SPartContext::S_BADESC() {
  return getToken(LmpParser::S_BADESC, 0);
}

tree::TerminalNode* LmpParser::SPartContext::S_INTERP() {
  return getToken(LmpParser::S_INTERP, 0);
}

LmpParser::ExprContext* LmpParser::SPartContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::SPartContext::RBRACE() {
  return getToken(LmpParser::RBRACE, 0);
}


size_t LmpParser::SPartContext::getRuleIndex() const {
  return LmpParser::RuleSPart;
}


LmpParser::SPartContext* LmpParser::sPart() {
  SPartContext *_localctx = _tracker.createInstance<SPartContext>(_ctx, getState());
  enterRule(_localctx, 122, LmpParser::RuleSPart);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(814);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::S_TEXT: {
        enterOuterAlt(_localctx, 1);
        setState(807);
        match(LmpParser::S_TEXT);
        break;
      }

      case LmpParser::S_ESC: {
        enterOuterAlt(_localctx, 2);
        setState(808);
        match(LmpParser::S_ESC);
        break;
      }

      case LmpParser::S_BADESC: {
        enterOuterAlt(_localctx, 3);
        setState(809);
        match(LmpParser::S_BADESC);
        break;
      }

      case LmpParser::S_INTERP: {
        enterOuterAlt(_localctx, 4);
        setState(810);
        match(LmpParser::S_INTERP);
        setState(811);
        expr(0);
        setState(812);
        match(LmpParser::RBRACE);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- BPartContext ------------------------------------------------------------------

LmpParser::BPartContext::BPartContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

tree::TerminalNode* LmpParser::BPartContext::B_TEXT() {
  return getToken(LmpParser::B_TEXT, 0);
}

tree::TerminalNode* LmpParser::BPartContext::B_ESC() {
  return getToken(LmpParser::B_ESC, 0);
}

tree::TerminalNode* LmpParser::BPartContext::B_BADESC() {
  return getToken(LmpParser::B_BADESC, 0);
}

tree::TerminalNode* LmpParser::BPartContext::B_INTERP() {
  return getToken(LmpParser::B_INTERP, 0);
}

LmpParser::ExprContext* LmpParser::BPartContext::expr() {
  return getRuleContext<LmpParser::ExprContext>(0);
}

tree::TerminalNode* LmpParser::BPartContext::RBRACE() {
  return getToken(LmpParser::RBRACE, 0);
}


size_t LmpParser::BPartContext::getRuleIndex() const {
  return LmpParser::RuleBPart;
}


LmpParser::BPartContext* LmpParser::bPart() {
  BPartContext *_localctx = _tracker.createInstance<BPartContext>(_ctx, getState());
  enterRule(_localctx, 124, LmpParser::RuleBPart);

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    setState(823);
    _errHandler->sync(this);
    switch (_input->LA(1)) {
      case LmpParser::B_TEXT: {
        enterOuterAlt(_localctx, 1);
        setState(816);
        match(LmpParser::B_TEXT);
        break;
      }

      case LmpParser::B_ESC: {
        enterOuterAlt(_localctx, 2);
        setState(817);
        match(LmpParser::B_ESC);
        break;
      }

      case LmpParser::B_BADESC: {
        enterOuterAlt(_localctx, 3);
        setState(818);
        match(LmpParser::B_BADESC);
        break;
      }

      case LmpParser::B_INTERP: {
        enterOuterAlt(_localctx, 4);
        setState(819);
        match(LmpParser::B_INTERP);
        setState(820);
        expr(0);
        setState(821);
        match(LmpParser::RBRACE);
        break;
      }

    default:
      throw NoViableAltException(this);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

//----------------- QnameContext ------------------------------------------------------------------

LmpParser::QnameContext::QnameContext(ParserRuleContext *parent, size_t invokingState)
  : ParserRuleContext(parent, invokingState) {
}

std::vector<tree::TerminalNode *> LmpParser::QnameContext::ID() {
  return getTokens(LmpParser::ID);
}

tree::TerminalNode* LmpParser::QnameContext::ID(size_t i) {
  return getToken(LmpParser::ID, i);
}

std::vector<tree::TerminalNode *> LmpParser::QnameContext::DOT() {
  return getTokens(LmpParser::DOT);
}

tree::TerminalNode* LmpParser::QnameContext::DOT(size_t i) {
  return getToken(LmpParser::DOT, i);
}


size_t LmpParser::QnameContext::getRuleIndex() const {
  return LmpParser::RuleQname;
}


LmpParser::QnameContext* LmpParser::qname() {
  QnameContext *_localctx = _tracker.createInstance<QnameContext>(_ctx, getState());
  enterRule(_localctx, 126, LmpParser::RuleQname);
  size_t _la = 0;

  auto onExit = finally([=] {
    exitRule();
  });
  try {
    enterOuterAlt(_localctx, 1);
    setState(825);
    match(LmpParser::ID);
    setState(830);
    _errHandler->sync(this);
    _la = _input->LA(1);
    while (_la == LmpParser::DOT) {
      setState(826);
      match(LmpParser::DOT);
      setState(827);
      match(LmpParser::ID);
      setState(832);
      _errHandler->sync(this);
      _la = _input->LA(1);
    }
   
  }
  catch (RecognitionException &e) {
    _errHandler->reportError(this, e);
    _localctx->exception = std::current_exception();
    _errHandler->recover(this, _localctx->exception);
  }

  return _localctx;
}

bool LmpParser::sempred(RuleContext *context, size_t ruleIndex, size_t predicateIndex) {
  switch (ruleIndex) {
    case 54: return exprSempred(dynamic_cast<ExprContext *>(context), predicateIndex);

  default:
    break;
  }
  return true;
}

bool LmpParser::exprSempred(ExprContext *_localctx, size_t predicateIndex) {
  switch (predicateIndex) {
    case 0: return precpred(_ctx, 10);
    case 1: return precpred(_ctx, 9);
    case 2: return precpred(_ctx, 8);
    case 3: return precpred(_ctx, 7);
    case 4: return precpred(_ctx, 5);
    case 5: return precpred(_ctx, 4);
    case 6: return precpred(_ctx, 3);
    case 7: return precpred(_ctx, 14);
    case 8: return precpred(_ctx, 13);
    case 9: return precpred(_ctx, 12);

  default:
    break;
  }
  return true;
}

// Static vars and initialization.
std::vector<dfa::DFA> LmpParser::_decisionToDFA;
atn::PredictionContextCache LmpParser::_sharedContextCache;

// We own the ATN which in turn owns the ATN states.
atn::ATN LmpParser::_atn;
std::vector<uint16_t> LmpParser::_serializedATN;

std::vector<std::string> LmpParser::_ruleNames = {
  "file", "replStatements", "replExpression", "item", "attr", "importDecl", 
  "configDecl", "constDecl", "typeDecl", "recordDecl", "field", "enumDecl", 
  "member", "toolDecl", "corpusDecl", "fnDecl", "testDecl", "params", "param", 
  "type", "postType", "primType", "qtype", "typeArgs", "refine", "refArg", 
  "hole", "block", "stmt", "letStmt", "nameStmt", "callTail", "textStmt", 
  "roleStmt", "genStmt", "selectStmt", "insertStmt", "onStmt", "ifStmt", 
  "forStmt", "whileStmt", "matchStmt", "matchElse", "arm", "pattern", "tryStmt", 
  "catchPart", "exitStmt", "emitStmt", "checkStmt", "mockStmt", "withArgs", 
  "args", "arg", "expr", "primary", "listLit", "forkExpr", "mapLit", "pair", 
  "string", "sPart", "bPart", "qname"
};

std::vector<std::string> LmpParser::_literalNames = {
  "", "", "", "", "", "", "'import'", "'as'", "'config'", "'const'", "'type'", 
  "'record'", "'enum'", "'tool'", "'corpus'", "'fn'", "'test'", "'from'", 
  "'let'", "'var'", "'return'", "'yield'", "'break'", "'continue'", "'emit'", 
  "'if'", "'else'", "'for'", "'in'", "'while'", "'limit'", "'match'", "'fork'", 
  "'try'", "'check'", "'mock'", "'gen'", "'select'", "'with'", "'insert'", 
  "'on'", "'copy'", "'context'", "'system'", "'user'", "'assistant'", "'observe'", 
  "'and'", "'or'", "'not'", "", "", "", "", "", "", "", "", "", "", "'{'", 
  "'}'", "'('", "')'", "'['", "']'", "'->'", "'=>'", "'..'", "'.'", "','", 
  "':'", "'@'", "'?'", "'|'", "'=='", "'!='", "'<='", "'>='", "'<'", "'>'", 
  "'='", "'+'", "'-'", "'*'", "'/'", "'%'", "'&&'", "'||'", "'!'", "';'", 
  "'++'", "'**'", "':='", "", "'==='", "'!=='"
};

std::vector<std::string> LmpParser::_symbolicNames = {
  "", "NL_MINUS", "NL_LPAREN", "NL_LBRACK", "LMAP", "ERROR", "IMPORT", "AS", 
  "CONFIG", "CONST", "TYPE", "RECORD", "ENUM", "TOOL", "CORPUS", "FN", "TEST", 
  "FROM", "LET", "VAR", "RETURN", "YIELD", "BREAK", "CONTINUE", "EMIT", 
  "IF", "ELSE", "FOR", "IN", "WHILE", "LIMIT", "MATCH", "FORK", "TRY", "CHECK", 
  "MOCK", "GEN", "SELECT", "WITH", "INSERT", "ON", "COPY", "CONTEXT", "SYSTEM", 
  "USER", "ASSISTANT", "OBSERVE", "AND", "OR", "NOT", "DURATION", "FLOAT", 
  "INT", "BAD_NUMBER", "REGEX", "RAWBLOCK", "RAWSTR", "BLOCK_OPEN", "STR_OPEN", 
  "ID", "LBRACE", "RBRACE", "LPAREN", "RPAREN", "LBRACK", "RBRACK", "ARROW", 
  "FATARROW", "RANGE", "DOT", "COMMA", "COLON", "AT", "QUESTION", "PIPE", 
  "EQ", "NE", "LE", "GE", "LT", "GT", "ASSIGN", "PLUS", "MINUS", "STAR", 
  "SLASH", "PERCENT", "ANDAND", "OROR", "BANG", "SEMI", "INCREMENT", "POWER", 
  "WALRUS", "OP_ASSIGN", "EQ3", "NE3", "HASH_COMMENT", "QUOTE_BLOCK", "QUOTE_STR", 
  "BACKTICK_STR", "SMART_STR", "COMMENT", "WS", "BAD", "S_TEXT", "S_ESC", 
  "S_INTERP", "STR_CLOSE", "S_EOL", "S_BADESC", "B_TEXT", "B_ESC", "B_INTERP", 
  "BLOCK_CLOSE", "B_BADESC"
};

dfa::Vocabulary LmpParser::_vocabulary(_literalNames, _symbolicNames);

std::vector<std::string> LmpParser::_tokenNames;

LmpParser::Initializer::Initializer() {
	for (size_t i = 0; i < _symbolicNames.size(); ++i) {
		std::string name = _vocabulary.getLiteralName(i);
		if (name.empty()) {
			name = _vocabulary.getSymbolicName(i);
		}

		if (name.empty()) {
			_tokenNames.push_back("<INVALID>");
		} else {
      _tokenNames.push_back(name);
    }
	}

  _serializedATN = {
    0x3, 0x608b, 0xa72a, 0x8133, 0xb9ed, 0x417c, 0x3be7, 0x7786, 0x5964, 
    0x3, 0x75, 0x344, 0x4, 0x2, 0x9, 0x2, 0x4, 0x3, 0x9, 0x3, 0x4, 0x4, 
    0x9, 0x4, 0x4, 0x5, 0x9, 0x5, 0x4, 0x6, 0x9, 0x6, 0x4, 0x7, 0x9, 0x7, 
    0x4, 0x8, 0x9, 0x8, 0x4, 0x9, 0x9, 0x9, 0x4, 0xa, 0x9, 0xa, 0x4, 0xb, 
    0x9, 0xb, 0x4, 0xc, 0x9, 0xc, 0x4, 0xd, 0x9, 0xd, 0x4, 0xe, 0x9, 0xe, 
    0x4, 0xf, 0x9, 0xf, 0x4, 0x10, 0x9, 0x10, 0x4, 0x11, 0x9, 0x11, 0x4, 
    0x12, 0x9, 0x12, 0x4, 0x13, 0x9, 0x13, 0x4, 0x14, 0x9, 0x14, 0x4, 0x15, 
    0x9, 0x15, 0x4, 0x16, 0x9, 0x16, 0x4, 0x17, 0x9, 0x17, 0x4, 0x18, 0x9, 
    0x18, 0x4, 0x19, 0x9, 0x19, 0x4, 0x1a, 0x9, 0x1a, 0x4, 0x1b, 0x9, 0x1b, 
    0x4, 0x1c, 0x9, 0x1c, 0x4, 0x1d, 0x9, 0x1d, 0x4, 0x1e, 0x9, 0x1e, 0x4, 
    0x1f, 0x9, 0x1f, 0x4, 0x20, 0x9, 0x20, 0x4, 0x21, 0x9, 0x21, 0x4, 0x22, 
    0x9, 0x22, 0x4, 0x23, 0x9, 0x23, 0x4, 0x24, 0x9, 0x24, 0x4, 0x25, 0x9, 
    0x25, 0x4, 0x26, 0x9, 0x26, 0x4, 0x27, 0x9, 0x27, 0x4, 0x28, 0x9, 0x28, 
    0x4, 0x29, 0x9, 0x29, 0x4, 0x2a, 0x9, 0x2a, 0x4, 0x2b, 0x9, 0x2b, 0x4, 
    0x2c, 0x9, 0x2c, 0x4, 0x2d, 0x9, 0x2d, 0x4, 0x2e, 0x9, 0x2e, 0x4, 0x2f, 
    0x9, 0x2f, 0x4, 0x30, 0x9, 0x30, 0x4, 0x31, 0x9, 0x31, 0x4, 0x32, 0x9, 
    0x32, 0x4, 0x33, 0x9, 0x33, 0x4, 0x34, 0x9, 0x34, 0x4, 0x35, 0x9, 0x35, 
    0x4, 0x36, 0x9, 0x36, 0x4, 0x37, 0x9, 0x37, 0x4, 0x38, 0x9, 0x38, 0x4, 
    0x39, 0x9, 0x39, 0x4, 0x3a, 0x9, 0x3a, 0x4, 0x3b, 0x9, 0x3b, 0x4, 0x3c, 
    0x9, 0x3c, 0x4, 0x3d, 0x9, 0x3d, 0x4, 0x3e, 0x9, 0x3e, 0x4, 0x3f, 0x9, 
    0x3f, 0x4, 0x40, 0x9, 0x40, 0x4, 0x41, 0x9, 0x41, 0x3, 0x2, 0x7, 0x2, 
    0x84, 0xa, 0x2, 0xc, 0x2, 0xe, 0x2, 0x87, 0xb, 0x2, 0x3, 0x2, 0x3, 0x2, 
    0x3, 0x3, 0x3, 0x3, 0x7, 0x3, 0x8d, 0xa, 0x3, 0xc, 0x3, 0xe, 0x3, 0x90, 
    0xb, 0x3, 0x3, 0x3, 0x3, 0x3, 0x3, 0x4, 0x3, 0x4, 0x3, 0x4, 0x3, 0x5, 
    0x7, 0x5, 0x98, 0xa, 0x5, 0xc, 0x5, 0xe, 0x5, 0x9b, 0xb, 0x5, 0x3, 0x5, 
    0x3, 0x5, 0x3, 0x5, 0x3, 0x5, 0x3, 0x5, 0x3, 0x5, 0x3, 0x5, 0x3, 0x5, 
    0x3, 0x5, 0x3, 0x5, 0x5, 0x5, 0xa7, 0xa, 0x5, 0x3, 0x5, 0x5, 0x5, 0xaa, 
    0xa, 0x5, 0x3, 0x6, 0x3, 0x6, 0x3, 0x6, 0x3, 0x6, 0x5, 0x6, 0xb0, 0xa, 
    0x6, 0x3, 0x6, 0x5, 0x6, 0xb3, 0xa, 0x6, 0x3, 0x7, 0x3, 0x7, 0x3, 0x7, 
    0x3, 0x7, 0x3, 0x7, 0x3, 0x7, 0x3, 0x7, 0x3, 0x7, 0x5, 0x7, 0xbd, 0xa, 
    0x7, 0x5, 0x7, 0xbf, 0xa, 0x7, 0x3, 0x8, 0x3, 0x8, 0x3, 0x8, 0x3, 0x9, 
    0x3, 0x9, 0x3, 0x9, 0x3, 0x9, 0x5, 0x9, 0xc8, 0xa, 0x9, 0x3, 0x9, 0x3, 
    0x9, 0x3, 0x9, 0x3, 0xa, 0x3, 0xa, 0x3, 0xa, 0x3, 0xa, 0x3, 0xa, 0x3, 
    0xb, 0x3, 0xb, 0x3, 0xb, 0x3, 0xb, 0x3, 0xb, 0x3, 0xb, 0x5, 0xb, 0xd8, 
    0xa, 0xb, 0x3, 0xb, 0x3, 0xb, 0x3, 0xb, 0x5, 0xb, 0xdd, 0xa, 0xb, 0x7, 
    0xb, 0xdf, 0xa, 0xb, 0xc, 0xb, 0xe, 0xb, 0xe2, 0xb, 0xb, 0x3, 0xb, 0x3, 
    0xb, 0x3, 0xc, 0x7, 0xc, 0xe7, 0xa, 0xc, 0xc, 0xc, 0xe, 0xc, 0xea, 0xb, 
    0xc, 0x3, 0xc, 0x3, 0xc, 0x3, 0xc, 0x3, 0xc, 0x3, 0xc, 0x5, 0xc, 0xf1, 
    0xa, 0xc, 0x3, 0xc, 0x5, 0xc, 0xf4, 0xa, 0xc, 0x3, 0xc, 0x5, 0xc, 0xf7, 
    0xa, 0xc, 0x3, 0xd, 0x3, 0xd, 0x3, 0xd, 0x3, 0xd, 0x3, 0xd, 0x5, 0xd, 
    0xfe, 0xa, 0xd, 0x6, 0xd, 0x100, 0xa, 0xd, 0xd, 0xd, 0xe, 0xd, 0x101, 
    0x3, 0xd, 0x3, 0xd, 0x3, 0xe, 0x3, 0xe, 0x3, 0xe, 0x5, 0xe, 0x109, 0xa, 
    0xe, 0x3, 0xe, 0x5, 0xe, 0x10c, 0xa, 0xe, 0x3, 0xe, 0x5, 0xe, 0x10f, 
    0xa, 0xe, 0x3, 0xf, 0x3, 0xf, 0x3, 0xf, 0x3, 0xf, 0x5, 0xf, 0x115, 0xa, 
    0xf, 0x3, 0xf, 0x3, 0xf, 0x3, 0xf, 0x3, 0xf, 0x3, 0xf, 0x3, 0xf, 0x3, 
    0x10, 0x3, 0x10, 0x3, 0x10, 0x3, 0x10, 0x3, 0x10, 0x5, 0x10, 0x122, 
    0xa, 0x10, 0x3, 0x11, 0x3, 0x11, 0x3, 0x11, 0x3, 0x11, 0x5, 0x11, 0x128, 
    0xa, 0x11, 0x3, 0x11, 0x3, 0x11, 0x3, 0x11, 0x5, 0x11, 0x12d, 0xa, 0x11, 
    0x3, 0x11, 0x3, 0x11, 0x3, 0x12, 0x3, 0x12, 0x3, 0x12, 0x3, 0x12, 0x3, 
    0x13, 0x3, 0x13, 0x3, 0x13, 0x7, 0x13, 0x138, 0xa, 0x13, 0xc, 0x13, 
    0xe, 0x13, 0x13b, 0xb, 0x13, 0x3, 0x13, 0x5, 0x13, 0x13e, 0xa, 0x13, 
    0x3, 0x14, 0x3, 0x14, 0x3, 0x14, 0x3, 0x14, 0x3, 0x14, 0x5, 0x14, 0x145, 
    0xa, 0x14, 0x3, 0x14, 0x5, 0x14, 0x148, 0xa, 0x14, 0x3, 0x15, 0x3, 0x15, 
    0x3, 0x15, 0x7, 0x15, 0x14d, 0xa, 0x15, 0xc, 0x15, 0xe, 0x15, 0x150, 
    0xb, 0x15, 0x3, 0x16, 0x3, 0x16, 0x5, 0x16, 0x154, 0xa, 0x16, 0x3, 0x17, 
    0x3, 0x17, 0x5, 0x17, 0x158, 0xa, 0x17, 0x3, 0x17, 0x5, 0x17, 0x15b, 
    0xa, 0x17, 0x3, 0x17, 0x5, 0x17, 0x15e, 0xa, 0x17, 0x3, 0x17, 0x5, 0x17, 
    0x161, 0xa, 0x17, 0x3, 0x18, 0x3, 0x18, 0x3, 0x18, 0x5, 0x18, 0x166, 
    0xa, 0x18, 0x3, 0x19, 0x3, 0x19, 0x3, 0x19, 0x3, 0x19, 0x7, 0x19, 0x16c, 
    0xa, 0x19, 0xc, 0x19, 0xe, 0x19, 0x16f, 0xb, 0x19, 0x3, 0x19, 0x3, 0x19, 
    0x3, 0x1a, 0x3, 0x1a, 0x3, 0x1a, 0x3, 0x1a, 0x7, 0x1a, 0x177, 0xa, 0x1a, 
    0xc, 0x1a, 0xe, 0x1a, 0x17a, 0xb, 0x1a, 0x3, 0x1a, 0x3, 0x1a, 0x3, 0x1b, 
    0x3, 0x1b, 0x5, 0x1b, 0x180, 0xa, 0x1b, 0x3, 0x1b, 0x3, 0x1b, 0x3, 0x1c, 
    0x3, 0x1c, 0x3, 0x1c, 0x3, 0x1c, 0x5, 0x1c, 0x188, 0xa, 0x1c, 0x3, 0x1c, 
    0x5, 0x1c, 0x18b, 0xa, 0x1c, 0x3, 0x1d, 0x3, 0x1d, 0x7, 0x1d, 0x18f, 
    0xa, 0x1d, 0xc, 0x1d, 0xe, 0x1d, 0x192, 0xb, 0x1d, 0x3, 0x1d, 0x3, 0x1d, 
    0x3, 0x1e, 0x7, 0x1e, 0x197, 0xa, 0x1e, 0xc, 0x1e, 0xe, 0x1e, 0x19a, 
    0xb, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 
    0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 
    0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x3, 0x1e, 0x5, 0x1e, 0x1ad, 
    0xa, 0x1e, 0x3, 0x1e, 0x5, 0x1e, 0x1b0, 0xa, 0x1e, 0x3, 0x1f, 0x3, 0x1f, 
    0x3, 0x1f, 0x3, 0x1f, 0x5, 0x1f, 0x1b6, 0xa, 0x1f, 0x3, 0x1f, 0x3, 0x1f, 
    0x3, 0x1f, 0x3, 0x20, 0x3, 0x20, 0x3, 0x20, 0x3, 0x20, 0x5, 0x20, 0x1bf, 
    0xa, 0x20, 0x3, 0x21, 0x3, 0x21, 0x3, 0x21, 0x3, 0x21, 0x3, 0x21, 0x3, 
    0x21, 0x7, 0x21, 0x1c7, 0xa, 0x21, 0xc, 0x21, 0xe, 0x21, 0x1ca, 0xb, 
    0x21, 0x3, 0x21, 0x3, 0x21, 0x5, 0x21, 0x1ce, 0xa, 0x21, 0x3, 0x21, 
    0x3, 0x21, 0x3, 0x22, 0x3, 0x22, 0x3, 0x23, 0x3, 0x23, 0x3, 0x23, 0x3, 
    0x23, 0x3, 0x23, 0x3, 0x23, 0x5, 0x23, 0x1da, 0xa, 0x23, 0x3, 0x24, 
    0x3, 0x24, 0x3, 0x24, 0x3, 0x24, 0x5, 0x24, 0x1e0, 0xa, 0x24, 0x3, 0x24, 
    0x5, 0x24, 0x1e3, 0xa, 0x24, 0x3, 0x25, 0x3, 0x25, 0x3, 0x25, 0x3, 0x25, 
    0x3, 0x25, 0x5, 0x25, 0x1ea, 0xa, 0x25, 0x3, 0x26, 0x3, 0x26, 0x3, 0x26, 
    0x5, 0x26, 0x1ef, 0xa, 0x26, 0x3, 0x27, 0x3, 0x27, 0x5, 0x27, 0x1f3, 
    0xa, 0x27, 0x3, 0x27, 0x3, 0x27, 0x3, 0x27, 0x3, 0x28, 0x3, 0x28, 0x3, 
    0x28, 0x3, 0x28, 0x3, 0x28, 0x3, 0x28, 0x5, 0x28, 0x1fe, 0xa, 0x28, 
    0x5, 0x28, 0x200, 0xa, 0x28, 0x3, 0x29, 0x3, 0x29, 0x3, 0x29, 0x3, 0x29, 
    0x3, 0x29, 0x3, 0x29, 0x3, 0x2a, 0x3, 0x2a, 0x5, 0x2a, 0x20a, 0xa, 0x2a, 
    0x3, 0x2a, 0x3, 0x2a, 0x5, 0x2a, 0x20e, 0xa, 0x2a, 0x3, 0x2a, 0x3, 0x2a, 
    0x3, 0x2b, 0x3, 0x2b, 0x3, 0x2b, 0x3, 0x2b, 0x7, 0x2b, 0x216, 0xa, 0x2b, 
    0xc, 0x2b, 0xe, 0x2b, 0x219, 0xb, 0x2b, 0x3, 0x2b, 0x5, 0x2b, 0x21c, 
    0xa, 0x2b, 0x3, 0x2b, 0x3, 0x2b, 0x3, 0x2c, 0x3, 0x2c, 0x3, 0x2c, 0x3, 
    0x2c, 0x5, 0x2c, 0x224, 0xa, 0x2c, 0x3, 0x2c, 0x5, 0x2c, 0x227, 0xa, 
    0x2c, 0x3, 0x2d, 0x3, 0x2d, 0x3, 0x2d, 0x7, 0x2d, 0x22c, 0xa, 0x2d, 
    0xc, 0x2d, 0xe, 0x2d, 0x22f, 0xb, 0x2d, 0x3, 0x2d, 0x3, 0x2d, 0x3, 0x2d, 
    0x5, 0x2d, 0x234, 0xa, 0x2d, 0x3, 0x2d, 0x5, 0x2d, 0x237, 0xa, 0x2d, 
    0x3, 0x2d, 0x5, 0x2d, 0x23a, 0xa, 0x2d, 0x3, 0x2e, 0x3, 0x2e, 0x3, 0x2e, 
    0x3, 0x2e, 0x5, 0x2e, 0x240, 0xa, 0x2e, 0x3, 0x2e, 0x3, 0x2e, 0x5, 0x2e, 
    0x244, 0xa, 0x2e, 0x3, 0x2e, 0x5, 0x2e, 0x247, 0xa, 0x2e, 0x3, 0x2f, 
    0x3, 0x2f, 0x3, 0x2f, 0x3, 0x2f, 0x5, 0x2f, 0x24d, 0xa, 0x2f, 0x3, 0x2f, 
    0x3, 0x2f, 0x3, 0x2f, 0x5, 0x2f, 0x252, 0xa, 0x2f, 0x3, 0x30, 0x3, 0x30, 
    0x5, 0x30, 0x256, 0xa, 0x30, 0x3, 0x30, 0x3, 0x30, 0x3, 0x31, 0x3, 0x31, 
    0x3, 0x31, 0x3, 0x31, 0x5, 0x31, 0x25e, 0xa, 0x31, 0x3, 0x32, 0x3, 0x32, 
    0x3, 0x32, 0x3, 0x33, 0x3, 0x33, 0x3, 0x33, 0x3, 0x33, 0x5, 0x33, 0x267, 
    0xa, 0x33, 0x3, 0x34, 0x3, 0x34, 0x3, 0x34, 0x3, 0x34, 0x3, 0x34, 0x3, 
    0x35, 0x3, 0x35, 0x3, 0x35, 0x3, 0x35, 0x7, 0x35, 0x272, 0xa, 0x35, 
    0xc, 0x35, 0xe, 0x35, 0x275, 0xb, 0x35, 0x3, 0x36, 0x3, 0x36, 0x3, 0x36, 
    0x7, 0x36, 0x27a, 0xa, 0x36, 0xc, 0x36, 0xe, 0x36, 0x27d, 0xb, 0x36, 
    0x3, 0x36, 0x5, 0x36, 0x280, 0xa, 0x36, 0x3, 0x37, 0x3, 0x37, 0x5, 0x37, 
    0x284, 0xa, 0x37, 0x3, 0x37, 0x3, 0x37, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 
    0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 
    0x38, 0x3, 0x38, 0x5, 0x38, 0x293, 0xa, 0x38, 0x3, 0x38, 0x3, 0x38, 
    0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 
    0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 
    0x3, 0x38, 0x3, 0x38, 0x5, 0x38, 0x2a6, 0xa, 0x38, 0x3, 0x38, 0x5, 0x38, 
    0x2a9, 0xa, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 
    0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 
    0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 
    0x3, 0x38, 0x5, 0x38, 0x2be, 0xa, 0x38, 0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 
    0x3, 0x38, 0x3, 0x38, 0x3, 0x38, 0x5, 0x38, 0x2c6, 0xa, 0x38, 0x3, 0x38, 
    0x3, 0x38, 0x7, 0x38, 0x2ca, 0xa, 0x38, 0xc, 0x38, 0xe, 0x38, 0x2cd, 
    0xb, 0x38, 0x3, 0x39, 0x3, 0x39, 0x3, 0x39, 0x3, 0x39, 0x3, 0x39, 0x3, 
    0x39, 0x3, 0x39, 0x3, 0x39, 0x3, 0x39, 0x3, 0x39, 0x3, 0x39, 0x3, 0x39, 
    0x3, 0x39, 0x3, 0x39, 0x3, 0x39, 0x5, 0x39, 0x2de, 0xa, 0x39, 0x3, 0x3a, 
    0x3, 0x3a, 0x3, 0x3a, 0x3, 0x3a, 0x3, 0x3a, 0x3, 0x3a, 0x3, 0x3a, 0x3, 
    0x3a, 0x5, 0x3a, 0x2e8, 0xa, 0x3a, 0x3, 0x3a, 0x3, 0x3a, 0x7, 0x3a, 
    0x2ec, 0xa, 0x3a, 0xc, 0x3a, 0xe, 0x3a, 0x2ef, 0xb, 0x3a, 0x3, 0x3a, 
    0x5, 0x3a, 0x2f2, 0xa, 0x3a, 0x5, 0x3a, 0x2f4, 0xa, 0x3a, 0x5, 0x3a, 
    0x2f6, 0xa, 0x3a, 0x3, 0x3a, 0x3, 0x3a, 0x3, 0x3b, 0x3, 0x3b, 0x3, 0x3b, 
    0x3, 0x3b, 0x3, 0x3b, 0x5, 0x3b, 0x2ff, 0xa, 0x3b, 0x3, 0x3b, 0x3, 0x3b, 
    0x3, 0x3c, 0x3, 0x3c, 0x3, 0x3c, 0x5, 0x3c, 0x306, 0xa, 0x3c, 0x7, 0x3c, 
    0x308, 0xa, 0x3c, 0xc, 0x3c, 0xe, 0x3c, 0x30b, 0xb, 0x3c, 0x3, 0x3c, 
    0x3, 0x3c, 0x3, 0x3d, 0x3, 0x3d, 0x5, 0x3d, 0x311, 0xa, 0x3d, 0x3, 0x3d, 
    0x3, 0x3d, 0x3, 0x3d, 0x3, 0x3e, 0x3, 0x3e, 0x7, 0x3e, 0x318, 0xa, 0x3e, 
    0xc, 0x3e, 0xe, 0x3e, 0x31b, 0xb, 0x3e, 0x3, 0x3e, 0x3, 0x3e, 0x3, 0x3e, 
    0x7, 0x3e, 0x320, 0xa, 0x3e, 0xc, 0x3e, 0xe, 0x3e, 0x323, 0xb, 0x3e, 
    0x3, 0x3e, 0x3, 0x3e, 0x3, 0x3e, 0x5, 0x3e, 0x328, 0xa, 0x3e, 0x3, 0x3f, 
    0x3, 0x3f, 0x3, 0x3f, 0x3, 0x3f, 0x3, 0x3f, 0x3, 0x3f, 0x3, 0x3f, 0x5, 
    0x3f, 0x331, 0xa, 0x3f, 0x3, 0x40, 0x3, 0x40, 0x3, 0x40, 0x3, 0x40, 
    0x3, 0x40, 0x3, 0x40, 0x3, 0x40, 0x5, 0x40, 0x33a, 0xa, 0x40, 0x3, 0x41, 
    0x3, 0x41, 0x3, 0x41, 0x7, 0x41, 0x33f, 0xa, 0x41, 0xc, 0x41, 0xe, 0x41, 
    0x342, 0xb, 0x41, 0x3, 0x41, 0x2, 0x3, 0x6e, 0x42, 0x2, 0x4, 0x6, 0x8, 
    0xa, 0xc, 0xe, 0x10, 0x12, 0x14, 0x16, 0x18, 0x1a, 0x1c, 0x1e, 0x20, 
    0x22, 0x24, 0x26, 0x28, 0x2a, 0x2c, 0x2e, 0x30, 0x32, 0x34, 0x36, 0x38, 
    0x3a, 0x3c, 0x3e, 0x40, 0x42, 0x44, 0x46, 0x48, 0x4a, 0x4c, 0x4e, 0x50, 
    0x52, 0x54, 0x56, 0x58, 0x5a, 0x5c, 0x5e, 0x60, 0x62, 0x64, 0x66, 0x68, 
    0x6a, 0x6c, 0x6e, 0x70, 0x72, 0x74, 0x76, 0x78, 0x7a, 0x7c, 0x7e, 0x80, 
    0x2, 0x7, 0x3, 0x2, 0x14, 0x15, 0x3, 0x2, 0x2d, 0x30, 0x3, 0x2, 0x16, 
    0x17, 0x3, 0x2, 0x56, 0x58, 0x3, 0x2, 0x54, 0x55, 0x2, 0x3a6, 0x2, 0x85, 
    0x3, 0x2, 0x2, 0x2, 0x4, 0x8e, 0x3, 0x2, 0x2, 0x2, 0x6, 0x93, 0x3, 0x2, 
    0x2, 0x2, 0x8, 0xa9, 0x3, 0x2, 0x2, 0x2, 0xa, 0xab, 0x3, 0x2, 0x2, 0x2, 
    0xc, 0xb4, 0x3, 0x2, 0x2, 0x2, 0xe, 0xc0, 0x3, 0x2, 0x2, 0x2, 0x10, 
    0xc3, 0x3, 0x2, 0x2, 0x2, 0x12, 0xcc, 0x3, 0x2, 0x2, 0x2, 0x14, 0xd1, 
    0x3, 0x2, 0x2, 0x2, 0x16, 0xf6, 0x3, 0x2, 0x2, 0x2, 0x18, 0xf8, 0x3, 
    0x2, 0x2, 0x2, 0x1a, 0x10e, 0x3, 0x2, 0x2, 0x2, 0x1c, 0x110, 0x3, 0x2, 
    0x2, 0x2, 0x1e, 0x11c, 0x3, 0x2, 0x2, 0x2, 0x20, 0x123, 0x3, 0x2, 0x2, 
    0x2, 0x22, 0x130, 0x3, 0x2, 0x2, 0x2, 0x24, 0x134, 0x3, 0x2, 0x2, 0x2, 
    0x26, 0x13f, 0x3, 0x2, 0x2, 0x2, 0x28, 0x149, 0x3, 0x2, 0x2, 0x2, 0x2a, 
    0x151, 0x3, 0x2, 0x2, 0x2, 0x2c, 0x160, 0x3, 0x2, 0x2, 0x2, 0x2e, 0x162, 
    0x3, 0x2, 0x2, 0x2, 0x30, 0x167, 0x3, 0x2, 0x2, 0x2, 0x32, 0x172, 0x3, 
    0x2, 0x2, 0x2, 0x34, 0x17f, 0x3, 0x2, 0x2, 0x2, 0x36, 0x183, 0x3, 0x2, 
    0x2, 0x2, 0x38, 0x18c, 0x3, 0x2, 0x2, 0x2, 0x3a, 0x1af, 0x3, 0x2, 0x2, 
    0x2, 0x3c, 0x1b1, 0x3, 0x2, 0x2, 0x2, 0x3e, 0x1ba, 0x3, 0x2, 0x2, 0x2, 
    0x40, 0x1c8, 0x3, 0x2, 0x2, 0x2, 0x42, 0x1d1, 0x3, 0x2, 0x2, 0x2, 0x44, 
    0x1d3, 0x3, 0x2, 0x2, 0x2, 0x46, 0x1db, 0x3, 0x2, 0x2, 0x2, 0x48, 0x1e4, 
    0x3, 0x2, 0x2, 0x2, 0x4a, 0x1eb, 0x3, 0x2, 0x2, 0x2, 0x4c, 0x1f0, 0x3, 
    0x2, 0x2, 0x2, 0x4e, 0x1f7, 0x3, 0x2, 0x2, 0x2, 0x50, 0x201, 0x3, 0x2, 
    0x2, 0x2, 0x52, 0x207, 0x3, 0x2, 0x2, 0x2, 0x54, 0x211, 0x3, 0x2, 0x2, 
    0x2, 0x56, 0x21f, 0x3, 0x2, 0x2, 0x2, 0x58, 0x239, 0x3, 0x2, 0x2, 0x2, 
    0x5a, 0x246, 0x3, 0x2, 0x2, 0x2, 0x5c, 0x248, 0x3, 0x2, 0x2, 0x2, 0x5e, 
    0x253, 0x3, 0x2, 0x2, 0x2, 0x60, 0x25d, 0x3, 0x2, 0x2, 0x2, 0x62, 0x25f, 
    0x3, 0x2, 0x2, 0x2, 0x64, 0x262, 0x3, 0x2, 0x2, 0x2, 0x66, 0x268, 0x3, 
    0x2, 0x2, 0x2, 0x68, 0x26d, 0x3, 0x2, 0x2, 0x2, 0x6a, 0x276, 0x3, 0x2, 
    0x2, 0x2, 0x6c, 0x283, 0x3, 0x2, 0x2, 0x2, 0x6e, 0x292, 0x3, 0x2, 0x2, 
    0x2, 0x70, 0x2dd, 0x3, 0x2, 0x2, 0x2, 0x72, 0x2df, 0x3, 0x2, 0x2, 0x2, 
    0x74, 0x2f9, 0x3, 0x2, 0x2, 0x2, 0x76, 0x302, 0x3, 0x2, 0x2, 0x2, 0x78, 
    0x310, 0x3, 0x2, 0x2, 0x2, 0x7a, 0x327, 0x3, 0x2, 0x2, 0x2, 0x7c, 0x330, 
    0x3, 0x2, 0x2, 0x2, 0x7e, 0x339, 0x3, 0x2, 0x2, 0x2, 0x80, 0x33b, 0x3, 
    0x2, 0x2, 0x2, 0x82, 0x84, 0x5, 0x8, 0x5, 0x2, 0x83, 0x82, 0x3, 0x2, 
    0x2, 0x2, 0x84, 0x87, 0x3, 0x2, 0x2, 0x2, 0x85, 0x83, 0x3, 0x2, 0x2, 
    0x2, 0x85, 0x86, 0x3, 0x2, 0x2, 0x2, 0x86, 0x88, 0x3, 0x2, 0x2, 0x2, 
    0x87, 0x85, 0x3, 0x2, 0x2, 0x2, 0x88, 0x89, 0x7, 0x2, 0x2, 0x3, 0x89, 
    0x3, 0x3, 0x2, 0x2, 0x2, 0x8a, 0x8d, 0x5, 0x8, 0x5, 0x2, 0x8b, 0x8d, 
    0x5, 0x3a, 0x1e, 0x2, 0x8c, 0x8a, 0x3, 0x2, 0x2, 0x2, 0x8c, 0x8b, 0x3, 
    0x2, 0x2, 0x2, 0x8d, 0x90, 0x3, 0x2, 0x2, 0x2, 0x8e, 0x8c, 0x3, 0x2, 
    0x2, 0x2, 0x8e, 0x8f, 0x3, 0x2, 0x2, 0x2, 0x8f, 0x91, 0x3, 0x2, 0x2, 
    0x2, 0x90, 0x8e, 0x3, 0x2, 0x2, 0x2, 0x91, 0x92, 0x7, 0x2, 0x2, 0x3, 
    0x92, 0x5, 0x3, 0x2, 0x2, 0x2, 0x93, 0x94, 0x5, 0x6e, 0x38, 0x2, 0x94, 
    0x95, 0x7, 0x2, 0x2, 0x3, 0x95, 0x7, 0x3, 0x2, 0x2, 0x2, 0x96, 0x98, 
    0x5, 0xa, 0x6, 0x2, 0x97, 0x96, 0x3, 0x2, 0x2, 0x2, 0x98, 0x9b, 0x3, 
    0x2, 0x2, 0x2, 0x99, 0x97, 0x3, 0x2, 0x2, 0x2, 0x99, 0x9a, 0x3, 0x2, 
    0x2, 0x2, 0x9a, 0xa6, 0x3, 0x2, 0x2, 0x2, 0x9b, 0x99, 0x3, 0x2, 0x2, 
    0x2, 0x9c, 0xa7, 0x5, 0xc, 0x7, 0x2, 0x9d, 0xa7, 0x5, 0xe, 0x8, 0x2, 
    0x9e, 0xa7, 0x5, 0x10, 0x9, 0x2, 0x9f, 0xa7, 0x5, 0x12, 0xa, 0x2, 0xa0, 
    0xa7, 0x5, 0x14, 0xb, 0x2, 0xa1, 0xa7, 0x5, 0x18, 0xd, 0x2, 0xa2, 0xa7, 
    0x5, 0x1c, 0xf, 0x2, 0xa3, 0xa7, 0x5, 0x1e, 0x10, 0x2, 0xa4, 0xa7, 0x5, 
    0x20, 0x11, 0x2, 0xa5, 0xa7, 0x5, 0x22, 0x12, 0x2, 0xa6, 0x9c, 0x3, 
    0x2, 0x2, 0x2, 0xa6, 0x9d, 0x3, 0x2, 0x2, 0x2, 0xa6, 0x9e, 0x3, 0x2, 
    0x2, 0x2, 0xa6, 0x9f, 0x3, 0x2, 0x2, 0x2, 0xa6, 0xa0, 0x3, 0x2, 0x2, 
    0x2, 0xa6, 0xa1, 0x3, 0x2, 0x2, 0x2, 0xa6, 0xa2, 0x3, 0x2, 0x2, 0x2, 
    0xa6, 0xa3, 0x3, 0x2, 0x2, 0x2, 0xa6, 0xa4, 0x3, 0x2, 0x2, 0x2, 0xa6, 
    0xa5, 0x3, 0x2, 0x2, 0x2, 0xa7, 0xaa, 0x3, 0x2, 0x2, 0x2, 0xa8, 0xaa, 
    0x7, 0x7, 0x2, 0x2, 0xa9, 0x99, 0x3, 0x2, 0x2, 0x2, 0xa9, 0xa8, 0x3, 
    0x2, 0x2, 0x2, 0xaa, 0x9, 0x3, 0x2, 0x2, 0x2, 0xab, 0xac, 0x7, 0x4a, 
    0x2, 0x2, 0xac, 0xb2, 0x7, 0x3d, 0x2, 0x2, 0xad, 0xaf, 0x7, 0x40, 0x2, 
    0x2, 0xae, 0xb0, 0x5, 0x6a, 0x36, 0x2, 0xaf, 0xae, 0x3, 0x2, 0x2, 0x2, 
    0xaf, 0xb0, 0x3, 0x2, 0x2, 0x2, 0xb0, 0xb1, 0x3, 0x2, 0x2, 0x2, 0xb1, 
    0xb3, 0x7, 0x41, 0x2, 0x2, 0xb2, 0xad, 0x3, 0x2, 0x2, 0x2, 0xb2, 0xb3, 
    0x3, 0x2, 0x2, 0x2, 0xb3, 0xb, 0x3, 0x2, 0x2, 0x2, 0xb4, 0xbe, 0x7, 
    0x8, 0x2, 0x2, 0xb5, 0xb6, 0x5, 0x7a, 0x3e, 0x2, 0xb6, 0xb7, 0x7, 0x9, 
    0x2, 0x2, 0xb7, 0xb8, 0x7, 0x3d, 0x2, 0x2, 0xb8, 0xbf, 0x3, 0x2, 0x2, 
    0x2, 0xb9, 0xbc, 0x5, 0x80, 0x41, 0x2, 0xba, 0xbb, 0x7, 0x9, 0x2, 0x2, 
    0xbb, 0xbd, 0x7, 0x3d, 0x2, 0x2, 0xbc, 0xba, 0x3, 0x2, 0x2, 0x2, 0xbc, 
    0xbd, 0x3, 0x2, 0x2, 0x2, 0xbd, 0xbf, 0x3, 0x2, 0x2, 0x2, 0xbe, 0xb5, 
    0x3, 0x2, 0x2, 0x2, 0xbe, 0xb9, 0x3, 0x2, 0x2, 0x2, 0xbf, 0xd, 0x3, 
    0x2, 0x2, 0x2, 0xc0, 0xc1, 0x7, 0xa, 0x2, 0x2, 0xc1, 0xc2, 0x5, 0x76, 
    0x3c, 0x2, 0xc2, 0xf, 0x3, 0x2, 0x2, 0x2, 0xc3, 0xc4, 0x7, 0xb, 0x2, 
    0x2, 0xc4, 0xc7, 0x7, 0x3d, 0x2, 0x2, 0xc5, 0xc6, 0x7, 0x49, 0x2, 0x2, 
    0xc6, 0xc8, 0x5, 0x28, 0x15, 0x2, 0xc7, 0xc5, 0x3, 0x2, 0x2, 0x2, 0xc7, 
    0xc8, 0x3, 0x2, 0x2, 0x2, 0xc8, 0xc9, 0x3, 0x2, 0x2, 0x2, 0xc9, 0xca, 
    0x7, 0x53, 0x2, 0x2, 0xca, 0xcb, 0x5, 0x6e, 0x38, 0x2, 0xcb, 0x11, 0x3, 
    0x2, 0x2, 0x2, 0xcc, 0xcd, 0x7, 0xc, 0x2, 0x2, 0xcd, 0xce, 0x7, 0x3d, 
    0x2, 0x2, 0xce, 0xcf, 0x7, 0x53, 0x2, 0x2, 0xcf, 0xd0, 0x5, 0x28, 0x15, 
    0x2, 0xd0, 0x13, 0x3, 0x2, 0x2, 0x2, 0xd1, 0xd2, 0x7, 0xd, 0x2, 0x2, 
    0xd2, 0xd7, 0x7, 0x3d, 0x2, 0x2, 0xd3, 0xd4, 0x7, 0x40, 0x2, 0x2, 0xd4, 
    0xd5, 0x5, 0x24, 0x13, 0x2, 0xd5, 0xd6, 0x7, 0x41, 0x2, 0x2, 0xd6, 0xd8, 
    0x3, 0x2, 0x2, 0x2, 0xd7, 0xd3, 0x3, 0x2, 0x2, 0x2, 0xd7, 0xd8, 0x3, 
    0x2, 0x2, 0x2, 0xd8, 0xd9, 0x3, 0x2, 0x2, 0x2, 0xd9, 0xe0, 0x7, 0x3e, 
    0x2, 0x2, 0xda, 0xdc, 0x5, 0x16, 0xc, 0x2, 0xdb, 0xdd, 0x7, 0x48, 0x2, 
    0x2, 0xdc, 0xdb, 0x3, 0x2, 0x2, 0x2, 0xdc, 0xdd, 0x3, 0x2, 0x2, 0x2, 
    0xdd, 0xdf, 0x3, 0x2, 0x2, 0x2, 0xde, 0xda, 0x3, 0x2, 0x2, 0x2, 0xdf, 
    0xe2, 0x3, 0x2, 0x2, 0x2, 0xe0, 0xde, 0x3, 0x2, 0x2, 0x2, 0xe0, 0xe1, 
    0x3, 0x2, 0x2, 0x2, 0xe1, 0xe3, 0x3, 0x2, 0x2, 0x2, 0xe2, 0xe0, 0x3, 
    0x2, 0x2, 0x2, 0xe3, 0xe4, 0x7, 0x3f, 0x2, 0x2, 0xe4, 0x15, 0x3, 0x2, 
    0x2, 0x2, 0xe5, 0xe7, 0x5, 0xa, 0x6, 0x2, 0xe6, 0xe5, 0x3, 0x2, 0x2, 
    0x2, 0xe7, 0xea, 0x3, 0x2, 0x2, 0x2, 0xe8, 0xe6, 0x3, 0x2, 0x2, 0x2, 
    0xe8, 0xe9, 0x3, 0x2, 0x2, 0x2, 0xe9, 0xeb, 0x3, 0x2, 0x2, 0x2, 0xea, 
    0xe8, 0x3, 0x2, 0x2, 0x2, 0xeb, 0xec, 0x7, 0x3d, 0x2, 0x2, 0xec, 0xed, 
    0x7, 0x49, 0x2, 0x2, 0xed, 0xf0, 0x5, 0x28, 0x15, 0x2, 0xee, 0xef, 0x7, 
    0x53, 0x2, 0x2, 0xef, 0xf1, 0x5, 0x6e, 0x38, 0x2, 0xf0, 0xee, 0x3, 0x2, 
    0x2, 0x2, 0xf0, 0xf1, 0x3, 0x2, 0x2, 0x2, 0xf1, 0xf3, 0x3, 0x2, 0x2, 
    0x2, 0xf2, 0xf4, 0x5, 0x7a, 0x3e, 0x2, 0xf3, 0xf2, 0x3, 0x2, 0x2, 0x2, 
    0xf3, 0xf4, 0x3, 0x2, 0x2, 0x2, 0xf4, 0xf7, 0x3, 0x2, 0x2, 0x2, 0xf5, 
    0xf7, 0x7, 0x7, 0x2, 0x2, 0xf6, 0xe8, 0x3, 0x2, 0x2, 0x2, 0xf6, 0xf5, 
    0x3, 0x2, 0x2, 0x2, 0xf7, 0x17, 0x3, 0x2, 0x2, 0x2, 0xf8, 0xf9, 0x7, 
    0xe, 0x2, 0x2, 0xf9, 0xfa, 0x7, 0x3d, 0x2, 0x2, 0xfa, 0xff, 0x7, 0x3e, 
    0x2, 0x2, 0xfb, 0xfd, 0x5, 0x1a, 0xe, 0x2, 0xfc, 0xfe, 0x7, 0x48, 0x2, 
    0x2, 0xfd, 0xfc, 0x3, 0x2, 0x2, 0x2, 0xfd, 0xfe, 0x3, 0x2, 0x2, 0x2, 
    0xfe, 0x100, 0x3, 0x2, 0x2, 0x2, 0xff, 0xfb, 0x3, 0x2, 0x2, 0x2, 0x100, 
    0x101, 0x3, 0x2, 0x2, 0x2, 0x101, 0xff, 0x3, 0x2, 0x2, 0x2, 0x101, 0x102, 
    0x3, 0x2, 0x2, 0x2, 0x102, 0x103, 0x3, 0x2, 0x2, 0x2, 0x103, 0x104, 
    0x7, 0x3f, 0x2, 0x2, 0x104, 0x19, 0x3, 0x2, 0x2, 0x2, 0x105, 0x108, 
    0x7, 0x3d, 0x2, 0x2, 0x106, 0x107, 0x7, 0x53, 0x2, 0x2, 0x107, 0x109, 
    0x5, 0x7a, 0x3e, 0x2, 0x108, 0x106, 0x3, 0x2, 0x2, 0x2, 0x108, 0x109, 
    0x3, 0x2, 0x2, 0x2, 0x109, 0x10b, 0x3, 0x2, 0x2, 0x2, 0x10a, 0x10c, 
    0x5, 0x7a, 0x3e, 0x2, 0x10b, 0x10a, 0x3, 0x2, 0x2, 0x2, 0x10b, 0x10c, 
    0x3, 0x2, 0x2, 0x2, 0x10c, 0x10f, 0x3, 0x2, 0x2, 0x2, 0x10d, 0x10f, 
    0x7, 0x7, 0x2, 0x2, 0x10e, 0x105, 0x3, 0x2, 0x2, 0x2, 0x10e, 0x10d, 
    0x3, 0x2, 0x2, 0x2, 0x10f, 0x1b, 0x3, 0x2, 0x2, 0x2, 0x110, 0x111, 0x7, 
    0xf, 0x2, 0x2, 0x111, 0x112, 0x7, 0x3d, 0x2, 0x2, 0x112, 0x114, 0x7, 
    0x40, 0x2, 0x2, 0x113, 0x115, 0x5, 0x24, 0x13, 0x2, 0x114, 0x113, 0x3, 
    0x2, 0x2, 0x2, 0x114, 0x115, 0x3, 0x2, 0x2, 0x2, 0x115, 0x116, 0x3, 
    0x2, 0x2, 0x2, 0x116, 0x117, 0x7, 0x41, 0x2, 0x2, 0x117, 0x118, 0x7, 
    0x44, 0x2, 0x2, 0x118, 0x119, 0x5, 0x28, 0x15, 0x2, 0x119, 0x11a, 0x7, 
    0x53, 0x2, 0x2, 0x11a, 0x11b, 0x5, 0x6e, 0x38, 0x2, 0x11b, 0x1d, 0x3, 
    0x2, 0x2, 0x2, 0x11c, 0x11d, 0x7, 0x10, 0x2, 0x2, 0x11d, 0x11e, 0x7, 
    0x3d, 0x2, 0x2, 0x11e, 0x11f, 0x7, 0x13, 0x2, 0x2, 0x11f, 0x121, 0x5, 
    0x7a, 0x3e, 0x2, 0x120, 0x122, 0x5, 0x68, 0x35, 0x2, 0x121, 0x120, 0x3, 
    0x2, 0x2, 0x2, 0x121, 0x122, 0x3, 0x2, 0x2, 0x2, 0x122, 0x1f, 0x3, 0x2, 
    0x2, 0x2, 0x123, 0x124, 0x7, 0x11, 0x2, 0x2, 0x124, 0x125, 0x7, 0x3d, 
    0x2, 0x2, 0x125, 0x127, 0x7, 0x40, 0x2, 0x2, 0x126, 0x128, 0x5, 0x24, 
    0x13, 0x2, 0x127, 0x126, 0x3, 0x2, 0x2, 0x2, 0x127, 0x128, 0x3, 0x2, 
    0x2, 0x2, 0x128, 0x129, 0x3, 0x2, 0x2, 0x2, 0x129, 0x12c, 0x7, 0x41, 
    0x2, 0x2, 0x12a, 0x12b, 0x7, 0x44, 0x2, 0x2, 0x12b, 0x12d, 0x5, 0x28, 
    0x15, 0x2, 0x12c, 0x12a, 0x3, 0x2, 0x2, 0x2, 0x12c, 0x12d, 0x3, 0x2, 
    0x2, 0x2, 0x12d, 0x12e, 0x3, 0x2, 0x2, 0x2, 0x12e, 0x12f, 0x5, 0x38, 
    0x1d, 0x2, 0x12f, 0x21, 0x3, 0x2, 0x2, 0x2, 0x130, 0x131, 0x7, 0x12, 
    0x2, 0x2, 0x131, 0x132, 0x5, 0x7a, 0x3e, 0x2, 0x132, 0x133, 0x5, 0x38, 
    0x1d, 0x2, 0x133, 0x23, 0x3, 0x2, 0x2, 0x2, 0x134, 0x139, 0x5, 0x26, 
    0x14, 0x2, 0x135, 0x136, 0x7, 0x48, 0x2, 0x2, 0x136, 0x138, 0x5, 0x26, 
    0x14, 0x2, 0x137, 0x135, 0x3, 0x2, 0x2, 0x2, 0x138, 0x13b, 0x3, 0x2, 
    0x2, 0x2, 0x139, 0x137, 0x3, 0x2, 0x2, 0x2, 0x139, 0x13a, 0x3, 0x2, 
    0x2, 0x2, 0x13a, 0x13d, 0x3, 0x2, 0x2, 0x2, 0x13b, 0x139, 0x3, 0x2, 
    0x2, 0x2, 0x13c, 0x13e, 0x7, 0x48, 0x2, 0x2, 0x13d, 0x13c, 0x3, 0x2, 
    0x2, 0x2, 0x13d, 0x13e, 0x3, 0x2, 0x2, 0x2, 0x13e, 0x25, 0x3, 0x2, 0x2, 
    0x2, 0x13f, 0x140, 0x7, 0x3d, 0x2, 0x2, 0x140, 0x141, 0x7, 0x49, 0x2, 
    0x2, 0x141, 0x144, 0x5, 0x28, 0x15, 0x2, 0x142, 0x143, 0x7, 0x53, 0x2, 
    0x2, 0x143, 0x145, 0x5, 0x6e, 0x38, 0x2, 0x144, 0x142, 0x3, 0x2, 0x2, 
    0x2, 0x144, 0x145, 0x3, 0x2, 0x2, 0x2, 0x145, 0x147, 0x3, 0x2, 0x2, 
    0x2, 0x146, 0x148, 0x5, 0x7a, 0x3e, 0x2, 0x147, 0x146, 0x3, 0x2, 0x2, 
    0x2, 0x147, 0x148, 0x3, 0x2, 0x2, 0x2, 0x148, 0x27, 0x3, 0x2, 0x2, 0x2, 
    0x149, 0x14e, 0x5, 0x2a, 0x16, 0x2, 0x14a, 0x14b, 0x7, 0x4c, 0x2, 0x2, 
    0x14b, 0x14d, 0x5, 0x2a, 0x16, 0x2, 0x14c, 0x14a, 0x3, 0x2, 0x2, 0x2, 
    0x14d, 0x150, 0x3, 0x2, 0x2, 0x2, 0x14e, 0x14c, 0x3, 0x2, 0x2, 0x2, 
    0x14e, 0x14f, 0x3, 0x2, 0x2, 0x2, 0x14f, 0x29, 0x3, 0x2, 0x2, 0x2, 0x150, 
    0x14e, 0x3, 0x2, 0x2, 0x2, 0x151, 0x153, 0x5, 0x2c, 0x17, 0x2, 0x152, 
    0x154, 0x7, 0x4b, 0x2, 0x2, 0x153, 0x152, 0x3, 0x2, 0x2, 0x2, 0x153, 
    0x154, 0x3, 0x2, 0x2, 0x2, 0x154, 0x2b, 0x3, 0x2, 0x2, 0x2, 0x155, 0x157, 
    0x5, 0x2e, 0x18, 0x2, 0x156, 0x158, 0x5, 0x30, 0x19, 0x2, 0x157, 0x156, 
    0x3, 0x2, 0x2, 0x2, 0x157, 0x158, 0x3, 0x2, 0x2, 0x2, 0x158, 0x15a, 
    0x3, 0x2, 0x2, 0x2, 0x159, 0x15b, 0x5, 0x32, 0x1a, 0x2, 0x15a, 0x159, 
    0x3, 0x2, 0x2, 0x2, 0x15a, 0x15b, 0x3, 0x2, 0x2, 0x2, 0x15b, 0x15d, 
    0x3, 0x2, 0x2, 0x2, 0x15c, 0x15e, 0x5, 0x36, 0x1c, 0x2, 0x15d, 0x15c, 
    0x3, 0x2, 0x2, 0x2, 0x15d, 0x15e, 0x3, 0x2, 0x2, 0x2, 0x15e, 0x161, 
    0x3, 0x2, 0x2, 0x2, 0x15f, 0x161, 0x5, 0x7a, 0x3e, 0x2, 0x160, 0x155, 
    0x3, 0x2, 0x2, 0x2, 0x160, 0x15f, 0x3, 0x2, 0x2, 0x2, 0x161, 0x2d, 0x3, 
    0x2, 0x2, 0x2, 0x162, 0x165, 0x7, 0x3d, 0x2, 0x2, 0x163, 0x164, 0x7, 
    0x47, 0x2, 0x2, 0x164, 0x166, 0x7, 0x3d, 0x2, 0x2, 0x165, 0x163, 0x3, 
    0x2, 0x2, 0x2, 0x165, 0x166, 0x3, 0x2, 0x2, 0x2, 0x166, 0x2f, 0x3, 0x2, 
    0x2, 0x2, 0x167, 0x168, 0x7, 0x51, 0x2, 0x2, 0x168, 0x16d, 0x5, 0x28, 
    0x15, 0x2, 0x169, 0x16a, 0x7, 0x48, 0x2, 0x2, 0x16a, 0x16c, 0x5, 0x28, 
    0x15, 0x2, 0x16b, 0x169, 0x3, 0x2, 0x2, 0x2, 0x16c, 0x16f, 0x3, 0x2, 
    0x2, 0x2, 0x16d, 0x16b, 0x3, 0x2, 0x2, 0x2, 0x16d, 0x16e, 0x3, 0x2, 
    0x2, 0x2, 0x16e, 0x170, 0x3, 0x2, 0x2, 0x2, 0x16f, 0x16d, 0x3, 0x2, 
    0x2, 0x2, 0x170, 0x171, 0x7, 0x52, 0x2, 0x2, 0x171, 0x31, 0x3, 0x2, 
    0x2, 0x2, 0x172, 0x173, 0x7, 0x40, 0x2, 0x2, 0x173, 0x178, 0x5, 0x34, 
    0x1b, 0x2, 0x174, 0x175, 0x7, 0x48, 0x2, 0x2, 0x175, 0x177, 0x5, 0x34, 
    0x1b, 0x2, 0x176, 0x174, 0x3, 0x2, 0x2, 0x2, 0x177, 0x17a, 0x3, 0x2, 
    0x2, 0x2, 0x178, 0x176, 0x3, 0x2, 0x2, 0x2, 0x178, 0x179, 0x3, 0x2, 
    0x2, 0x2, 0x179, 0x17b, 0x3, 0x2, 0x2, 0x2, 0x17a, 0x178, 0x3, 0x2, 
    0x2, 0x2, 0x17b, 0x17c, 0x7, 0x41, 0x2, 0x2, 0x17c, 0x33, 0x3, 0x2, 
    0x2, 0x2, 0x17d, 0x17e, 0x7, 0x3d, 0x2, 0x2, 0x17e, 0x180, 0x7, 0x49, 
    0x2, 0x2, 0x17f, 0x17d, 0x3, 0x2, 0x2, 0x2, 0x17f, 0x180, 0x3, 0x2, 
    0x2, 0x2, 0x180, 0x181, 0x3, 0x2, 0x2, 0x2, 0x181, 0x182, 0x5, 0x6e, 
    0x38, 0x2, 0x182, 0x35, 0x3, 0x2, 0x2, 0x2, 0x183, 0x184, 0x7, 0x1e, 
    0x2, 0x2, 0x184, 0x18a, 0x5, 0x80, 0x41, 0x2, 0x185, 0x187, 0x7, 0x40, 
    0x2, 0x2, 0x186, 0x188, 0x5, 0x6a, 0x36, 0x2, 0x187, 0x186, 0x3, 0x2, 
    0x2, 0x2, 0x187, 0x188, 0x3, 0x2, 0x2, 0x2, 0x188, 0x189, 0x3, 0x2, 
    0x2, 0x2, 0x189, 0x18b, 0x7, 0x41, 0x2, 0x2, 0x18a, 0x185, 0x3, 0x2, 
    0x2, 0x2, 0x18a, 0x18b, 0x3, 0x2, 0x2, 0x2, 0x18b, 0x37, 0x3, 0x2, 0x2, 
    0x2, 0x18c, 0x190, 0x7, 0x3e, 0x2, 0x2, 0x18d, 0x18f, 0x5, 0x3a, 0x1e, 
    0x2, 0x18e, 0x18d, 0x3, 0x2, 0x2, 0x2, 0x18f, 0x192, 0x3, 0x2, 0x2, 
    0x2, 0x190, 0x18e, 0x3, 0x2, 0x2, 0x2, 0x190, 0x191, 0x3, 0x2, 0x2, 
    0x2, 0x191, 0x193, 0x3, 0x2, 0x2, 0x2, 0x192, 0x190, 0x3, 0x2, 0x2, 
    0x2, 0x193, 0x194, 0x7, 0x3f, 0x2, 0x2, 0x194, 0x39, 0x3, 0x2, 0x2, 
    0x2, 0x195, 0x197, 0x5, 0xa, 0x6, 0x2, 0x196, 0x195, 0x3, 0x2, 0x2, 
    0x2, 0x197, 0x19a, 0x3, 0x2, 0x2, 0x2, 0x198, 0x196, 0x3, 0x2, 0x2, 
    0x2, 0x198, 0x199, 0x3, 0x2, 0x2, 0x2, 0x199, 0x1ac, 0x3, 0x2, 0x2, 
    0x2, 0x19a, 0x198, 0x3, 0x2, 0x2, 0x2, 0x19b, 0x1ad, 0x5, 0x3c, 0x1f, 
    0x2, 0x19c, 0x1ad, 0x5, 0x3e, 0x20, 0x2, 0x19d, 0x1ad, 0x5, 0x42, 0x22, 
    0x2, 0x19e, 0x1ad, 0x5, 0x44, 0x23, 0x2, 0x19f, 0x1ad, 0x5, 0x46, 0x24, 
    0x2, 0x1a0, 0x1ad, 0x5, 0x48, 0x25, 0x2, 0x1a1, 0x1ad, 0x5, 0x4a, 0x26, 
    0x2, 0x1a2, 0x1ad, 0x5, 0x4c, 0x27, 0x2, 0x1a3, 0x1ad, 0x5, 0x4e, 0x28, 
    0x2, 0x1a4, 0x1ad, 0x5, 0x50, 0x29, 0x2, 0x1a5, 0x1ad, 0x5, 0x52, 0x2a, 
    0x2, 0x1a6, 0x1ad, 0x5, 0x54, 0x2b, 0x2, 0x1a7, 0x1ad, 0x5, 0x5c, 0x2f, 
    0x2, 0x1a8, 0x1ad, 0x5, 0x60, 0x31, 0x2, 0x1a9, 0x1ad, 0x5, 0x62, 0x32, 
    0x2, 0x1aa, 0x1ad, 0x5, 0x64, 0x33, 0x2, 0x1ab, 0x1ad, 0x5, 0x66, 0x34, 
    0x2, 0x1ac, 0x19b, 0x3, 0x2, 0x2, 0x2, 0x1ac, 0x19c, 0x3, 0x2, 0x2, 
    0x2, 0x1ac, 0x19d, 0x3, 0x2, 0x2, 0x2, 0x1ac, 0x19e, 0x3, 0x2, 0x2, 
    0x2, 0x1ac, 0x19f, 0x3, 0x2, 0x2, 0x2, 0x1ac, 0x1a0, 0x3, 0x2, 0x2, 
    0x2, 0x1ac, 0x1a1, 0x3, 0x2, 0x2, 0x2, 0x1ac, 0x1a2, 0x3, 0x2, 0x2, 
    0x2, 0x1ac, 0x1a3, 0x3, 0x2, 0x2, 0x2, 0x1ac, 0x1a4, 0x3, 0x2, 0x2, 
    0x2, 0x1ac, 0x1a5, 0x3, 0x2, 0x2, 0x2, 0x1ac, 0x1a6, 0x3, 0x2, 0x2, 
    0x2, 0x1ac, 0x1a7, 0x3, 0x2, 0x2, 0x2, 0x1ac, 0x1a8, 0x3, 0x2, 0x2, 
    0x2, 0x1ac, 0x1a9, 0x3, 0x2, 0x2, 0x2, 0x1ac, 0x1aa, 0x3, 0x2, 0x2, 
    0x2, 0x1ac, 0x1ab, 0x3, 0x2, 0x2, 0x2, 0x1ad, 0x1b0, 0x3, 0x2, 0x2, 
    0x2, 0x1ae, 0x1b0, 0x7, 0x7, 0x2, 0x2, 0x1af, 0x198, 0x3, 0x2, 0x2, 
    0x2, 0x1af, 0x1ae, 0x3, 0x2, 0x2, 0x2, 0x1b0, 0x3b, 0x3, 0x2, 0x2, 0x2, 
    0x1b1, 0x1b2, 0x9, 0x2, 0x2, 0x2, 0x1b2, 0x1b5, 0x7, 0x3d, 0x2, 0x2, 
    0x1b3, 0x1b4, 0x7, 0x49, 0x2, 0x2, 0x1b4, 0x1b6, 0x5, 0x28, 0x15, 0x2, 
    0x1b5, 0x1b3, 0x3, 0x2, 0x2, 0x2, 0x1b5, 0x1b6, 0x3, 0x2, 0x2, 0x2, 
    0x1b6, 0x1b7, 0x3, 0x2, 0x2, 0x2, 0x1b7, 0x1b8, 0x7, 0x53, 0x2, 0x2, 
    0x1b8, 0x1b9, 0x5, 0x6e, 0x38, 0x2, 0x1b9, 0x3d, 0x3, 0x2, 0x2, 0x2, 
    0x1ba, 0x1be, 0x7, 0x3d, 0x2, 0x2, 0x1bb, 0x1bc, 0x7, 0x53, 0x2, 0x2, 
    0x1bc, 0x1bf, 0x5, 0x6e, 0x38, 0x2, 0x1bd, 0x1bf, 0x5, 0x40, 0x21, 0x2, 
    0x1be, 0x1bb, 0x3, 0x2, 0x2, 0x2, 0x1be, 0x1bd, 0x3, 0x2, 0x2, 0x2, 
    0x1bf, 0x3f, 0x3, 0x2, 0x2, 0x2, 0x1c0, 0x1c1, 0x7, 0x47, 0x2, 0x2, 
    0x1c1, 0x1c7, 0x7, 0x3d, 0x2, 0x2, 0x1c2, 0x1c3, 0x7, 0x42, 0x2, 0x2, 
    0x1c3, 0x1c4, 0x5, 0x6e, 0x38, 0x2, 0x1c4, 0x1c5, 0x7, 0x43, 0x2, 0x2, 
    0x1c5, 0x1c7, 0x3, 0x2, 0x2, 0x2, 0x1c6, 0x1c0, 0x3, 0x2, 0x2, 0x2, 
    0x1c6, 0x1c2, 0x3, 0x2, 0x2, 0x2, 0x1c7, 0x1ca, 0x3, 0x2, 0x2, 0x2, 
    0x1c8, 0x1c6, 0x3, 0x2, 0x2, 0x2, 0x1c8, 0x1c9, 0x3, 0x2, 0x2, 0x2, 
    0x1c9, 0x1cb, 0x3, 0x2, 0x2, 0x2, 0x1ca, 0x1c8, 0x3, 0x2, 0x2, 0x2, 
    0x1cb, 0x1cd, 0x7, 0x40, 0x2, 0x2, 0x1cc, 0x1ce, 0x5, 0x6a, 0x36, 0x2, 
    0x1cd, 0x1cc, 0x3, 0x2, 0x2, 0x2, 0x1cd, 0x1ce, 0x3, 0x2, 0x2, 0x2, 
    0x1ce, 0x1cf, 0x3, 0x2, 0x2, 0x2, 0x1cf, 0x1d0, 0x7, 0x41, 0x2, 0x2, 
    0x1d0, 0x41, 0x3, 0x2, 0x2, 0x2, 0x1d1, 0x1d2, 0x5, 0x7a, 0x3e, 0x2, 
    0x1d2, 0x43, 0x3, 0x2, 0x2, 0x2, 0x1d3, 0x1d9, 0x9, 0x3, 0x2, 0x2, 0x1d4, 
    0x1da, 0x5, 0x38, 0x1d, 0x2, 0x1d5, 0x1da, 0x5, 0x46, 0x24, 0x2, 0x1d6, 
    0x1da, 0x5, 0x48, 0x25, 0x2, 0x1d7, 0x1da, 0x5, 0x4a, 0x26, 0x2, 0x1d8, 
    0x1da, 0x5, 0x6e, 0x38, 0x2, 0x1d9, 0x1d4, 0x3, 0x2, 0x2, 0x2, 0x1d9, 
    0x1d5, 0x3, 0x2, 0x2, 0x2, 0x1d9, 0x1d6, 0x3, 0x2, 0x2, 0x2, 0x1d9, 
    0x1d7, 0x3, 0x2, 0x2, 0x2, 0x1d9, 0x1d8, 0x3, 0x2, 0x2, 0x2, 0x1da, 
    0x45, 0x3, 0x2, 0x2, 0x2, 0x1db, 0x1dc, 0x7, 0x26, 0x2, 0x2, 0x1dc, 
    0x1df, 0x7, 0x3d, 0x2, 0x2, 0x1dd, 0x1de, 0x7, 0x49, 0x2, 0x2, 0x1de, 
    0x1e0, 0x5, 0x28, 0x15, 0x2, 0x1df, 0x1dd, 0x3, 0x2, 0x2, 0x2, 0x1df, 
    0x1e0, 0x3, 0x2, 0x2, 0x2, 0x1e0, 0x1e2, 0x3, 0x2, 0x2, 0x2, 0x1e1, 
    0x1e3, 0x5, 0x68, 0x35, 0x2, 0x1e2, 0x1e1, 0x3, 0x2, 0x2, 0x2, 0x1e2, 
    0x1e3, 0x3, 0x2, 0x2, 0x2, 0x1e3, 0x47, 0x3, 0x2, 0x2, 0x2, 0x1e4, 0x1e5, 
    0x7, 0x27, 0x2, 0x2, 0x1e5, 0x1e6, 0x7, 0x3d, 0x2, 0x2, 0x1e6, 0x1e7, 
    0x7, 0x13, 0x2, 0x2, 0x1e7, 0x1e9, 0x5, 0x6e, 0x38, 0x2, 0x1e8, 0x1ea, 
    0x5, 0x68, 0x35, 0x2, 0x1e9, 0x1e8, 0x3, 0x2, 0x2, 0x2, 0x1e9, 0x1ea, 
    0x3, 0x2, 0x2, 0x2, 0x1ea, 0x49, 0x3, 0x2, 0x2, 0x2, 0x1eb, 0x1ec, 0x7, 
    0x29, 0x2, 0x2, 0x1ec, 0x1ee, 0x5, 0x6e, 0x38, 0x2, 0x1ed, 0x1ef, 0x5, 
    0x68, 0x35, 0x2, 0x1ee, 0x1ed, 0x3, 0x2, 0x2, 0x2, 0x1ee, 0x1ef, 0x3, 
    0x2, 0x2, 0x2, 0x1ef, 0x4b, 0x3, 0x2, 0x2, 0x2, 0x1f0, 0x1f2, 0x7, 0x2a, 
    0x2, 0x2, 0x1f1, 0x1f3, 0x7, 0x2b, 0x2, 0x2, 0x1f2, 0x1f1, 0x3, 0x2, 
    0x2, 0x2, 0x1f2, 0x1f3, 0x3, 0x2, 0x2, 0x2, 0x1f3, 0x1f4, 0x3, 0x2, 
    0x2, 0x2, 0x1f4, 0x1f5, 0x5, 0x80, 0x41, 0x2, 0x1f5, 0x1f6, 0x5, 0x38, 
    0x1d, 0x2, 0x1f6, 0x4d, 0x3, 0x2, 0x2, 0x2, 0x1f7, 0x1f8, 0x7, 0x1b, 
    0x2, 0x2, 0x1f8, 0x1f9, 0x5, 0x6e, 0x38, 0x2, 0x1f9, 0x1ff, 0x5, 0x38, 
    0x1d, 0x2, 0x1fa, 0x1fd, 0x7, 0x1c, 0x2, 0x2, 0x1fb, 0x1fe, 0x5, 0x4e, 
    0x28, 0x2, 0x1fc, 0x1fe, 0x5, 0x38, 0x1d, 0x2, 0x1fd, 0x1fb, 0x3, 0x2, 
    0x2, 0x2, 0x1fd, 0x1fc, 0x3, 0x2, 0x2, 0x2, 0x1fe, 0x200, 0x3, 0x2, 
    0x2, 0x2, 0x1ff, 0x1fa, 0x3, 0x2, 0x2, 0x2, 0x1ff, 0x200, 0x3, 0x2, 
    0x2, 0x2, 0x200, 0x4f, 0x3, 0x2, 0x2, 0x2, 0x201, 0x202, 0x7, 0x1d, 
    0x2, 0x2, 0x202, 0x203, 0x7, 0x3d, 0x2, 0x2, 0x203, 0x204, 0x7, 0x1e, 
    0x2, 0x2, 0x204, 0x205, 0x5, 0x6e, 0x38, 0x2, 0x205, 0x206, 0x5, 0x38, 
    0x1d, 0x2, 0x206, 0x51, 0x3, 0x2, 0x2, 0x2, 0x207, 0x209, 0x7, 0x1f, 
    0x2, 0x2, 0x208, 0x20a, 0x5, 0x6e, 0x38, 0x2, 0x209, 0x208, 0x3, 0x2, 
    0x2, 0x2, 0x209, 0x20a, 0x3, 0x2, 0x2, 0x2, 0x20a, 0x20d, 0x3, 0x2, 
    0x2, 0x2, 0x20b, 0x20c, 0x7, 0x20, 0x2, 0x2, 0x20c, 0x20e, 0x5, 0x6e, 
    0x38, 0x2, 0x20d, 0x20b, 0x3, 0x2, 0x2, 0x2, 0x20d, 0x20e, 0x3, 0x2, 
    0x2, 0x2, 0x20e, 0x20f, 0x3, 0x2, 0x2, 0x2, 0x20f, 0x210, 0x5, 0x38, 
    0x1d, 0x2, 0x210, 0x53, 0x3, 0x2, 0x2, 0x2, 0x211, 0x212, 0x7, 0x21, 
    0x2, 0x2, 0x212, 0x213, 0x5, 0x6e, 0x38, 0x2, 0x213, 0x217, 0x7, 0x3e, 
    0x2, 0x2, 0x214, 0x216, 0x5, 0x58, 0x2d, 0x2, 0x215, 0x214, 0x3, 0x2, 
    0x2, 0x2, 0x216, 0x219, 0x3, 0x2, 0x2, 0x2, 0x217, 0x215, 0x3, 0x2, 
    0x2, 0x2, 0x217, 0x218, 0x3, 0x2, 0x2, 0x2, 0x218, 0x21b, 0x3, 0x2, 
    0x2, 0x2, 0x219, 0x217, 0x3, 0x2, 0x2, 0x2, 0x21a, 0x21c, 0x5, 0x56, 
    0x2c, 0x2, 0x21b, 0x21a, 0x3, 0x2, 0x2, 0x2, 0x21b, 0x21c, 0x3, 0x2, 
    0x2, 0x2, 0x21c, 0x21d, 0x3, 0x2, 0x2, 0x2, 0x21d, 0x21e, 0x7, 0x3f, 
    0x2, 0x2, 0x21e, 0x55, 0x3, 0x2, 0x2, 0x2, 0x21f, 0x220, 0x7, 0x1c, 
    0x2, 0x2, 0x220, 0x223, 0x7, 0x45, 0x2, 0x2, 0x221, 0x224, 0x5, 0x38, 
    0x1d, 0x2, 0x222, 0x224, 0x5, 0x3a, 0x1e, 0x2, 0x223, 0x221, 0x3, 0x2, 
    0x2, 0x2, 0x223, 0x222, 0x3, 0x2, 0x2, 0x2, 0x224, 0x226, 0x3, 0x2, 
    0x2, 0x2, 0x225, 0x227, 0x7, 0x48, 0x2, 0x2, 0x226, 0x225, 0x3, 0x2, 
    0x2, 0x2, 0x226, 0x227, 0x3, 0x2, 0x2, 0x2, 0x227, 0x57, 0x3, 0x2, 0x2, 
    0x2, 0x228, 0x22d, 0x5, 0x5a, 0x2e, 0x2, 0x229, 0x22a, 0x7, 0x4c, 0x2, 
    0x2, 0x22a, 0x22c, 0x5, 0x5a, 0x2e, 0x2, 0x22b, 0x229, 0x3, 0x2, 0x2, 
    0x2, 0x22c, 0x22f, 0x3, 0x2, 0x2, 0x2, 0x22d, 0x22b, 0x3, 0x2, 0x2, 
    0x2, 0x22d, 0x22e, 0x3, 0x2, 0x2, 0x2, 0x22e, 0x230, 0x3, 0x2, 0x2, 
    0x2, 0x22f, 0x22d, 0x3, 0x2, 0x2, 0x2, 0x230, 0x233, 0x7, 0x45, 0x2, 
    0x2, 0x231, 0x234, 0x5, 0x38, 0x1d, 0x2, 0x232, 0x234, 0x5, 0x3a, 0x1e, 
    0x2, 0x233, 0x231, 0x3, 0x2, 0x2, 0x2, 0x233, 0x232, 0x3, 0x2, 0x2, 
    0x2, 0x234, 0x236, 0x3, 0x2, 0x2, 0x2, 0x235, 0x237, 0x7, 0x48, 0x2, 
    0x2, 0x236, 0x235, 0x3, 0x2, 0x2, 0x2, 0x236, 0x237, 0x3, 0x2, 0x2, 
    0x2, 0x237, 0x23a, 0x3, 0x2, 0x2, 0x2, 0x238, 0x23a, 0x7, 0x7, 0x2, 
    0x2, 0x239, 0x228, 0x3, 0x2, 0x2, 0x2, 0x239, 0x238, 0x3, 0x2, 0x2, 
    0x2, 0x23a, 0x59, 0x3, 0x2, 0x2, 0x2, 0x23b, 0x23f, 0x5, 0x80, 0x41, 
    0x2, 0x23c, 0x23d, 0x7, 0x40, 0x2, 0x2, 0x23d, 0x23e, 0x7, 0x3d, 0x2, 
    0x2, 0x23e, 0x240, 0x7, 0x41, 0x2, 0x2, 0x23f, 0x23c, 0x3, 0x2, 0x2, 
    0x2, 0x23f, 0x240, 0x3, 0x2, 0x2, 0x2, 0x240, 0x247, 0x3, 0x2, 0x2, 
    0x2, 0x241, 0x247, 0x5, 0x7a, 0x3e, 0x2, 0x242, 0x244, 0x7, 0x55, 0x2, 
    0x2, 0x243, 0x242, 0x3, 0x2, 0x2, 0x2, 0x243, 0x244, 0x3, 0x2, 0x2, 
    0x2, 0x244, 0x245, 0x3, 0x2, 0x2, 0x2, 0x245, 0x247, 0x7, 0x36, 0x2, 
    0x2, 0x246, 0x23b, 0x3, 0x2, 0x2, 0x2, 0x246, 0x241, 0x3, 0x2, 0x2, 
    0x2, 0x246, 0x243, 0x3, 0x2, 0x2, 0x2, 0x247, 0x5b, 0x3, 0x2, 0x2, 0x2, 
    0x248, 0x251, 0x7, 0x23, 0x2, 0x2, 0x249, 0x24a, 0x5, 0x68, 0x35, 0x2, 
    0x24a, 0x24c, 0x5, 0x38, 0x1d, 0x2, 0x24b, 0x24d, 0x5, 0x5e, 0x30, 0x2, 
    0x24c, 0x24b, 0x3, 0x2, 0x2, 0x2, 0x24c, 0x24d, 0x3, 0x2, 0x2, 0x2, 
    0x24d, 0x252, 0x3, 0x2, 0x2, 0x2, 0x24e, 0x24f, 0x5, 0x38, 0x1d, 0x2, 
    0x24f, 0x250, 0x5, 0x5e, 0x30, 0x2, 0x250, 0x252, 0x3, 0x2, 0x2, 0x2, 
    0x251, 0x249, 0x3, 0x2, 0x2, 0x2, 0x251, 0x24e, 0x3, 0x2, 0x2, 0x2, 
    0x252, 0x5d, 0x3, 0x2, 0x2, 0x2, 0x253, 0x255, 0x7, 0x1c, 0x2, 0x2, 
    0x254, 0x256, 0x7, 0x3d, 0x2, 0x2, 0x255, 0x254, 0x3, 0x2, 0x2, 0x2, 
    0x255, 0x256, 0x3, 0x2, 0x2, 0x2, 0x256, 0x257, 0x3, 0x2, 0x2, 0x2, 
    0x257, 0x258, 0x5, 0x38, 0x1d, 0x2, 0x258, 0x5f, 0x3, 0x2, 0x2, 0x2, 
    0x259, 0x25a, 0x9, 0x4, 0x2, 0x2, 0x25a, 0x25e, 0x5, 0x6e, 0x38, 0x2, 
    0x25b, 0x25e, 0x7, 0x18, 0x2, 0x2, 0x25c, 0x25e, 0x7, 0x19, 0x2, 0x2, 
    0x25d, 0x259, 0x3, 0x2, 0x2, 0x2, 0x25d, 0x25b, 0x3, 0x2, 0x2, 0x2, 
    0x25d, 0x25c, 0x3, 0x2, 0x2, 0x2, 0x25e, 0x61, 0x3, 0x2, 0x2, 0x2, 0x25f, 
    0x260, 0x7, 0x1a, 0x2, 0x2, 0x260, 0x261, 0x5, 0x6e, 0x38, 0x2, 0x261, 
    0x63, 0x3, 0x2, 0x2, 0x2, 0x262, 0x263, 0x7, 0x24, 0x2, 0x2, 0x263, 
    0x266, 0x5, 0x6e, 0x38, 0x2, 0x264, 0x265, 0x7, 0x48, 0x2, 0x2, 0x265, 
    0x267, 0x5, 0x7a, 0x3e, 0x2, 0x266, 0x264, 0x3, 0x2, 0x2, 0x2, 0x266, 
    0x267, 0x3, 0x2, 0x2, 0x2, 0x267, 0x65, 0x3, 0x2, 0x2, 0x2, 0x268, 0x269, 
    0x7, 0x25, 0x2, 0x2, 0x269, 0x26a, 0x5, 0x80, 0x41, 0x2, 0x26a, 0x26b, 
    0x7, 0x53, 0x2, 0x2, 0x26b, 0x26c, 0x5, 0x6e, 0x38, 0x2, 0x26c, 0x67, 
    0x3, 0x2, 0x2, 0x2, 0x26d, 0x26e, 0x7, 0x28, 0x2, 0x2, 0x26e, 0x273, 
    0x5, 0x6c, 0x37, 0x2, 0x26f, 0x270, 0x7, 0x48, 0x2, 0x2, 0x270, 0x272, 
    0x5, 0x6c, 0x37, 0x2, 0x271, 0x26f, 0x3, 0x2, 0x2, 0x2, 0x272, 0x275, 
    0x3, 0x2, 0x2, 0x2, 0x273, 0x271, 0x3, 0x2, 0x2, 0x2, 0x273, 0x274, 
    0x3, 0x2, 0x2, 0x2, 0x274, 0x69, 0x3, 0x2, 0x2, 0x2, 0x275, 0x273, 0x3, 
    0x2, 0x2, 0x2, 0x276, 0x27b, 0x5, 0x6c, 0x37, 0x2, 0x277, 0x278, 0x7, 
    0x48, 0x2, 0x2, 0x278, 0x27a, 0x5, 0x6c, 0x37, 0x2, 0x279, 0x277, 0x3, 
    0x2, 0x2, 0x2, 0x27a, 0x27d, 0x3, 0x2, 0x2, 0x2, 0x27b, 0x279, 0x3, 
    0x2, 0x2, 0x2, 0x27b, 0x27c, 0x3, 0x2, 0x2, 0x2, 0x27c, 0x27f, 0x3, 
    0x2, 0x2, 0x2, 0x27d, 0x27b, 0x3, 0x2, 0x2, 0x2, 0x27e, 0x280, 0x7, 
    0x48, 0x2, 0x2, 0x27f, 0x27e, 0x3, 0x2, 0x2, 0x2, 0x27f, 0x280, 0x3, 
    0x2, 0x2, 0x2, 0x280, 0x6b, 0x3, 0x2, 0x2, 0x2, 0x281, 0x282, 0x7, 0x3d, 
    0x2, 0x2, 0x282, 0x284, 0x7, 0x49, 0x2, 0x2, 0x283, 0x281, 0x3, 0x2, 
    0x2, 0x2, 0x283, 0x284, 0x3, 0x2, 0x2, 0x2, 0x284, 0x285, 0x3, 0x2, 
    0x2, 0x2, 0x285, 0x286, 0x5, 0x6e, 0x38, 0x2, 0x286, 0x6d, 0x3, 0x2, 
    0x2, 0x2, 0x287, 0x288, 0x8, 0x38, 0x1, 0x2, 0x288, 0x289, 0x7, 0x55, 
    0x2, 0x2, 0x289, 0x293, 0x5, 0x6e, 0x38, 0xd, 0x28a, 0x28b, 0x7, 0x33, 
    0x2, 0x2, 0x28b, 0x293, 0x5, 0x6e, 0x38, 0x8, 0x28c, 0x28d, 0x7, 0x23, 
    0x2, 0x2, 0x28d, 0x28e, 0x5, 0x6e, 0x38, 0x2, 0x28e, 0x28f, 0x7, 0x1c, 
    0x2, 0x2, 0x28f, 0x290, 0x5, 0x6e, 0x38, 0x4, 0x290, 0x293, 0x3, 0x2, 
    0x2, 0x2, 0x291, 0x293, 0x5, 0x70, 0x39, 0x2, 0x292, 0x287, 0x3, 0x2, 
    0x2, 0x2, 0x292, 0x28a, 0x3, 0x2, 0x2, 0x2, 0x292, 0x28c, 0x3, 0x2, 
    0x2, 0x2, 0x292, 0x291, 0x3, 0x2, 0x2, 0x2, 0x293, 0x2cb, 0x3, 0x2, 
    0x2, 0x2, 0x294, 0x295, 0xc, 0xc, 0x2, 0x2, 0x295, 0x296, 0x9, 0x5, 
    0x2, 0x2, 0x296, 0x2ca, 0x5, 0x6e, 0x38, 0xd, 0x297, 0x298, 0xc, 0xb, 
    0x2, 0x2, 0x298, 0x299, 0x9, 0x6, 0x2, 0x2, 0x299, 0x2ca, 0x5, 0x6e, 
    0x38, 0xc, 0x29a, 0x29b, 0xc, 0xa, 0x2, 0x2, 0x29b, 0x29c, 0x7, 0x46, 
    0x2, 0x2, 0x29c, 0x2ca, 0x5, 0x6e, 0x38, 0xb, 0x29d, 0x2a8, 0xc, 0x9, 
    0x2, 0x2, 0x29e, 0x2a9, 0x7, 0x4d, 0x2, 0x2, 0x29f, 0x2a9, 0x7, 0x4e, 
    0x2, 0x2, 0x2a0, 0x2a9, 0x7, 0x51, 0x2, 0x2, 0x2a1, 0x2a9, 0x7, 0x4f, 
    0x2, 0x2, 0x2a2, 0x2a9, 0x7, 0x52, 0x2, 0x2, 0x2a3, 0x2a9, 0x7, 0x50, 
    0x2, 0x2, 0x2a4, 0x2a6, 0x7, 0x33, 0x2, 0x2, 0x2a5, 0x2a4, 0x3, 0x2, 
    0x2, 0x2, 0x2a5, 0x2a6, 0x3, 0x2, 0x2, 0x2, 0x2a6, 0x2a7, 0x3, 0x2, 
    0x2, 0x2, 0x2a7, 0x2a9, 0x7, 0x1e, 0x2, 0x2, 0x2a8, 0x29e, 0x3, 0x2, 
    0x2, 0x2, 0x2a8, 0x29f, 0x3, 0x2, 0x2, 0x2, 0x2a8, 0x2a0, 0x3, 0x2, 
    0x2, 0x2, 0x2a8, 0x2a1, 0x3, 0x2, 0x2, 0x2, 0x2a8, 0x2a2, 0x3, 0x2, 
    0x2, 0x2, 0x2a8, 0x2a3, 0x3, 0x2, 0x2, 0x2, 0x2a8, 0x2a5, 0x3, 0x2, 
    0x2, 0x2, 0x2a9, 0x2aa, 0x3, 0x2, 0x2, 0x2, 0x2aa, 0x2ca, 0x5, 0x6e, 
    0x38, 0xa, 0x2ab, 0x2ac, 0xc, 0x7, 0x2, 0x2, 0x2ac, 0x2ad, 0x7, 0x31, 
    0x2, 0x2, 0x2ad, 0x2ca, 0x5, 0x6e, 0x38, 0x8, 0x2ae, 0x2af, 0xc, 0x6, 
    0x2, 0x2, 0x2af, 0x2b0, 0x7, 0x32, 0x2, 0x2, 0x2b0, 0x2ca, 0x5, 0x6e, 
    0x38, 0x7, 0x2b1, 0x2b2, 0xc, 0x5, 0x2, 0x2, 0x2b2, 0x2b3, 0x7, 0x4b, 
    0x2, 0x2, 0x2b3, 0x2b4, 0x5, 0x6e, 0x38, 0x2, 0x2b4, 0x2b5, 0x7, 0x49, 
    0x2, 0x2, 0x2b5, 0x2b6, 0x5, 0x6e, 0x38, 0x5, 0x2b6, 0x2ca, 0x3, 0x2, 
    0x2, 0x2, 0x2b7, 0x2b8, 0xc, 0x10, 0x2, 0x2, 0x2b8, 0x2b9, 0x7, 0x47, 
    0x2, 0x2, 0x2b9, 0x2ca, 0x7, 0x3d, 0x2, 0x2, 0x2ba, 0x2bb, 0xc, 0xf, 
    0x2, 0x2, 0x2bb, 0x2bd, 0x7, 0x40, 0x2, 0x2, 0x2bc, 0x2be, 0x5, 0x6a, 
    0x36, 0x2, 0x2bd, 0x2bc, 0x3, 0x2, 0x2, 0x2, 0x2bd, 0x2be, 0x3, 0x2, 
    0x2, 0x2, 0x2be, 0x2bf, 0x3, 0x2, 0x2, 0x2, 0x2bf, 0x2ca, 0x7, 0x41, 
    0x2, 0x2, 0x2c0, 0x2c1, 0xc, 0xe, 0x2, 0x2, 0x2c1, 0x2c2, 0x7, 0x42, 
    0x2, 0x2, 0x2c2, 0x2c5, 0x5, 0x6e, 0x38, 0x2, 0x2c3, 0x2c4, 0x7, 0x49, 
    0x2, 0x2, 0x2c4, 0x2c6, 0x5, 0x6e, 0x38, 0x2, 0x2c5, 0x2c3, 0x3, 0x2, 
    0x2, 0x2, 0x2c5, 0x2c6, 0x3, 0x2, 0x2, 0x2, 0x2c6, 0x2c7, 0x3, 0x2, 
    0x2, 0x2, 0x2c7, 0x2c8, 0x7, 0x43, 0x2, 0x2, 0x2c8, 0x2ca, 0x3, 0x2, 
    0x2, 0x2, 0x2c9, 0x294, 0x3, 0x2, 0x2, 0x2, 0x2c9, 0x297, 0x3, 0x2, 
    0x2, 0x2, 0x2c9, 0x29a, 0x3, 0x2, 0x2, 0x2, 0x2c9, 0x29d, 0x3, 0x2, 
    0x2, 0x2, 0x2c9, 0x2ab, 0x3, 0x2, 0x2, 0x2, 0x2c9, 0x2ae, 0x3, 0x2, 
    0x2, 0x2, 0x2c9, 0x2b1, 0x3, 0x2, 0x2, 0x2, 0x2c9, 0x2b7, 0x3, 0x2, 
    0x2, 0x2, 0x2c9, 0x2ba, 0x3, 0x2, 0x2, 0x2, 0x2c9, 0x2c0, 0x3, 0x2, 
    0x2, 0x2, 0x2ca, 0x2cd, 0x3, 0x2, 0x2, 0x2, 0x2cb, 0x2c9, 0x3, 0x2, 
    0x2, 0x2, 0x2cb, 0x2cc, 0x3, 0x2, 0x2, 0x2, 0x2cc, 0x6f, 0x3, 0x2, 0x2, 
    0x2, 0x2cd, 0x2cb, 0x3, 0x2, 0x2, 0x2, 0x2ce, 0x2de, 0x5, 0x7a, 0x3e, 
    0x2, 0x2cf, 0x2de, 0x7, 0x36, 0x2, 0x2, 0x2d0, 0x2de, 0x7, 0x35, 0x2, 
    0x2, 0x2d1, 0x2de, 0x7, 0x34, 0x2, 0x2, 0x2d2, 0x2de, 0x7, 0x38, 0x2, 
    0x2, 0x2d3, 0x2de, 0x7, 0x3d, 0x2, 0x2, 0x2d4, 0x2d5, 0x7, 0x40, 0x2, 
    0x2, 0x2d5, 0x2d6, 0x5, 0x6e, 0x38, 0x2, 0x2d6, 0x2d7, 0x7, 0x41, 0x2, 
    0x2, 0x2d7, 0x2de, 0x3, 0x2, 0x2, 0x2, 0x2d8, 0x2de, 0x5, 0x72, 0x3a, 
    0x2, 0x2d9, 0x2de, 0x5, 0x76, 0x3c, 0x2, 0x2da, 0x2db, 0x7, 0x2c, 0x2, 
    0x2, 0x2db, 0x2de, 0x5, 0x38, 0x1d, 0x2, 0x2dc, 0x2de, 0x5, 0x74, 0x3b, 
    0x2, 0x2dd, 0x2ce, 0x3, 0x2, 0x2, 0x2, 0x2dd, 0x2cf, 0x3, 0x2, 0x2, 
    0x2, 0x2dd, 0x2d0, 0x3, 0x2, 0x2, 0x2, 0x2dd, 0x2d1, 0x3, 0x2, 0x2, 
    0x2, 0x2dd, 0x2d2, 0x3, 0x2, 0x2, 0x2, 0x2dd, 0x2d3, 0x3, 0x2, 0x2, 
    0x2, 0x2dd, 0x2d4, 0x3, 0x2, 0x2, 0x2, 0x2dd, 0x2d8, 0x3, 0x2, 0x2, 
    0x2, 0x2dd, 0x2d9, 0x3, 0x2, 0x2, 0x2, 0x2dd, 0x2da, 0x3, 0x2, 0x2, 
    0x2, 0x2dd, 0x2dc, 0x3, 0x2, 0x2, 0x2, 0x2de, 0x71, 0x3, 0x2, 0x2, 0x2, 
    0x2df, 0x2f5, 0x7, 0x42, 0x2, 0x2, 0x2e0, 0x2f3, 0x5, 0x6e, 0x38, 0x2, 
    0x2e1, 0x2e2, 0x7, 0x1d, 0x2, 0x2, 0x2e2, 0x2e3, 0x7, 0x3d, 0x2, 0x2, 
    0x2e3, 0x2e4, 0x7, 0x1e, 0x2, 0x2, 0x2e4, 0x2e7, 0x5, 0x6e, 0x38, 0x2, 
    0x2e5, 0x2e6, 0x7, 0x1b, 0x2, 0x2, 0x2e6, 0x2e8, 0x5, 0x6e, 0x38, 0x2, 
    0x2e7, 0x2e5, 0x3, 0x2, 0x2, 0x2, 0x2e7, 0x2e8, 0x3, 0x2, 0x2, 0x2, 
    0x2e8, 0x2f4, 0x3, 0x2, 0x2, 0x2, 0x2e9, 0x2ea, 0x7, 0x48, 0x2, 0x2, 
    0x2ea, 0x2ec, 0x5, 0x6e, 0x38, 0x2, 0x2eb, 0x2e9, 0x3, 0x2, 0x2, 0x2, 
    0x2ec, 0x2ef, 0x3, 0x2, 0x2, 0x2, 0x2ed, 0x2eb, 0x3, 0x2, 0x2, 0x2, 
    0x2ed, 0x2ee, 0x3, 0x2, 0x2, 0x2, 0x2ee, 0x2f1, 0x3, 0x2, 0x2, 0x2, 
    0x2ef, 0x2ed, 0x3, 0x2, 0x2, 0x2, 0x2f0, 0x2f2, 0x7, 0x48, 0x2, 0x2, 
    0x2f1, 0x2f0, 0x3, 0x2, 0x2, 0x2, 0x2f1, 0x2f2, 0x3, 0x2, 0x2, 0x2, 
    0x2f2, 0x2f4, 0x3, 0x2, 0x2, 0x2, 0x2f3, 0x2e1, 0x3, 0x2, 0x2, 0x2, 
    0x2f3, 0x2ed, 0x3, 0x2, 0x2, 0x2, 0x2f4, 0x2f6, 0x3, 0x2, 0x2, 0x2, 
    0x2f5, 0x2e0, 0x3, 0x2, 0x2, 0x2, 0x2f5, 0x2f6, 0x3, 0x2, 0x2, 0x2, 
    0x2f6, 0x2f7, 0x3, 0x2, 0x2, 0x2, 0x2f7, 0x2f8, 0x7, 0x43, 0x2, 0x2, 
    0x2f8, 0x73, 0x3, 0x2, 0x2, 0x2, 0x2f9, 0x2fa, 0x7, 0x22, 0x2, 0x2, 
    0x2fa, 0x2fb, 0x7, 0x3d, 0x2, 0x2, 0x2fb, 0x2fc, 0x7, 0x1e, 0x2, 0x2, 
    0x2fc, 0x2fe, 0x5, 0x6e, 0x38, 0x2, 0x2fd, 0x2ff, 0x5, 0x68, 0x35, 0x2, 
    0x2fe, 0x2fd, 0x3, 0x2, 0x2, 0x2, 0x2fe, 0x2ff, 0x3, 0x2, 0x2, 0x2, 
    0x2ff, 0x300, 0x3, 0x2, 0x2, 0x2, 0x300, 0x301, 0x5, 0x38, 0x1d, 0x2, 
    0x301, 0x75, 0x3, 0x2, 0x2, 0x2, 0x302, 0x309, 0x7, 0x6, 0x2, 0x2, 0x303, 
    0x305, 0x5, 0x78, 0x3d, 0x2, 0x304, 0x306, 0x7, 0x48, 0x2, 0x2, 0x305, 
    0x304, 0x3, 0x2, 0x2, 0x2, 0x305, 0x306, 0x3, 0x2, 0x2, 0x2, 0x306, 
    0x308, 0x3, 0x2, 0x2, 0x2, 0x307, 0x303, 0x3, 0x2, 0x2, 0x2, 0x308, 
    0x30b, 0x3, 0x2, 0x2, 0x2, 0x309, 0x307, 0x3, 0x2, 0x2, 0x2, 0x309, 
    0x30a, 0x3, 0x2, 0x2, 0x2, 0x30a, 0x30c, 0x3, 0x2, 0x2, 0x2, 0x30b, 
    0x309, 0x3, 0x2, 0x2, 0x2, 0x30c, 0x30d, 0x7, 0x3f, 0x2, 0x2, 0x30d, 
    0x77, 0x3, 0x2, 0x2, 0x2, 0x30e, 0x311, 0x7, 0x3d, 0x2, 0x2, 0x30f, 
    0x311, 0x5, 0x7a, 0x3e, 0x2, 0x310, 0x30e, 0x3, 0x2, 0x2, 0x2, 0x310, 
    0x30f, 0x3, 0x2, 0x2, 0x2, 0x311, 0x312, 0x3, 0x2, 0x2, 0x2, 0x312, 
    0x313, 0x7, 0x49, 0x2, 0x2, 0x313, 0x314, 0x5, 0x6e, 0x38, 0x2, 0x314, 
    0x79, 0x3, 0x2, 0x2, 0x2, 0x315, 0x319, 0x7, 0x3c, 0x2, 0x2, 0x316, 
    0x318, 0x5, 0x7c, 0x3f, 0x2, 0x317, 0x316, 0x3, 0x2, 0x2, 0x2, 0x318, 
    0x31b, 0x3, 0x2, 0x2, 0x2, 0x319, 0x317, 0x3, 0x2, 0x2, 0x2, 0x319, 
    0x31a, 0x3, 0x2, 0x2, 0x2, 0x31a, 0x31c, 0x3, 0x2, 0x2, 0x2, 0x31b, 
    0x319, 0x3, 0x2, 0x2, 0x2, 0x31c, 0x328, 0x7, 0x6e, 0x2, 0x2, 0x31d, 
    0x321, 0x7, 0x3b, 0x2, 0x2, 0x31e, 0x320, 0x5, 0x7e, 0x40, 0x2, 0x31f, 
    0x31e, 0x3, 0x2, 0x2, 0x2, 0x320, 0x323, 0x3, 0x2, 0x2, 0x2, 0x321, 
    0x31f, 0x3, 0x2, 0x2, 0x2, 0x321, 0x322, 0x3, 0x2, 0x2, 0x2, 0x322, 
    0x324, 0x3, 0x2, 0x2, 0x2, 0x323, 0x321, 0x3, 0x2, 0x2, 0x2, 0x324, 
    0x328, 0x7, 0x74, 0x2, 0x2, 0x325, 0x328, 0x7, 0x3a, 0x2, 0x2, 0x326, 
    0x328, 0x7, 0x39, 0x2, 0x2, 0x327, 0x315, 0x3, 0x2, 0x2, 0x2, 0x327, 
    0x31d, 0x3, 0x2, 0x2, 0x2, 0x327, 0x325, 0x3, 0x2, 0x2, 0x2, 0x327, 
    0x326, 0x3, 0x2, 0x2, 0x2, 0x328, 0x7b, 0x3, 0x2, 0x2, 0x2, 0x329, 0x331, 
    0x7, 0x6b, 0x2, 0x2, 0x32a, 0x331, 0x7, 0x6c, 0x2, 0x2, 0x32b, 0x331, 
    0x7, 0x70, 0x2, 0x2, 0x32c, 0x32d, 0x7, 0x6d, 0x2, 0x2, 0x32d, 0x32e, 
    0x5, 0x6e, 0x38, 0x2, 0x32e, 0x32f, 0x7, 0x3f, 0x2, 0x2, 0x32f, 0x331, 
    0x3, 0x2, 0x2, 0x2, 0x330, 0x329, 0x3, 0x2, 0x2, 0x2, 0x330, 0x32a, 
    0x3, 0x2, 0x2, 0x2, 0x330, 0x32b, 0x3, 0x2, 0x2, 0x2, 0x330, 0x32c, 
    0x3, 0x2, 0x2, 0x2, 0x331, 0x7d, 0x3, 0x2, 0x2, 0x2, 0x332, 0x33a, 0x7, 
    0x71, 0x2, 0x2, 0x333, 0x33a, 0x7, 0x72, 0x2, 0x2, 0x334, 0x33a, 0x7, 
    0x75, 0x2, 0x2, 0x335, 0x336, 0x7, 0x73, 0x2, 0x2, 0x336, 0x337, 0x5, 
    0x6e, 0x38, 0x2, 0x337, 0x338, 0x7, 0x3f, 0x2, 0x2, 0x338, 0x33a, 0x3, 
    0x2, 0x2, 0x2, 0x339, 0x332, 0x3, 0x2, 0x2, 0x2, 0x339, 0x333, 0x3, 
    0x2, 0x2, 0x2, 0x339, 0x334, 0x3, 0x2, 0x2, 0x2, 0x339, 0x335, 0x3, 
    0x2, 0x2, 0x2, 0x33a, 0x7f, 0x3, 0x2, 0x2, 0x2, 0x33b, 0x340, 0x7, 0x3d, 
    0x2, 0x2, 0x33c, 0x33d, 0x7, 0x47, 0x2, 0x2, 0x33d, 0x33f, 0x7, 0x3d, 
    0x2, 0x2, 0x33e, 0x33c, 0x3, 0x2, 0x2, 0x2, 0x33f, 0x342, 0x3, 0x2, 
    0x2, 0x2, 0x340, 0x33e, 0x3, 0x2, 0x2, 0x2, 0x340, 0x341, 0x3, 0x2, 
    0x2, 0x2, 0x341, 0x81, 0x3, 0x2, 0x2, 0x2, 0x342, 0x340, 0x3, 0x2, 0x2, 
    0x2, 0x6b, 0x85, 0x8c, 0x8e, 0x99, 0xa6, 0xa9, 0xaf, 0xb2, 0xbc, 0xbe, 
    0xc7, 0xd7, 0xdc, 0xe0, 0xe8, 0xf0, 0xf3, 0xf6, 0xfd, 0x101, 0x108, 
    0x10b, 0x10e, 0x114, 0x121, 0x127, 0x12c, 0x139, 0x13d, 0x144, 0x147, 
    0x14e, 0x153, 0x157, 0x15a, 0x15d, 0x160, 0x165, 0x16d, 0x178, 0x17f, 
    0x187, 0x18a, 0x190, 0x198, 0x1ac, 0x1af, 0x1b5, 0x1be, 0x1c6, 0x1c8, 
    0x1cd, 0x1d9, 0x1df, 0x1e2, 0x1e9, 0x1ee, 0x1f2, 0x1fd, 0x1ff, 0x209, 
    0x20d, 0x217, 0x21b, 0x223, 0x226, 0x22d, 0x233, 0x236, 0x239, 0x23f, 
    0x243, 0x246, 0x24c, 0x251, 0x255, 0x25d, 0x266, 0x273, 0x27b, 0x27f, 
    0x283, 0x292, 0x2a5, 0x2a8, 0x2bd, 0x2c5, 0x2c9, 0x2cb, 0x2dd, 0x2e7, 
    0x2ed, 0x2f1, 0x2f3, 0x2f5, 0x2fe, 0x305, 0x309, 0x310, 0x319, 0x321, 
    0x327, 0x330, 0x339, 0x340, 
  };

  atn::ATNDeserializer deserializer;
  _atn = deserializer.deserialize(_serializedATN);

  size_t count = _atn.getNumberOfDecisions();
  _decisionToDFA.reserve(count);
  for (size_t i = 0; i < count; i++) { 
    _decisionToDFA.emplace_back(_atn.getDecisionState(i), i);
  }
}

LmpParser::Initializer LmpParser::_init;
