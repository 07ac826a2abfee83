if(TARGET lmp_exec)
  add_library(lmp_exec_harness STATIC support/exec_harness.cc)
  target_link_libraries(lmp_exec_harness PUBLIC lmp_options lmp_exec lmp_sim)
  lmp_test(exec_run_test LABELS unit SOURCES unit/exec_run_test.cc unit/exec_fork_order_test.cc unit/exec_grow_test.cc unit/exec_loop_fault_test.cc
    unit/exec_listen_test.cc unit/exec_pins_test.cc unit/exec_retrieve_test.cc unit/exec_tool_test.cc unit/exec_try_test.cc
    unit/exec_completion_test.cc unit/exec_engines_test.cc DEPS lmp_exec_harness)

  lmp_test(exec_values_test LABELS unit
    SOURCES unit/exec_context_test.cc unit/exec_select_choice_test.cc unit/exec_value_json_test.cc unit/exec_pure_test.cc
            unit/exec_tool_form_test.cc
    DEPS lmp_exec_harness lmp_ir_random)

  lmp_fuzz(run_record SOURCES fuzz/run_record.cc DEPS lmp_exec)

  lmp_test(exec_types_test LABELS unit SOURCES unit/exec_types_test.cc DEPS lmp_exec_harness)

  # Whole random programs against a reference run of each.
  add_library(lmp_exec_world STATIC sim/exec_world.cc support/recording_engine.cc)
  target_link_libraries(lmp_exec_world PUBLIC lmp_exec_harness lmp_ir_random)
  lmp_test(exec_bounds_test LABELS unit SOURCES unit/exec_bounds_test.cc
    DEPS lmp_exec_harness lmp_frontend)
  lmp_test(exec_run_limit_test LABELS unit SOURCES unit/exec_run_limit_test.cc
    DEPS lmp_exec_harness lmp_frontend)
  lmp_test(control_tokens_test LABELS sim SOURCES sim/control_tokens_test.cc
    DEPS lmp_exec_world lmp_model lmp_frontend)
  lmp_test(exec_sim_test LABELS sim SOURCES sim/exec_sim_test.cc DEPS lmp_exec_world)
  lmp_test(exec_transformer_sim_test LABELS sim
    SOURCES sim/exec_transformer_sim_test.cc
    DEPS lmp_exec_world lmp_model)
endif()
