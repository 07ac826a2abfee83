lmp_test(constrain_test LABELS unit
  SOURCES unit/constrain_grammar_test.cc unit/constrain_expr_test.cc
  DEPS lmp_constrain)
