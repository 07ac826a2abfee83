lmp_test(base_test LABELS unit SOURCES
  unit/base_text_test.cc unit/base_json_test.cc unit/base_diagnostic_test.cc DEPS lmp_base)
