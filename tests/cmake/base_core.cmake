lmp_test(base_core_test LABELS unit SOURCES unit/base_core_test.cc DEPS lmp_base)
