lmp_test(ir_unit_test LABELS unit
  SOURCES unit/ir_builtin_test.cc unit/ir_regex_test.cc unit/ir_text_test.cc unit/ir_type_test.cc
          unit/ir_value_test.cc unit/ir_verify_test.cc
  DEPS lmp_ir)
