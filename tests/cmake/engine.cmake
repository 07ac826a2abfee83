lmp_test(engine_test LABELS unit
  SOURCES unit/engine_sampler_test.cc unit/engine_generation_test.cc
  DEPS lmp_engine lmp_sim)
