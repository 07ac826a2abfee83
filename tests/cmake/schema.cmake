lmp_test(json_schema_test LABELS unit
  SOURCES unit/json_schema_test.cc
  DEPS lmp_json_schema)
lmp_test(json_schema_suite_test LABELS e2e
  SOURCES e2e/json_schema_suite_test.cc
  DEPS lmp_json_schema)
lmp_test(constrain_vocabulary_test LABELS e2e
  SOURCES e2e/constrain_vocabulary_test.cc
  DEPS lmp_json_schema lmp_model)
lmp_fuzz(json_schema SOURCES fuzz/json_schema.cc DEPS lmp_json_schema)
