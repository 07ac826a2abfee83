lmp_test(ir_unit_test LABELS unit
  SOURCES unit/ir_builtin_test.cc unit/ir_evaluate_test.cc unit/ir_exact_context_test.cc unit/ir_plan_test.cc unit/ir_regex_test.cc
          unit/ir_text_test.cc unit/ir_type_test.cc
          unit/ir_value_test.cc unit/ir_verify_test.cc
  DEPS lmp_ir)

# Programs made from seeds, for the property tests of ir, exec and the engine.
add_library(lmp_ir_random STATIC support/ir_random.cc)
target_link_libraries(lmp_ir_random PUBLIC lmp_options lmp_ir)

lmp_test(ir_random_test LABELS model
  SOURCES unit/ir_random_test.cc
  DEPS lmp_ir lmp_ir_random)

lmp_test(ir_golden_test LABELS golden
  SOURCES unit/ir_golden_test.cc
  DEPS lmp_ir)

lmp_fuzz(ir_parse SOURCES fuzz/ir_parse.cc DEPS lmp_ir)
