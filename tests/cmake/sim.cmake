lmp_test(sim_test LABELS sim
  SOURCES sim/engine_sim_test.cc sim/engine_sharing_test.cc sim/engine_fault_test.cc
          sim/sim_oracle.cc sim/sim_world.cc
  DEPS lmp_engine lmp_sim)
lmp_test(transformer_sim_test LABELS sim
  SOURCES sim/transformer_sim_test.cc sim/speculation_sim_test.cc sim/sim_oracle.cc sim/sim_world.cc
  DEPS lmp_engine lmp_model lmp_sim)
