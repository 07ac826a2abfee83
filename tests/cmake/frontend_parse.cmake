if(TARGET lmp_frontend_syntax)
  lmp_test(frontend_parse_test LABELS unit SOURCES
    unit/frontend_parse_tree_test.cc unit/frontend_parse_words_test.cc
    unit/frontend_parse_errors_test.cc unit/frontend_parse_golden_test.cc support/ast_text.cc DEPS lmp_frontend_syntax)
endif()
