lmp_test(model_stored_kv_test LABELS unit
  SOURCES unit/model_stored_kv_test.cc
  DEPS lmp_model)
