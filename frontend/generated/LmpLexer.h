
// Generated from LmpLexer.g4 by ANTLR 4.7.2

#pragma once


#include "antlr4-runtime.h"


namespace lmp::grammar {


class  LmpLexer : public antlr4::Lexer {
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
    STR = 1, BLK = 2
  };

  LmpLexer(antlr4::CharStream *input);
  ~LmpLexer();

  virtual std::string getGrammarFileName() const override;
  virtual const std::vector<std::string>& getRuleNames() const override;

  virtual const std::vector<std::string>& getChannelNames() const override;
  virtual const std::vector<std::string>& getModeNames() const override;
  virtual const std::vector<std::string>& getTokenNames() const override; // deprecated, use vocabulary instead
  virtual antlr4::dfa::Vocabulary& getVocabulary() const override;

  virtual const std::vector<uint16_t> getSerializedATN() const override;
  virtual const antlr4::atn::ATN& getATN() const override;

  virtual void action(antlr4::RuleContext *context, size_t ruleIndex, size_t actionIndex) override;
private:
  static std::vector<antlr4::dfa::DFA> _decisionToDFA;
  static antlr4::atn::PredictionContextCache _sharedContextCache;
  static std::vector<std::string> _ruleNames;
  static std::vector<std::string> _tokenNames;
  static std::vector<std::string> _channelNames;
  static std::vector<std::string> _modeNames;

  static std::vector<std::string> _literalNames;
  static std::vector<std::string> _symbolicNames;
  static antlr4::dfa::Vocabulary _vocabulary;
  static antlr4::atn::ATN _atn;
  static std::vector<uint16_t> _serializedATN;


  // Individual action functions triggered by action() above.
  void RBRACEAction(antlr4::RuleContext *context, size_t actionIndex);

  // Individual semantic predicate functions triggered by sempred() above.

  struct Initializer {
    Initializer();
  };
  static Initializer _init;
};

}  // namespace lmp::grammar
