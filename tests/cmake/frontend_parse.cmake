if(TARGET lmp_frontend_syntax)
  lmp_test(frontend_parse_test LABELS unit SOURCES
    unit/frontend_parse_tree_test.cc unit/frontend_parse_words_test.cc
    unit/frontend_parse_errors_test.cc unit/frontend_parse_golden_test.cc
    unit/frontend_parse_mutation_test.cc support/ast_text.cc DEPS lmp_frontend_syntax)
  lmp_fuzz(lmp_parse SOURCES fuzz/lmp_parse.cc DEPS lmp_frontend_syntax)

  lmp_test(frontend_format_test LABELS unit SOURCES
    unit/frontend_format_test.cc support/ast_text.cc DEPS lmp_frontend_format lmp_frontend_syntax)
  lmp_fuzz(lmp_format SOURCES fuzz/lmp_format.cc DEPS lmp_frontend_format)

  # The committed parser is what antlr4 makes of the grammar.
  if(LMP_GRAMMAR_IS_GENERATED)
    add_test(NAME frontend_parser_generated COMMAND ${CMAKE_COMMAND}
      -DGENERATED=${LMP_GRAMMAR_DIR} -DCOMMITTED=${PROJECT_SOURCE_DIR}/frontend/generated
      -P ${PROJECT_SOURCE_DIR}/tests/support/compare_parser.cmake)
    set_tests_properties(frontend_parser_generated PROPERTIES LABELS unit)
  endif()
endif()

if(TARGET lmp_frontend)
  lmp_test(frontend_newcomer_test LABELS unit SOURCES unit/frontend_newcomer_test.cc
    DEPS lmp_frontend)
endif()

find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME golden_runner COMMAND ${Python3_EXECUTABLE} -B
    ${PROJECT_SOURCE_DIR}/tests/tools/golden_test.py)
  set_tests_properties(golden_runner PROPERTIES LABELS unit)
  add_test(NAME editor_grammar COMMAND ${Python3_EXECUTABLE} -B
    ${PROJECT_SOURCE_DIR}/tests/tools/grammar_test.py)
  set_tests_properties(editor_grammar PROPERTIES LABELS unit)
endif()
