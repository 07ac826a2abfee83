lmp_test(constrain_test LABELS unit
  SOURCES unit/constrain_grammar_test.cc unit/constrain_expr_test.cc unit/constrain_forms_test.cc
          unit/constrain_gbnf_test.cc unit/constrain_gbnf_text_test.cc
  DEPS lmp_constrain lmp_ir)
lmp_test(constrain_model_test LABELS model
  SOURCES model/constrain_grammar_model_test.cc
  DEPS lmp_constrain)
lmp_fuzz(gbnf SOURCES fuzz/gbnf.cc DEPS lmp_constrain)
