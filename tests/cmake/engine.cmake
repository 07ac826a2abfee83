lmp_test(engine_test LABELS unit
  SOURCES unit/engine_sampler_test.cc unit/engine_generation_test.cc unit/engine_local_engine_test.cc unit/engine_owners_test.cc unit/engine_scores_test.cc unit/engine_draft_test.cc
          sim/sim_oracle.cc sim/sim_world.cc
  DEPS lmp_engine lmp_sim)
lmp_test(engine_alloc_test LABELS unit
  SOURCES unit/engine_alloc_test.cc support/allocation_count.cc sim/sim_oracle.cc sim/sim_world.cc
  DEPS lmp_engine lmp_sim)
