lmp_test(model_stored_kv_test LABELS unit
  SOURCES unit/model_stored_kv_test.cc
  DEPS lmp_model)
lmp_test(chunk_reuse_test LABELS sim
  SOURCES sim/chunk_reuse_test.cc sim/chunk_reuse_edges_test.cc sim/chunk_taint_sim_test.cc
          sim/chunk_reuse_auto_test.cc sim/chunk_reuse_early_test.cc sim/sim_oracle.cc sim/sim_world.cc
  DEPS lmp_engine lmp_model lmp_sim)
lmp_test(reuse_choice_test LABELS unit SOURCES unit/reuse_choice_test.cc DEPS lmp_engine)
if(TARGET lmp_bench)
  lmp_test(quality_bench_test LABELS unit SOURCES unit/quality_bench_test.cc unit/bench_calibration_test.cc
    DEPS lmp_bench)
endif()
if(TARGET lmp_exec)
  lmp_test(exec_insert_test LABELS sim
    SOURCES sim/exec_insert_test.cc sim/sim_oracle.cc sim/sim_world.cc
    DEPS lmp_exec_harness lmp_model)
endif()
if(TARGET lmp_api AND LMP_STORE)
  lmp_test(api_chunk_test LABELS unit SOURCES unit/api_chunk_test.cc DEPS lmp_api lmp_model)
endif()
