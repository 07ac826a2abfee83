if(TARGET lmp_remote)
  lmp_test(remote_test LABELS unit DEPS lmp_remote lmp_sim
    SOURCES unit/remote_answers_test.cc unit/remote_endpoints_test.cc unit/remote_text_test.cc unit/remote_tokens_test.cc)
  lmp_fuzz(server_events SOURCES fuzz/server_events.cc DEPS lmp_remote)
endif()
# Programs on servers, from outside.
find_package(Python3 COMPONENTS Interpreter)
if(TARGET lmp AND LMP_NET AND Python3_FOUND)
  add_test(NAME delegation_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/cli/delegation_test.py
    --lmp $<TARGET_FILE:lmp>)
  set_tests_properties(delegation_test PROPERTIES LABELS e2e)
endif()
