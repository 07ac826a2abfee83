# The commands from outside, and ./dev with stand-ins for the tools it calls.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME dev_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/tools/dev_test.py)
  set_tests_properties(dev_test PROPERTIES LABELS e2e)
  if(TARGET lmp)
    add_test(NAME cli_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/cli/cli_test.py
      --lmp $<TARGET_FILE:lmp>)
    set_tests_properties(cli_test PROPERTIES LABELS e2e)
    add_test(NAME repl_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/cli/repl_test.py
      --lmp $<TARGET_FILE:lmp>)
    set_tests_properties(repl_test PROPERTIES LABELS e2e)
    add_test(NAME listen_test COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/cli/listen_test.py
      --lmp $<TARGET_FILE:lmp>)
    set_tests_properties(listen_test PROPERTIES LABELS e2e)
  endif()
endif()
