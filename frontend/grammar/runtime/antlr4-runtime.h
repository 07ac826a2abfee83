// Stands in for the ANTLR runtime's header of the same name, which the generated parser includes:
// the parts that parser and front end need. The original also includes the reader of interpreter
// files, which Clang refuses (a defaulted constructor over a const vector); libFuzzer needs Clang.
#pragma once

#include <ANTLRInputStream.h>
#include <CommonToken.h>
#include <CommonTokenStream.h>
#include <DefaultErrorStrategy.h>
#include <FailedPredicateException.h>
#include <InputMismatchException.h>
#include <Lexer.h>
#include <ListTokenSource.h>
#include <NoViableAltException.h>
#include <Parser.h>
#include <ParserRuleContext.h>
#include <RecognitionException.h>
#include <Vocabulary.h>
#include <atn/ATN.h>
#include <atn/ATNDeserializer.h>
#include <atn/LexerATNSimulator.h>
#include <atn/ParserATNSimulator.h>
#include <dfa/DFA.h>
#include <misc/IntervalSet.h>
#include <support/CPPUtils.h>
#include <tree/ErrorNode.h>
#include <tree/ParseTree.h>
#include <tree/ParseTreeListener.h>
#include <tree/ParseTreeVisitor.h>
#include <tree/TerminalNode.h>
